extension Migration {
    /// The platform that runs workflows beside Backstage.
    public struct Orchestrator: Sendable {
        /// The SonataFlowPlatform's name.
        public var platform: String
        public var networkPolicies: Bool
        public var workflows: [Workflow]

        /// The name of a workflow's files: the workflow's name, with its namespace if another one has a workflow of
        /// that name.
        public func title(of workflow: Workflow) -> String {
            let isOnly = workflows.count { $0.name == workflow.name } <= 1
            return isOnly ? workflow.name : "\(workflow.namespace).\(workflow.name)"
        }
    }

    /// A workflow that keeps its state in the orchestrator's database.
    public struct Workflow: Sendable {
        public var name: String
        public var namespace: String
        public var schema: String
        /// The Helm release that installed it.
        public var release: String
        /// `nil` where the config does not say.
        public var chart: String?

        init(_ section: WorkflowSection, namespace: String) {
            name = section.name.rawValue
            self.namespace = section.namespace?.rawValue ?? namespace
            schema = section.schema?.rawValue ?? section.name.rawValue
            release = section.release?.rawValue ?? section.name.rawValue
            chart = section.chart?.rawValue
        }
    }
}
