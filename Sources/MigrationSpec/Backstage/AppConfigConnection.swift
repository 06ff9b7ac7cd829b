import SystemPackage
import YAMLTree

/// A `connection` of an app-config, as Backstage and node-postgres read it.
struct AppConfigConnection {
    let node: AppConfigNode
    let path: YAMLPath
    /// Whether it is the connection of one plugin only.
    let isPlugin: Bool
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?

    private static let variables = [
        "host": "POSTGRES_HOST", "port": "POSTGRES_PORT", "user": "POSTGRES_USER", "password": "POSTGRES_PASSWORD",
    ]

    func check(_ report: inout Report) {
        guard let entries = node.entries, node.variable == nil, node.file == nil else {
            checkText(node, at: path, &report)
            return
        }
        for entry in entries {
            let path = path.appending(.key(entry.name))
            if let file = entry.value.include {
                report.warn(
                    "\(path) is what '\(file)' says, which is not here", at: entry.value.start,
                    advice:
                        "Put it where $include looks for it, or see for yourself that it names no server of its own.")
            } else if let variable = Self.variables[entry.name], entry.value.variable != variable {
                report.error(
                    "\(path) would win over the new database's Secret", at: entry.key,
                    advice: node.isSubstituted
                        ? "Take it out, or write ${\(variable)}."
                        : "Take it out: the Secret brings it. In a variable Backstage puts nothing in the place of ${…}."
                )
            } else if entry.name == "connectionString" {
                checkText(entry.value, at: path, &report)
            } else if entry.name == "type", entry.value.text != "default" {
                report.error(
                    "\(path) makes Backstage log in without the Secret's password", at: entry.key,
                    advice: "Take it out: the Job and Backstage log in with POSTGRES_USER and POSTGRES_PASSWORD.")
            } else if entry.name == "database", isPlugin {
                report.warn(
                    "\(path) gives the plugin's database a name of its own", at: entry.key,
                    advice: "It keeps it. See that spec.migration.include and exclude, if set, mean that name.")
            }
        }
        if let ssl = node["ssl"] { checkTLS(ssl, &report) }
    }

    // MARK: A connection as text

    private func checkText(_ text: AppConfigNode, at path: YAMLPath, _ report: inout Report) {
        guard text.isSubstituted, let string = text.text, text.variable == nil,
            let connection = ConnectionText(string)
        else {
            report.error(
                "\(path) names a server, which would win over the new database's Secret", at: text.start,
                advice: "Take it out: the image's own app-config takes the connection from POSTGRES_*.")
            return
        }
        checkMode(connection.isEncrypted, of: path, at: text.start, &report)
        if connection.isUnchecked { warnUnchecked("\(path)", at: text.start, &report) }
        if connection.namesAuthorities { refuseAuthorities(path, at: text.start, &report) }
    }

    // MARK: TLS

    /// node-postgres prefers `ssl` to PGSSLMODE, and `ssl.ca` to NODE_EXTRA_CA_CERTS. The only texts that it accepts
    /// are `true` and `no-verify`; with any other its first connection fails.
    private func checkTLS(_ ssl: AppConfigNode, _ report: inout Report) {
        let path = path.appending("ssl")
        if ssl.isNull || ssl.include != nil { return }
        if let variable = ssl.variable {
            if certificatePath == nil { return checkMode(true, of: path, at: ssl.start, &report) }
            report.warn(
                "\(path) is what the variable \(variable) says, and node-postgres fails on any text but 'true' and 'no-verify'",
                at: ssl.start, advice: "Take it out: PGSSLMODE in the new database's Secret decides.")
            return
        }
        if let isOn = ssl.bool ?? Self.texts[ssl.text ?? "-"] {
            checkMode(isOn, of: path, at: ssl.start, &report)
            if ssl.text == "no-verify" { warnUnchecked("\(path): no-verify", at: ssl.start, &report) }
            return
        }
        guard ssl.entries != nil, ssl.file == nil else {
            let found = ssl.file == nil ? ssl.text.map { "'\($0)'" } ?? ssl.kind : "a file's text"
            report.error(
                "\(path): found \(found), on which node-postgres fails; expected true, false or a mapping",
                at: ssl.start,
                advice: "Take it out: PGSSLMODE in the new database's Secret decides.")
            return
        }
        checkMode(true, of: path, at: ssl.start, &report)
        if let check = ssl["rejectUnauthorized"], check.bool == false {
            warnUnchecked("\(path).rejectUnauthorized: false", at: check.start, &report)
        }
        guard certificatePath != nil, let authorities = ssl["ca"], !authorities.isNull,
            !isCertificate(authorities.file)
        else { return }
        refuseAuthorities(path.appending("ca"), at: authorities.start, &report)
    }

