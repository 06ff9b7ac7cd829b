import Cryptography
import FoundationEssentials
public import MigrationSpec
import SecretSealing
import YAMLTree

/// Replaces secret values by sealed text.
///
/// Sealing is random, so what an earlier render has sealed stays as long as the same is asked for: the same keys, for
/// the same recipients, from the same file or variable. The values themselves are never compared: whatever tells two
/// passwords apart could be used to guess one.
public struct Sealer: Sendable {
    public enum Mode: Sendable {
        /// Seals what is not sealed yet, or was sealed for something else.
        case keep
        /// Seals everything anew.
        case reseal
        /// Seals nothing, and needs no secret value: what would be sealed is shown as `SecretInput.pending`.
        case compare
    }

    /// The files, complete.
    public struct Result: Sendable {
        public var files: [RenderedFile]
        /// Paths of what was sealed, and of what was kept.
        public var sealed: [String] = []
        public var kept: [String] = []
    }

    /// Holds a hash of everything that was asked for when a value was sealed, except the value itself.
    static let annotation = "rehome.dev/sealed-for"

    let mode: Mode
    /// The content that an earlier render wrote to a path of the output folder.
    let former: @Sendable (String) -> [UInt8]?
    /// Seconds since 1970.
    let now: Int

    public init(mode: Mode, now: Int, former: @escaping @Sendable (String) -> [UInt8]?) {
        self.mode = mode
        self.now = now
        self.former = former
    }

    /// - Throws: `ConfigError` for a secret value that is needed and cannot be read, or a key that cannot seal.
    public func seal(_ files: [RenderedFile], of migration: Migration) throws(ConfigError) -> Result {
        // A plain Secret that is kept out of git is left out where it is missing, since there is nothing to compare.
        let files = files.filter { !($0.holdsSecret && $0.isUnsealed && former($0.path) == nil) }
        var result = Result(files: files)
        let all = [migration.credentials] + [migration.administrator?.credentials].compactMap { $0 }
        for index in files.indices {
            guard files[index].isUnsealed, let object = files[index].object,
                let credentials = all.first(where: { $0.secretName == object["metadata"]?["name"]?.string })
            else { continue }
            let path = files[index].path
            if case .plain = credentials.source {
                result.files[index] = files[index].sealed(as: object.replacingPending(with: formerPassword(path) ?? ""))
                continue
            }
            let (sealed, isKept) = try seal(object, credentials, former: mode == .reseal ? nil : former(path))
            result.files[index] = files[index].sealed(as: sealed)
            if isKept { result.kept.append(path) } else { result.sealed.append(path) }
        }
        return result
    }

    /// The password in a plain Secret of an earlier render, which is used when the real one is not at hand.
    private func formerPassword(_ path: String) -> String? {
        let root = former(path).flatMap { try? YAMLFile(parsing: $0, name: path).onlyDocument.root }
        return root?[at: ["stringData", "POSTGRES_PASSWORD"]]?.string
    }

