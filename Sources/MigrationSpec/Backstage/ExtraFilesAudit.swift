import YAMLTree

/// Finds files of the CR that the operator does not mount, or that make it fail.
struct ExtraFilesAudit {
    let root: YAMLNode

    func run(_ report: inout Report) {
        for kind in ["secrets", "configMaps"] {
            let path: YAMLPath = ["spec", "application", "extraFiles", .key(kind)]
            var seen: Set<String> = []
            for item in root[at: path]?.items ?? [] {
                if let node = item["name"], let name = node.string, !seen.insert(name).inserted {
                    report.warn(
                        "\(path) names '\(name)' twice, which gives the pod two volumes of one name", at: node.start,
                        advice: "The operator fails with 'duplicate entries for key': name it once.")
                }
                if let key = item["key"], key.string?.contains(",") ?? false {
                    report.warn(
                        "\(path): a key is one key, and with a comma in it nothing is mounted", at: key.start,
                        advice: "Name one key; the certificate authorities are all that Backstage needs.")
                }
            }
        }
    }
}
