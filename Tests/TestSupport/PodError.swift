/// A pod would not start, or its manifest says something that this reader does not know.
public struct PodError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
