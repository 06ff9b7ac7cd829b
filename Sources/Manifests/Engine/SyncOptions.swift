import YAMLTree

/// Argo CD's sync options in an object's annotation (`argocd.argoproj.io/sync-options`).
struct SyncOptions {
    static let annotation = "argocd.argoproj.io/sync-options"

    private let own: [String]

    /// The options that the team has given the object.
    init(of object: YAMLNode?) {
        let text = object?[at: ["metadata", "annotations", .key(Self.annotation)]]?.string ?? ""
        own = text.split(separator: ",").map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
    }

    /// These options, with those that keep the object when Argo CD prunes it or deletes its Application.
    var keeping: String {
        let others = own.filter { option in !["Prune=", "Delete="].contains { option.hasPrefix($0) } && !option.isEmpty
        }
        return (others + ["Prune=false", "Delete=false"]).joined(separator: ",")
    }
}
