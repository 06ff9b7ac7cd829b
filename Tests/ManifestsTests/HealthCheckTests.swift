import Manifests
import Subprocess
import Testing
import YAMLTree

/// Argo CD's health checks, run by a Lua interpreter on objects as the operators leave them.
struct HealthCheckTests {
    struct Case: CustomTestStringConvertible {
        let kind: String
        /// Of `status.conditions`; `nil` for an object without a status.
        let conditions: [YAMLValue]?
        let expected: String
        let message: String

        var testDescription: String { "\(kind): \(message) is \(expected)" }
    }

    static let cases = [
        Case(
            kind: "rhdh.redhat.com_Backstage", conditions: nil, expected: "Progressing",
            message: "waiting for the operator"),
        Case(
            kind: "rhdh.redhat.com_Backstage",
            conditions: [
                ["type": "Deployed", "status": "False", "reason": "DeployFailed", "message": "receipt not found"]
            ],
            // Normal behind the gate: Degraded would fail the sync.
            expected: "Progressing", message: "receipt not found"),
        Case(
            kind: "rhdh.redhat.com_Backstage",
            conditions: [["type": "Deployed", "status": "True", "reason": "Deployed", "message": ""]],
            expected: "Healthy", message: ""),
        Case(
            kind: "sonataflow.org_SonataFlowPlatform", conditions: [], expected: "Progressing",
            message: "waiting for the operator"),
        Case(
            kind: "sonataflow.org_SonataFlowPlatform",
            conditions: [["type": "Succeed", "status": "False", "reason": "Creating"]],
            expected: "Progressing", message: "Creating"),
        Case(
            kind: "sonataflow.org_SonataFlowPlatform",
            conditions: [["type": "Succeed", "status": "False", "reason": "Failure", "message": "no"]],
            expected: "Degraded", message: "no"),
        Case(
            kind: "sonataflow.org_SonataFlowPlatform",
            conditions: [["type": "Succeed", "status": "True", "message": "ready"]], expected: "Healthy",
            message: "ready"),
    ]

    @Test(arguments: cases)
    func `an object's condition is its health`(example: Case) async throws {
        let files = try Renderer().render(try Example.statefulSet.migration(adding: EngineTests.argocd))
        let data = try files.object("argocd/health-checks.yaml")["data"]
        let check = try #require(data?["resource.customizations.health.\(example.kind)"]?.string)
        var object: YAMLValue = [:]
        if let conditions = example.conditions { object["status"] = ["conditions": .sequence(conditions)] }
        let script = """
            obj = \(Self.lua(object))
            local health = (function()
            \(check)
            end)()
            io.write(health.status .. "|" .. tostring(health.message))
            """
        let finished = try? await run(
            .name("lua5.4"), arguments: ["-e", script], output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
        guard let result = finished else { try Test.cancel("lua5.4 is not installed") }
        #expect(result.standardOutput == "\(example.expected)|\(example.message)", "\(result.standardError)")
    }

    @Test func `OpenShift GitOps gets the same checks as its own list`() throws {
        let files = try Renderer().render(try Example.statefulSet.migration(adding: EngineTests.argocd))
        let checks = try files.object("argocd/health-checks-openshift-gitops.yaml")["spec"]?["resourceHealthChecks"]?
            .items
        #expect(checks?.map { $0["kind"] } == ["Backstage", "SonataFlowPlatform"])
        #expect(checks?.first?["group"] == "rhdh.redhat.com")
        let data = try files.object("argocd/health-checks.yaml")["data"]?.mapping
        #expect(checks?.map { $0["check"] } == data?.map(\.value))
        // A kustomization that listed them would apply a patch as an object.
        let listed = try files.object("argocd/kustomization.yaml")["resources"]
        #expect(listed == ["application-portal-db.yaml"])
    }

    private static func lua(_ value: YAMLValue) -> String {
        switch value {
        case .string(let text): "[==[\(text)]==]"
        case .bool(let flag): "\(flag)"
        case .int(let number): "\(number)"
        case .sequence(let items): "{\(items.map(lua).joined(separator: ", "))}"
        case .mapping(let mapping): "{\(mapping.map { "[\"\($0.key)\"] = \(lua($0.value))" }.joined(separator: ", "))}"
        default: "nil"
        }
    }
}