    /// Texts that count as a boolean. To JavaScript an empty one is false.
    private static let texts = ["true": true, "no-verify": true, "": false]

    private func checkMode(_ isOn: Bool?, of path: YAMLPath, at position: YAMLPosition, _ report: inout Report) {
        guard let isOn, isOn != (certificatePath != nil) else { return }
        report.error(
            "\(path) switches TLS \(isOn ? "on" : "off"), and tls.mode of the target says otherwise", at: position,
            advice: "Take it out: PGSSLMODE in the new database's Secret decides.")
    }

    private func warnUnchecked(_ setting: String, at position: YAMLPosition, _ report: inout Report) {
        report.warn(
            "\(setting) accepts any certificate", at: position,
            advice: "Take it out: the new database's certificate can be checked.")
    }

    private func refuseAuthorities(_ path: YAMLPath, at position: YAMLPosition, _ report: inout Report) {
        guard let certificatePath else { return }
        report.error(
            "\(path) would win over the new database's certificate authorities", at: position,
            advice: node.isSubstituted
                ? "Take it out, or let it be {$file: \(certificatePath)}." : "Take it out: Node reads them from a file."
        )
    }

    /// Whether the file is the certificate's. A relative name begins at the app-config's folder, which is this one by
    /// default.
    private func isCertificate(_ file: String?) -> Bool {
        guard let file, let certificatePath else { return false }
        let path = file.hasPrefix("/") ? FilePath(file) : FilePath(BackstageResource.defaultMountPath).appending(file)
        return path.lexicallyNormalized().string == certificatePath
    }
}

/// A connection as a URL whose server comes from the new database's Secret.
struct ConnectionText {
    /// `nil` where PGSSLMODE decides.
    let isEncrypted: Bool?
    let isUnchecked: Bool
    let namesAuthorities: Bool

    /// - Returns: `nil` for any other text.
    init?(_ text: String) {
        // Backstage passes over blanks inside the braces.
        let text = text.replacing(/\$\{\s*([A-Za-z_]+)\s*\}/) { "${\($0.1)}" }
        let server = "${POSTGRES_USER}:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:${POSTGRES_PORT}"
        guard let scheme = ["postgres://", "postgresql://"].first(where: text.hasPrefix),
            text.dropFirst(scheme.count).hasPrefix(server)
        else { return nil }
        let rest = text.dropFirst(scheme.count + server.count)
        guard rest.isEmpty || rest.first == "/" || rest.first == "?" else { return nil }
        var settings: [Substring: Substring] = [:]
        let query = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first ?? ""
        for setting in query.split(separator: "&") {
            let parts = setting.split(separator: "=", maxSplits: 1)
            if let name = parts.first { settings[name] = parts.count == 2 ? parts[1] : "" }
        }
        // A host in the query wins over the one in front of it.
        guard ["host", "port", "user", "password"].allSatisfy({ settings[$0[...]] == nil }) else { return nil }
        let mode = settings["sslmode"] ?? settings["ssl"]
        isEncrypted = mode.map { !["disable", "false", "0"].contains($0) }
        // With `uselibpqcompat`, pg-connection-string reads `sslmode` as libpq does: without authorities it checks nothing.
        let isLikeLibPQ = settings["uselibpqcompat"] == "true"
        let checksNothing = mode == "prefer" || (mode == "require" && settings["sslrootcert"] == nil)
        isUnchecked = mode == "no-verify" || (isLikeLibPQ && checksNothing)
        namesAuthorities = settings["sslrootcert"] != nil
    }
}