    private func seal(
        _ object: YAMLValue, _ credentials: Migration.Credentials, former: [UInt8]?
    ) throws(ConfigError) -> (object: YAMLValue, isKept: Bool) {
        let former = former.flatMap { try? YAMLFile(parsing: $0, name: "former").onlyDocument.root.value() }
        switch credentials.source {
        case .existing, .renamed, .plain, .externalSecret, .operated: return (object, isKept: true)
        case .sealedSecret(_, let input, let seal):
            let label = seal.scope.label(
                namespace: object["metadata"]?["namespace"]?.string ?? "", name: credentials.secretName)
            let values = object["spec"]?["encryptedData"] ?? [:]
            let mark = Self.mark([seal.fingerprint, seal.scope.rawValue, label, values.yaml(), input.declaration])
            var marked = object
            marked["metadata"]?["annotations"]?[Self.annotation] = .string(mark)
            if let kept = Self.kept(marked, from: former) { return (kept, true) }
            guard mode != .compare else { return (marked, false) }
            let password = try input.read()
            for entry in values.mapping ?? [:] {
                let text = (entry.value.string ?? "").replacing(SecretInput.pending, with: password)
                let sealed = try Self.reported(at: input.position) { () throws(SealingError) in
                    try seal.key.seal(text, label: label)
                }
                marked["spec"]?["encryptedData"]?[entry.key] = .string(sealed)
            }
            return (marked, false)
        case .sops(_, let input, let recipients):
            let mark = Self.mark(recipients.map(\.text) + [object.yaml(), input.declaration])
            var marked = object
            marked["metadata"]?["annotations"]?[Self.annotation] = .string(mark)
            // sops's code covers the whole file, so the file is kept or made anew as a whole.
            if let former, former.isSealed(as: marked) { return (former, true) }
            guard mode != .compare else { return (marked.withPendingData, false) }
            let plain = marked.replacingPending(with: try input.read())
            let sealed = try Self.reported(at: input.position) { () throws(SealingError) in
                try SOPSDocument.encrypted(plain, for: recipients, time: time)
            }
            return (sealed, false)
        }
    }

    /// The object with the values that an earlier render sealed for the same purpose; `nil` if one is missing.
    private static func kept(_ object: YAMLValue, from former: YAMLValue?) -> YAMLValue? {
        guard let former, former.sealMark == object.sealMark else { return nil }
        var result = object
        for entry in object["spec"]?["encryptedData"]?.mapping ?? [:] {
            guard let sealed = former["spec"]?["encryptedData"]?[entry.key], sealed != entry.value else { return nil }
            result["spec"]?["encryptedData"]?[entry.key] = sealed
        }
        return result
    }

    private static func mark(_ parts: [String]) -> String {
        // Each part is preceded by its length, so that no two lists of parts give the same text.
        ShortHash.of(parts.map { "\($0.utf8.count) \($0)" }.joined(separator: "\n"))
    }

    private static func reported<Value>(
        at position: YAMLPosition, _ body: () throws(SealingError) -> Value
    ) throws(ConfigError) -> Value {
        do { return try body() } catch {
            throw ConfigError(problems: [
                Problem(.error, at: position, "the key to seal with \(error.reason)", advice: error.advice)
            ])
        }
    }

    private var time: String { Date(timeIntervalSince1970: Double(now)).formatted(.iso8601) }
}

extension YAMLValue {
    fileprivate var sealMark: String? { self["metadata"]?["annotations"]?[Sealer.annotation]?.string }

    /// Whether this is the object as sops encrypted it: the readable part is the same, and all else is encrypted.
    fileprivate func isSealed(as object: YAMLValue) -> Bool {
        guard self["sops"]?.mapping != nil, sealMark == object.sealMark else { return false }
        var readable = self
        readable["sops"] = nil
        for section in ["data", "stringData"] {
            let sealed = self[section]?.mapping ?? [:]
            let plain = object[section]?.mapping ?? [:]
            guard sealed.map(\.key) == plain.map(\.key),
                sealed.allSatisfy({ $0.value.string?.hasPrefix("ENC[AES256_GCM,") ?? false })
            else { return false }
            readable[section] = object[section]
        }
        return readable == object
    }

    /// The object with placeholders for every value that sops would encrypt.
    fileprivate var withPendingData: YAMLValue {
        var result = self
        for section in ["data", "stringData"] {
            for entry in self[section]?.mapping ?? [:] { result[section]?[entry.key] = .string(SecretInput.pending) }
        }
        return result
    }

    fileprivate func replacingPending(with password: String) -> YAMLValue {
        switch self {
        case .string(let text): .string(text.replacing(SecretInput.pending, with: password))
        case .sequence(let items): .sequence(items.map { $0.replacingPending(with: password) })
        case .mapping(let mapping):
            .mapping(YAMLMapping(mapping.map { ($0.key, $0.value.replacingPending(with: password)) }))
        default: self
        }
    }
}
