import MigrationSpec
import SystemPackage
import YAMLTree

/// A config that is right, its files, and ways to make them wrong.
struct Fixture {
    var config: String
    var files: [String: String]
    var environment: [String: String] = [:]

    /// As long as its lines keep their numbers, tests can name them.
    static let config = """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata:
          name: portal-db
          namespace: portal
        spec:
          backstage:
            file: backstage.yaml
          target:
            external:
              host: db.example.com
              tls:
                mode: verify-full
                caFile: ca.pem
          credentials:
            existing:
              secretName: portal-credentials
          migration:
            image: registry.example.com/rehome-job:1

        """

    static let backstage = """
        apiVersion: rhdh.redhat.com/v1alpha4
        kind: Backstage
        metadata:
          name: portal
        spec:
          application:
            extraEnvs:
              secrets:
              - name: portal-secrets

        """

    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIB4TCCAYegAwIBAgIUBugxRwOUPmSGgmRqku04iB/poZwwCgYIKoZIzj0EAwIw
        PTEjMCEGA1UECgwaUmVob21lIGV4YW1wbGUsIHRocm93LWF3YXkxFjAUBgNVBAMM
        DVRocm93LWF3YXkgQ0EwIBcNMjYxMTIxMDkyNTE3WhgPMjEyNjEwMjgwOTI1MTda
        MD0xIzAhBgNVBAoMGlJlaG9tZSBleGFtcGxlLCB0aHJvdy1hd2F5MRYwFAYDVQQD
        DA1UaHJvdy1hd2F5IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkoEldAsF
        9aNCZj/Pqamc91p+ExUmljco5YpzMw22fgIhC+jExfhsIYiZjnQQtMfJLcZ3bLOP
        dd0oS3kiJdA8AaNjMGEwHQYDVR0OBBYEFAXpO+Qx92Sf976SVndO2XWlY9y0MB8G
        A1UdIwQYMBaAFAXpO+Qx92Sf976SVndO2XWlY9y0MA8GA1UdEwEB/wQFMAMBAf8w
        DgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49BAMCA0gAMEUCIQDC7mVcebMNo5dQPOkk
        JvHbXv3+y0duIF6abhJyJTIa1gIgLUU3DGjWvPjrPKuK0hamahKmvpFIZO0DTpoi
        Y+lzpTc=
        -----END CERTIFICATE-----

        """

    init() {
        config = Self.config
        files = ["backstage.yaml": Self.backstage, "ca.pem": Self.certificate]
    }

    func replacing(_ old: String, with new: String) -> Fixture {
        var copy = self
        copy.config = config.replacing(old, with: new)
        return copy
    }

    func replacing(inBackstage old: String, with new: String) -> Fixture {
        var copy = self
        copy.files["backstage.yaml"] = files["backstage.yaml"]?.replacing(old, with: new)
        return copy
    }

    func with(_ name: String, _ text: String?) -> Fixture {
        var copy = self
        copy.files[name] = text
        return copy
    }

    func load() throws(ConfigError) -> (migration: Migration, warnings: [Problem]) {
        try MigrationLoader(files: input).load("rehome.yaml")
    }

    var input: InputFiles {
        let texts = files.merging(["rehome.yaml": config]) { text, _ in text }
        return InputFiles(environment: environment) { path throws(InputFiles.Failure) in
            guard let text = texts[path.string] else { throw InputFiles.Failure(reason: "does not exist") }
            return Array(text.utf8)
        }
    }

    /// What a person would read; nothing if all is well.
    var errors: [String] {
        do {
            _ = try load()
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    /// But for what is said of the fixture's own Secret, which is in no file, as most teams have it.
    var warnings: [String] { allWarnings.filter { !Self.isOfItsSecret($0) } }

    static func isOfItsSecret(_ warning: String) -> Bool {
        warning.contains("the Secret 'portal-secrets', which is in no given file")
    }

    var allWarnings: [String] { (try? load())?.warnings.map(\.description) ?? [] }
}
