import Cryptography
import Glibc
import SecretSealing
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// What is sealed is opened by programs that have none of our code.
struct SealingTests {
    /// Shorter and longer than a block of any cipher, and with everything in it that a format could trip over.
    private static let values = [
        "x", "pass: \"${word}\" # {{ .x }}\t'", "äöü→🔑", String(repeating: "0123456789abcdef", count: 500),
    ]

    @Test(arguments: SealingScope.allCases)
    func `a controller opens what is sealed for it, and nothing under another name`(scope: SealingScope) async throws {
        try await withTemporaryFolder { folder in
            _ = try await SealedText.makeKeys(in: folder)
            let pem = try folder.appending("controller.pem").text()
            let key = SealedSecretKey(certificate: try Self.der(pem))
            let label = scope.label(namespace: "portal", name: "db")
            var object: YAMLValue = [
                "metadata": ["name": "db", "namespace": "portal", "annotations": [:]],
                "spec": [
                    "encryptedData": [:], "template": ["metadata": [:], "type": "Opaque", "data": ["plain": "p"]],
                ],
            ]
            if let annotation = scope.annotation { object["metadata"]?["annotations"]?[annotation] = "true" }
            for (index, value) in Self.values.enumerated() {
                object["spec"]?["encryptedData"]?["k\(index)"] = .string(try key.seal(value, label: label))
            }
            let file = folder.appending("sealed.yaml")
            let privateKey = folder.appending("controller.key")
            try put(object.yaml(), at: file)
            let secret = try await SealedText.controllersSecret(of: file, key: privateKey)
            #expect(secret["data"]?["plain"] == "p")
            for (index, value) in Self.values.enumerated() { #expect(secret["data"]?["k\(index)"]?.string == value) }

            object["metadata"]?["name"] = "another"
            object["metadata"]?["namespace"] = scope == .namespaceWide ? "elsewhere" : "portal"
            try put(object.yaml(), at: file)
            if scope == .clusterWide {
                _ = try await SealedText.controllersSecret(of: file, key: privateKey)
            } else {
                await #expect(throws: SealedTextError.self) {
                    try await SealedText.controllersSecret(of: file, key: privateKey)
                }
            }
        }
    }

    @Test func `no two seals of one value are alike`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await SealedText.makeKeys(in: folder)
            let key = SealedSecretKey(certificate: try Self.der(try folder.appending("controller.pem").text()))
            #expect(try key.seal("same", label: "a/b") != key.seal("same", label: "a/b"))
        }
    }

    @Test func `sops decrypts every kind of value, and finds what was changed`() async throws {
        try await withTemporaryFolder { folder in
            let recipient = try AgeRecipient(try await SealedText.makeKeys(in: folder))
            let (other, file) = (folder.appending("other"), folder.appending("secret.yaml"))
            _ = try await SealedText.makeKeys(in: try makeFolder(other))
            let otherIdentity = other.appending("identity.txt")
            var object: YAMLValue = [
                "apiVersion": "v1", "kind": "Secret",
                "metadata": ["name": "db", "labels": ["a": "1", "b": "true"], "finalizers": ["x", "y"]],
                "stringData": [
                    "empty": "", "count": 7, "flag": true, "nested": ["list": ["one", "two"]], "none": nil,
                ],
            ]
            for (index, value) in Self.values.enumerated() { object["stringData"]?["k\(index)"] = .string(value) }
            let sealed = try SOPSDocument.encrypted(object, for: [recipient], time: "2026-11-21T12:00:00Z")
            try put(sealed.yaml(), at: file)
            let text = sealed.yaml()
            #expect(!text.contains("pass: ") && !text.contains("🔑") && text.contains("kind: Secret\n"))
            let opened = try await SealedText.sopsObject(of: file, identity: folder.appending("identity.txt"))
            for (index, value) in Self.values.enumerated() {
                #expect(opened["stringData"]?["k\(index)"]?.string == value)
            }
            #expect(opened["stringData"]?["count"] == "7" && opened["stringData"]?["flag"] == "True")
            #expect(opened["stringData"]?["nested"]?["list"] == ["one", "two"])
            #expect(opened["metadata"] == object["metadata"])
            await #expect(throws: SealedTextError.self) {
                try await SealedText.sopsObject(of: file, identity: otherIdentity)
            }

            try put(text.replacing("name: db", with: "name: other"), at: file)
            let error = await #expect(throws: SealedTextError.self) {
                try await SealedText.sopsObject(of: file, identity: folder.appending("identity.txt"))
            }
            #expect(error?.message.contains("the code over all values does not fit") == true)
        }
    }

    @Test func `each of several recipients can open a file`() async throws {
        try await withTemporaryFolder { folder in
            let folders = try ["a", "b"].map { try makeFolder(folder.appending($0)) }
            var recipients: [AgeRecipient] = []
            for folder in folders { recipients.append(try AgeRecipient(try await SealedText.makeKeys(in: folder))) }
            let object: YAMLValue = ["kind": "Secret", "stringData": ["a": "b"]]
            let file = folder.appending("secret.yaml")
            try put(try SOPSDocument.encrypted(object, for: recipients, time: "2026-11-21T12:00:00Z").yaml(), at: file)
            for folder in folders {
                let opened = try await SealedText.sopsObject(of: file, identity: folder.appending("identity.txt"))
                #expect(opened == object)
            }
        }
    }

    @Test(arguments: [
        ("AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33", "is an identity, a private key"),
        ("age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafh", "is no age recipient"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN", "is no age recipient"),
        ("", "is no age recipient"),
        ("age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z", "is a key of low order"),
        ("age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqj7vrya", "is a key of low order"),
        ("age1ur4h5lpmgxu2u9jku0a0r87ydtdqnr0tnsetrlvxvgz3vh6fhqqqzyt4v9", "is a key of low order"),
        ("age1t7wft09r2zxzfvwsk92eeql0tvzyghxytqwgapkcyf8dm5ylz9ts6wm9s8", "is a key of low order"),
        ("age1anlllllllllllllllllllllllllllllllllllllllllllllllals4n2t7m", "is a key of low order"),
        ("age1ahlllllllllllllllllllllllllllllllllllllllllllllllalsn46ayy", "is a key of low order"),
        ("age1amlllllllllllllllllllllllllllllllllllllllllllllllalselrwrv", "is a key of low order"),
    ])
    func `what is no recipient is refused and not repeated`(text: String, reason: String) {
        let error = #expect(throws: SealingError.self) { try AgeRecipient(text) }
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
        #expect(text.isEmpty || error?.reason.contains(text) == false)
    }

    @Test func `a certificate without an RSA key cannot seal`() throws {
        let pem = try Checkout.folder.appending("examples/statefulset/throw-away/ca.pem").text()
        let error = #expect(throws: SealingError.self) {
            try SealedSecretKey(certificate: Self.der(pem)).seal("x", label: "")
        }
        #expect(error?.reason == "holds no RSA key, which sealed-secrets works with")
        let garbage = #expect(throws: SealingError.self) { try SealedSecretKey(certificate: [1]).seal("x", label: "") }
        #expect(garbage?.reason == "is no X.509 certificate")
    }

    private static func der(_ pem: String) throws -> [UInt8] { try #require(PEM.bytes(of: pem)) }

    private func makeFolder(_ path: FilePath) throws -> FilePath {
        try #require(mkdir(path.string, 0o700) == 0)
        return path
    }

    private func put(_ text: String, at path: FilePath) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
    }
}
