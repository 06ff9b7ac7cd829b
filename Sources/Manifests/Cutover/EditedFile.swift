/// A file of the user's, before and after an edit.
public struct EditedFile: Sendable, Hashable {
    /// As it was read.
    public var path: String
    public var old: [UInt8]
    public var new: [UInt8]

    public init(path: String, old: [UInt8], new: [UInt8]) {
        self.path = path
        self.old = old
        self.new = new
    }
}
