import MigrationSpec
import YAMLTree

extension Migration {
    /// The URL of the orchestrator's database for one of the platform's services; `nil` where the name of a Service
    /// will do.
    func jdbcURL(service: String) -> String? {
        targetService == nil ? jdbcURL(schema: "\(orchestrator.platform)-\(service)") : nil
    }

    /// The orchestrator's operator uses the URL unchanged, so it must contain the schema.
    func jdbcURL(schema: String) -> String {
        JDBCURL(
            host: target.host, port: target.port, database: Self.orchestratorDatabase, schema: schema,
            isEncrypted: target.trust != nil
        ).description
    }

    /// `spec.persistence` of a SonataFlow object, which is the `persistence` of its chart's values too.
    func persistence(of workflow: Workflow) -> YAMLValue {
        var postgresql: YAMLValue = [
            "secretRef": [
                "name": .string(credentials.secretName), "userKey": "POSTGRES_USER", "passwordKey": "POSTGRES_PASSWORD",
            ]
        ]
        if let targetService {
            var service: YAMLValue = ["name": .string(targetService)]
            if workflow.namespace != namespace { service["namespace"] = .string(namespace) }
            service["port"] = .int(target.port)
            service["databaseName"] = .string(Self.orchestratorDatabase)
            service["databaseSchema"] = .string(workflow.schema)
            postgresql["serviceRef"] = service
        } else {
            postgresql["jdbcUrl"] = .string(jdbcURL(schema: workflow.schema))
        }
        return ["postgresql": postgresql]
    }
}
