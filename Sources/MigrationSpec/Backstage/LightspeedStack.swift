import YAMLTree

/// The settings of Lightspeed's conversation cache, if it is in PostgreSQL (lightspeed-stack,
/// `conversation_cache.postgres`).
struct LightspeedStack {
    let database: String?
    let tlsMode: String?
    let certificateFile: String?
    /// Where the ConfigMap's key stands.
    let position: YAMLPosition

    /// Finds the first such settings in a ConfigMap of the file.
    init?(in file: YAMLFile) {
        for object in file.objects where object.kind == "ConfigMap" {
            for entry in object.root["data"]?.mergedEntries ?? [] {
                guard let text = entry.value.scalar?.text, text.contains("conversation_cache"),
                    let settings = try? YAMLFile(parsing: text, name: file.name).onlyDocument.root,
                    let cache = settings["conversation_cache"], cache["type"]?.string == "postgres"
                else { continue }
                let postgres = cache["postgres"]
                database = postgres?["db"]?.string
                tlsMode = postgres?["ssl_mode"]?.string
                certificateFile = postgres?["ca_cert_path"]?.string
                position = entry.key.start
                return
            }
        }
        return nil
    }

    /// Warns where the cache would connect without checking the target's certificate.
    func check(_ certificate: CertificateReference, _ report: inout Report) {
        guard tlsMode != "verify-full" || certificateFile == nil else { return }
        report.warn(
            "Lightspeed's conversation_cache.postgres does not check the new database's certificate", at: position,
            advice:
                "Set ssl_mode: verify-full and ca_cert_path there, and mount \(certificate), key \(certificate.key), at "
                + "that path into the container that runs the stack; without it the default, prefer, encrypts and checks nothing."
        )
    }
}
