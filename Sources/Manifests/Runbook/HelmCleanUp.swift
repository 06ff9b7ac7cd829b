import MigrationSpec
import YAMLTree

/// The rest of a chart's own database after the move: what is still in use, and how to delete everything else.
struct HelmCleanUp {
    private let facts: RunbookFacts
    private let release: HelmRelease
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts, _ release: HelmRelease) {
        self.facts = facts
        self.release = release
    }

    var text: String {
        let parts =
            release.runsDatabase
            ? [usedDatabase, usedSecret, objects, data]
            : ["What becomes of \(facts.source) is for its owners to say.", usedSecret]
        return parts.compactMap(\.self).joined(separator: "\n\n") + "\n"
    }

    // MARK: What is in use

    /// The places in the values that name a Secret, or have a template that may give its name.
    private func places(ofSecret name: String) -> [YAMLPath] {
        let places = HelmReferences(migration, release).places(host: nil, secret: name).map(\.path)
        return [release.administratorPlace(ofSecret: name)].compactMap(\.self) + places
    }

    private var host: String? { migration.source.address?.host }

    /// The Secrets that open the old database and that the values go on naming.
    private var usedSecret: String? {
        let own = release.runsDatabase ? [release.madeSecret].compactMap(\.self) : []
        let names = own + (own.contains(migration.source.secretName) ? [] : [migration.source.secretName])
        let sentences = names.compactMap { name -> String? in
            let places = places(ofSecret: name)
            guard !places.isEmpty else { return nil }
            let other =
                name == host ? " What means the database by that name must move before anything below is deleted." : ""
            return
                "Keep the Secret `\(name)` for as long as the values name it, or have a template for it, in \(Self.list(places)): a pod "
                + "does not start without a Secret that it names.\(other)"
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: "\n\n")
    }

    /// The old database, where its name is not the Secret's.
    private var usedDatabase: String? {
        guard let host, host != release.madeSecret else { return nil }
        let places = HelmReferences(migration, release).places(host: host, secret: nil).filter { $0.name == host }
        guard !places.isEmpty else { return nil }
        return
            "The values name `\(host)` in \(Self.list(places.map(\.path))). What reads the old database there must move before "
            + "anything below is deleted."
    }

    private static func list(_ paths: [YAMLPath]) -> String {
        paths.map { Markdown.code($0.description) }.joined(separator: ", ")
    }

    // MARK: What goes

    private var objects: String {
        """
        Helm was told to let stay what the chart has made for its own database\(fate):

        \(Markdown.shell(
            "\(facts.kubectl) delete \(words: release.databaseObjects) --ignore-not-found",
            "\(HelmChange.others(release, facts, HelmRelease.databaseKinds, ending: "(-(\(HelmRelease.databaseEndings)))?$")) | xargs -r \(facts.kubectl) delete"))
        """
    }

    private var fate: String {
        if release.lackOfPersistence != nil { return ". Its data is in its pod alone, and goes with it" }
        return release.losesDataWithStatefulSet
            ? ". Its volume claim, with the data as it was before the cut-over, goes with the StatefulSet" : ""
    }

    /// The volume claim goes last: it is the data from before the cut-over.
    private var data: String? {
        let claims = release.losesDataWithStatefulSet ? [] : release.volumeClaims
        let keepsSecret = release.madeSecret.map { !places(ofSecret: $0).isEmpty } ?? false
        var commands: [ShellLine] =
            claims.isEmpty ? [] : ["\(facts.kubectl) delete pvc \(words: claims) --ignore-not-found"]
        if !keepsSecret { commands.append(deletionOfSecrets) }
        guard !commands.isEmpty else { return nil }
        let password = keepsSecret || release.madeSecret == nil ? "" : ", with the password that opens it"
        let sentence =
            claims.isEmpty
            ? release.madeSecret == nil
                ? "Secrets that the chart has made besides:" : "The password of a database without data, last of all:"
            : "The data as it was before the cut-over, last of all\(password):"
        return "\(sentence)\n\n\(Markdown.shell(commands.joined()))"
    }

    /// Deletes the Secrets that the chart has made, which have its label. A Secret of the team's own stays.
    private var deletionOfSecrets: ShellLine {
        let secrets = HelmChange.others(release, facts, ["secret"], ending: "(-(\(HelmRelease.secretEndings)))?$")
        return "\(secrets) | xargs -r \(facts.kubectl) delete"
    }
}
