import MigrationSpec
import Testing

/// Where a door can stand, and how many pods come to it.
struct DoorConfigTests {
    private func fixture(_ cutover: String = "door: true", patch: String = "") -> Fixture {
        var fixture = Fixture()
        fixture.config += "  cutover: {\(cutover)}\n"
        return patch.isEmpty ? fixture : fixture.replacing(inBackstage: "spec:\n", with: "spec:\n" + patch)
    }

    private func pods(_ patch: String) throws -> Int? { try fixture(patch: patch).load().migration.door?.pods }

    @Test func `there is no door unless the config wants one`() throws {
        #expect(try Fixture().load().migration.door == nil)
        let door = try #require(try fixture().load().migration.door)
        #expect(door.pods == 1 && door.patienceSeconds == 900)
        #expect(try fixture("door: true, doorPatience: 5m").load().migration.door?.patienceSeconds == 300)
        #expect(fixture("door: true, doorPatience: 25h").errors.count == 1)
    }

    /// `maxSurge` is rounded up, `maxUnavailable` down (Kubernetes, "Rolling Update Deployment").
    @Test func `as many new pods are waited for as a roll-out makes before one of them is ready`() throws {
        func patch(_ lines: String) -> String { "  deployment: {patch: {spec: {\(lines)}}}\n" }
        #expect(try pods(patch("replicas: 2")) == 1)
        #expect(try pods(patch("replicas: 5")) == 3)
        #expect(try pods(patch("replicas: 4, strategy: {rollingUpdate: {maxSurge: 100%}}")) == 4)
        #expect(try pods(patch("replicas: 3, strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 0}}")) == 2)
        #expect(try pods(patch("replicas: 0")) == 1)
        let application = Fixture().replacing(
            inBackstage: "  application:\n", with: "  application:\n    replicas: 8\n")
        var config = application
        config.config += "  cutover: {door: true}\n"
        #expect(try config.load().migration.door?.pods == 4)
    }

    @Test(arguments: [
        (
            "  deployment: {patch: {spec: {strategy: {type: Recreate}}}}\n",
            "strategy of Backstage's Deployment is Recreate"
        ),
        (
            "  deployment: {patch: {spec: {template: {spec: {volumes: [{name: p, persistentVolumeClaim: {claimName: cache}}]}}}}}\n",
            "Backstage's pod has the volume claim 'cache'"
        ),
        (
            "  deployment: {patch: {spec: {strategy: {rollingUpdate: {maxUnavailable: 1}}}}}\n",
            "all that there is of Backstage's pods may be away"
        ),
        (
            "  deployment: {patch: {spec: {strategy: {rollingUpdate: {maxSurge: 0}}}}}\n",
            "all that there is of Backstage's pods may be away"
        ),
    ])
    func `a Deployment whose new pods cannot wait beside the old ones is refused at the place`(
        patch: String, message: String
    ) {
        let errors = fixture(patch: patch).errors
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("backstage.yaml:6:") == true, "\(errors)")
        #expect(
            errors.first?.contains("error: spec.cutover.door is true, and ") == true
                && errors.first?.contains(message) == true, "\(errors)")
    }

    @Test func `an ephemeral volume is fine, and so is a claim that several nodes may have`() {
        let ephemeral =
            "  deployment: {patch: {spec: {template: {spec: {volumes: [{name: p, ephemeral: {volumeClaimTemplate: {}}}]}}}}}\n"
        #expect(fixture(patch: ephemeral).errors == [])
        var shared = fixture(
            patch:
                "  deployment: {patch: {spec: {template: {spec: {volumes: [{name: p, persistentVolumeClaim: {claimName: cache}}]}}}}}\n"
        )
        shared.files["backstage.yaml"]? +=
            "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: cache}\nspec: {accessModes: [ReadWriteMany]}\n"
        #expect(shared.errors == [])
    }

    @Test(arguments: [("v1alpha1", 1), ("v1alpha2", 0), ("v1alpha3", 0), ("v1alpha5", 0)])
    func `the CR's version must have deployment.patch`(version: String, count: Int) {
        let errors = fixture().replacing(inBackstage: "v1alpha4", with: version).errors.filter { $0.contains("door") }
        #expect(errors.count == count, "\(errors)")
        if count > 0 {
            #expect(
                errors.first?.hasPrefix("backstage.yaml:1:13: error: spec.cutover.door is true, and v1alpha1 ") == true)
        }
    }

    @Test func `what would take the old pods' database away, or makes the door worthless, is refused`() {
        let retired = fixture("door: true, localDatabase: retire, savedSecret: saved").errors
        #expect(
            retired.count == 1 && retired.first?.contains("door is true, and localDatabase is retire") == true,
            "\(retired)")
        let fenced = fixture().replacing(
            "image: registry.example.com/rehome-job:1",
            with: "image: registry.example.com/rehome-job:1\n    precopy: false"
        ).errors
        #expect(fenced.count == 1 && fenced.first?.contains("and spec.migration.precopy is false") == true, "\(fenced)")
        let set = fixture(patch: "  deployment: {kind: StatefulSet}\n").replacing(
            inBackstage: "v1alpha4", with: "v1alpha5"
        ).errors
        #expect(set.count == 1 && set.first?.contains("spec.deployment.kind is StatefulSet") == true, "\(set)")
    }
}
