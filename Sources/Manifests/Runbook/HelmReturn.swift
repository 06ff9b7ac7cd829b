import JobContract
import MigrationSpec

/// How the chart's own database comes up again before Backstage goes back to it.
///
/// The values that start the chart's database also point Backstage to it, so they cannot be applied for the copy back.
/// Either the database was kept running, or a person makes it from the chart's templates.
struct HelmReturn {
    private let facts: RunbookFacts
    private let release: HelmRelease
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts, _ release: HelmRelease) {
        self.facts = facts
        self.release = release
    }

    var text: String {
        """
        The chart's own database was told to stay at the cut-over, and stands by\(state). \(values)

        Only where its StatefulSet has been deleted since, let the chart's templates make it again, and Helm know it. \(data)

        \(Markdown.shell(making, marking))

        \(moment)
        """
    }

    private var state: String {
        release.lackOfPersistence == nil ? "" : ", empty where its pod was restarted since"
    }

    private var data: String {
        let claims = release.volumeClaims.map { "`\($0)`" }
        let secret = "The Secret `\(migration.source.secretName)`"
        guard !claims.isEmpty else {
            return
                "\(secret) must be there. The database keeps its data in no volume claim, so it starts empty, and the copy back "
                + "fills it."
        }
        return
            "\(secret) must be the one with which the volume claim \(claims.joined(separator: ", ")) was made; if the claim has "
            + "gone too, the database starts empty, and the copy back fills it."
    }

    private var values: String {
        guard migration.cutover == .copy else { return "The values stay as they are at this step." }
        let file = Markdown.code(HelmCutover.file(for: release))
        return "The values stay on \(facts.target) at this step: \(file) says so, for whoever upgrades meanwhile."
    }

    private var moment: String {
        release.object == nil
            ? "`CHART` is the chart as it was installed, `VERSION` the version that `helm list` shows, and `VALUES` the folder of "
                + "`rehome.yaml`."
            : "`CHART` and `VERSION` are those of the \(release.object?.kind.rawValue ?? "")\(valuesOfObject)."
    }

    private var valuesOfObject: String {
        release.object?.kind != .helmRelease ? ", and `VALUES` is a file with its values, parameters included" : ""
    }

    private var making: ShellLine {
        let last = HelmCutover.localDatabasePath
        let template: ShellLine =
            "helm -n \(migration.namespace) template \(release.name) \"$CHART\" --version \"$VERSION\""
        let apply: ShellLine = "\(facts.kubectl) apply -l \(release.databaseSelector) -f -"
        return switch release.object?.kind {
        case nil: "\(template)\(HelmChange.flags(of: release, [last])) | \(apply)"
        case .application?, .applicationSet?: "\(template) -f \"$VALUES\" -f \(last) | \(apply)"
        case .helmRelease?:
            "helm -n \(migration.namespace) get values \(release.name) -o yaml | \(template) -f - -f \(last) | \(apply)"
        }
    }

    /// Adds the labels and annotations without which Helm refuses to take over existing objects.
    private var marking: ShellLine {
        HelmChange.keep(
            release, facts, release.databaseObjects,
            ["meta.helm.sh/release-name=\(release.name)", "meta.helm.sh/release-namespace=\(migration.namespace)"])
    }
}
