import Subprocess
public import SystemPackage
public import YAMLTree

/// Opens what rehome seals with programs that have none of its code: Python's `cryptography` and Debian's `age`.
public enum SealedText {
    /// Makes `controller.pem`, `controller.key` and `identity.txt` in a folder; throw-away, as the folder is.
    /// - Returns: the identity's recipient.
    public static func makeKeys(in folder: FilePath) async throws -> String {
        try await open(["keys", folder.string]).split(separator: "\n").last.map(String.init) ?? ""
    }

    /// The Secret that the controller with this key makes of a SealedSecret: its `metadata`, `type` and `data`.
    public static func controllersSecret(of file: FilePath, key: FilePath) async throws -> YAMLValue {
        try await object(["sealed-secret", key.string, file.string])
    }

    /// The object that sops decrypts, its code over all values checked.
    public static func sopsObject(of file: FilePath, identity: FilePath) async throws -> YAMLValue {
        try await object(["sops", identity.string, file.string])
    }

    private static func object(_ arguments: [String]) async throws -> YAMLValue {
        // JSON is YAML.
        try YAMLFile(parsing: try await open(arguments), name: "opened").onlyDocument.root.value()
    }

    private static func open(_ arguments: [String]) async throws -> String {
        let script = Checkout.folder.appending("Tests/Tools/open_sealed.py").string
        let packages = Checkout.folder.appending(".build/manifest-validation").string
        let result = try await Subprocess.run(
            .name("python3"), arguments: Arguments([script, "--venv", packages] + arguments),
            output: .string(limit: 1 << 22), error: .string(limit: 1 << 20))
        if result.terminationStatus == .exited(77) {
            throw SealedTextError(message: "the Python packages cannot be had: \(result.standardOutput)")
        }
        guard result.terminationStatus.isSuccess else { throw SealedTextError(message: result.standardError) }
        return result.standardOutput
    }
}

/// Why something could not be opened.
public struct SealedTextError: Error, CustomStringConvertible {
    public var message: String
    public var description: String { message }
}
