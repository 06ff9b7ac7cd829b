import YAMLTree

/// What Argo CD is told of an object by its annotation.
struct SyncOptions {
    static let annotation = "argocd.argoproj.io/sync-options"

    private let own: [String]

    /// Those that the team has given the object.
    init(of object: YAMLNode?) {
        let text = object?[at: ["metadata", "annotations", .key(Self.annotation)]]?.string ?? ""
        own = text.split(separator: ",").map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
    }

    /// The same, and with them the object stays whatever becomes of its Application.
    var keeping: String {
        let others = own.filter { option in !["Prune=", "Delete="].contains { option.hasPrefix($0) } && !option.isEmpty
        }
        return (others + ["Prune=false", "Delete=false"]).joined(separator: ",")
    }
}
