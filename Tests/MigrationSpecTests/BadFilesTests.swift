import MigrationSpec
import Testing

/// Wrong files that a config names.
struct BadFilesTests {
    @Test func `a missing CR is an error where the config names it`() {
        let errors = Fixture().with("backstage.yaml", nil).errors
        #expect(
            errors == [
                "rehome.yaml:8:11: error: spec.backstage.file, 'backstage.yaml', does not exist\n  Names are relative to the file they stand in."
            ])
    }

    @Test func `a missing CA file is an error where the config names it`() {
        let errors = Fixture().with("ca.pem", nil).errors
        #expect(errors == ["rehome.yaml:14:17: error: the CA file 'ca.pem' does not exist"])
    }

    @Test func `an empty CA file is refused`() {
        let errors = Fixture().with("ca.pem", "").errors
        #expect(
            errors == [
                "ca.pem:1:1: error: the CA file is empty\n"
                    + "  Expected one or more blocks between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----."
            ])
    }

    @Test(arguments: [
        ("no certificate at all\n", "ca.pem:1:1: error: the CA file holds no certificate"),
        (
            "\n-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----\n",
            "ca.pem:2:1: error: the CA file holds a private key"
        ),
        (
            "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
            "ca.pem:1:1: error: the CA file holds a block that is no X.509 certificate"
        ),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n", "ca.pem:1:1: error: the CA file ends within a certificate"),
    ])
    func `a file that is no CA bundle is refused at its line`(content: String, expected: String) {
        let errors = Fixture().with("ca.pem", content).errors
        #expect(errors.map { $0.prefix { $0 != "\n" }.description } == [expected])
    }

    @Test func `a certificate that comes twice, with Windows line ends, is kept once`() throws {
        let text = Fixture.certificate
        let doubled = text + "# the same again\n" + text.replacing("\n", with: "\r\n")
        let bundle = try Fixture().with("ca.pem", doubled).load().migration.target.trust?.bundle
        #expect(bundle?.pem == text)
    }

    @Test func `a CR that is another kind of object is refused`() {
        let errors = Fixture().replacing(inBackstage: "kind: Backstage", with: "kind: Deployment").errors
        #expect(
            errors == [
                "backstage.yaml:2:7: error: found Deployment of rhdh.redhat.com/v1alpha4, expected a Backstage of rhdh.redhat.com\n"
                    + "  Let spec.backstage.file name the file with the instance's Backstage CR."
            ])
    }

    @Test func `a CR that does not parse is an error at its line`() {
        let errors = Fixture().replacing(inBackstage: "  name: portal\n", with: "  name: 'portal\n").errors
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("backstage.yaml:") == true, "\(errors)")
        #expect(errors.first?.contains("portal-secrets") == false)
    }

    @Test func `a CR version that does not exist names those that do`() {
        let errors = Fixture().replacing(inBackstage: "v1alpha4", with: "v1alpha9").errors
        #expect(
            errors.first?.hasPrefix(
                "backstage.yaml:1:13: error: found apiVersion 'rhdh.redhat.com/v1alpha9', expected one of rhdh.redhat.com/v1alpha1, "
            ) == true)
    }

    @Test func `a CR version that the operator does not serve is refused`() {
        let errors = Fixture().replacing(
            "file: backstage.yaml", with: "file: backstage.yaml\n    operatorVersion: \"1.7\""
        ).errors
        #expect(
            errors == [
                "backstage.yaml:1:13: error: operator 1.7 does not serve v1alpha4 of the Backstage CR\n"
                    + "  It serves v1alpha1, v1alpha2, v1alpha3; correct the CR's apiVersion, or spec.backstage.operatorVersion in the config."
            ])
    }

    @Test func `two CRs in one file need a name to choose by`() throws {
        let two = Fixture().with(
            "backstage.yaml",
            Fixture.backstage + "---\n" + Fixture.backstage.replacing("name: portal\n", with: "name: second\n"))
        #expect(
            two.errors == [
                "backstage.yaml:12:7: error: found 2 Backstage CRs, 'portal', 'second'; expected one\n"
                    + "  Name the one to move in spec.backstage.name."
            ])
        let chosen = two.replacing("file: backstage.yaml", with: "file: backstage.yaml\n    name: second")
        #expect(try chosen.load().migration.backstage?.name == "second")
        let wrong = two.replacing("file: backstage.yaml", with: "file: backstage.yaml\n    name: secnd")
        #expect(
            wrong.errors == [
                "rehome.yaml:9:11: error: backstage.yaml holds no Backstage CR called 'secnd'; it holds 'portal', 'second'\n  Did you mean 'second'?"
            ])
    }

    @Test func `of two CRs of one name, the one that is in no other namespace is meant`() throws {
        let other = Fixture.backstage.replacing("name: portal\n", with: "name: portal\n  namespace: other\n")
        for text in [Fixture.backstage + "---\n" + other, other + "---\n" + Fixture.backstage] {
            let found = try Fixture().with("backstage.yaml", text).load().migration.backstage
            #expect(found?.name == "portal" && found?.namespace == nil)
        }
        let elsewhere = other.replacing("namespace: other", with: "namespace: third")
        #expect(
            Fixture().with("backstage.yaml", other + "---\n" + elsewhere).errors.first?.contains(
                "Name the namespace of the one to move in metadata.namespace.") == true)
    }

    @Test func `a CR in another namespace than the config's is refused`() {
        let errors = Fixture().replacing(inBackstage: "  name: portal\n", with: "  name: portal\n  namespace: other\n")
            .errors
        #expect(
            errors.first?.hasPrefix(
                "rehome.yaml:5:14: error: metadata.namespace is 'portal', but the Backstage CR lives in 'other'")
                == true)
    }

    @Test func `no namespace anywhere is an error`() {
        let errors = Fixture().replacing("  namespace: portal\n", with: "").errors
        #expect(
            errors.first?.hasPrefix(
                "rehome.yaml:4:9: error: the Backstage CR 'portal' names no namespace, and metadata.namespace is missing"
            ) == true)
    }
}
