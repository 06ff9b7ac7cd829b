import YAMLTree

/// Finds `hostAliases` of a pod that give the new database's host another address.
struct HostAliasAudit {
    /// The target's host.
    let host: String

    /// - Parameter aliases: a pod's `hostAliases`; `nil` where it has none.
    func check(_ aliases: YAMLNode?, _ report: inout Report) {
        for alias in aliases?.items ?? [] {
            for name in alias["hostnames"]?.items ?? [] where name.string.map(isHost) ?? false {
                report.warn(
                    "hostAliases take '\(host)', the target's host, to \(alias["ip"]?.string ?? "another address")",
                    at: name.start,
                    advice:
                        "Backstage's pods would connect there, and the Job to what the cluster's DNS says: see that both are one "
                        + "server, or take it out.")
            }
        }
    }

    private func isHost(_ name: String) -> Bool { name.lowercased() == host.lowercased() }
}
