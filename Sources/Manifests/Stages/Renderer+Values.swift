import MigrationSpec
import YAMLTree

/// The files that point a workflow to the target. Neither is a whole object, so no kustomization lists them.
struct WorkflowFiles {
    static let folder = "values"

    private let title: String

    init(_ workflow: Migration.Workflow, of migration: Migration) { title = migration.orchestrator.title(of: workflow) }

    /// Values for the workflow's Helm chart.
    var chartValues: String { "\(title)-chart.yaml" }
    /// A merge patch of the SonataFlow object.
    var patch: String { "\(title)-sonataflow.yaml" }
}

extension Renderer {
    /// The files that point each workflow to the target. Workflows keep the connection that they were deployed with.
    func valuesFiles(_ migration: Migration) -> [RenderedFile] {
        guard migration.stages.contains(.orchestrator) else { return [] }
        return migration.orchestrator.workflows.flatMap { workflow -> [RenderedFile] in
            let names = WorkflowFiles(workflow, of: migration)
            let persistence = migration.persistence(of: workflow)
            let patch = generated(
                ["spec": ["persistence": persistence]], as: names.patch, in: WorkflowFiles.folder)
            // The charts of workflows take the name of a Service, and no URL.
            guard migration.targetService != nil else { return [patch] }
            return [generated(["persistence": persistence], as: names.chartValues, in: WorkflowFiles.folder), patch]
        }
    }
}
