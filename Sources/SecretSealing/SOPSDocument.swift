import Cryptography
import FoundationEssentials
public import YAMLTree

/// A Kubernetes object with encrypted secret values, in the format of `sops` and Flux.
///
/// The format is that of sops 3 (sops.go, aes/cipher.go, stores/yaml/store.go). Names and metadata stay readable. Each
/// value below `data` and `stringData` is encrypted by itself and bound to its keys, and a MAC over all values shows
/// any change.
public enum SOPSDocument {
    /// Which keys' values are encrypted, for sops's own commands.
    static let encryptedRegex = "^(data|stringData)$"
    private static let encryptedKeys = ["data", "stringData"]
    /// The oldest sops that writes files like ours.
    private static let version = "3.9.0"

    /// - Parameters:
    ///   - object: the Secret in plain text.
    ///   - recipients: each of them can open the file; at least one.
    ///   - time: when it was encrypted, in RFC 3339 and UTC.
    /// - Returns: the encrypted object, with sops's own part at its end. The text is different each time.
    /// - Throws: ``SealingError`` if the object has a value that sops cannot encrypt, or this machine's OpenSSL lacks an
    ///   algorithm.
    public static func encrypted(
        _ object: YAMLValue, for recipients: [AgeRecipient], time: String
    ) throws(SealingError) -> YAMLValue {
        var writer = Writer(key: randomBytes(32))
        var result = try writer.encrypted(object, path: [])
        let digest = writer.digest.finalize().map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
        let code = digest.joined().uppercased()
        var files: [YAMLValue] = []
        for recipient in recipients {
            let file = try AgeFile(writer.key, for: recipient)
            files.append(["enc": .string(file.armored), "recipient": .string(recipient.text)])
        }
        result["sops"] = [
            "age": .sequence(files),
            "encrypted_regex": .string(encryptedRegex),
            "lastmodified": .string(time),
            "mac": .string(try writer.sealed(Array(code.utf8), type: "str", bindingTo: time)),
            "version": .string(version),
        ]
        return result
    }

    private struct Writer {
        let key: [UInt8]
        /// The hash of all values in the order of the document, encrypted or not.
        var digest = SHA512()

        /// - Parameter path: the keys of mappings from the root, without the indexes of lists.
        mutating func encrypted(_ value: YAMLValue, path: [String]) throws(SealingError) -> YAMLValue {
            switch value {
            case .mapping(let mapping):
                var result = YAMLMapping()
                for entry in mapping { result[entry.key] = try encrypted(entry.value, path: path + [entry.key]) }
                return .mapping(result)
            case .sequence(let items):
                var result: [YAMLValue] = []
                for item in items { result.append(try encrypted(item, path: path)) }
                return .sequence(result)
            case .null: return value
            case .string(let text): return try leaf(value, Array(text.utf8), type: "str", path)
            case .int(let number): return try leaf(value, Array(String(number).utf8), type: "int", path)
            case .bool(let flag): return try leaf(value, Array((flag ? "True" : "False").utf8), type: "bool", path)
            case .float:
                throw SealingError("cannot seal a number with a point: no value of a Secret is one")
            }
        }

        private mutating func leaf(
            _ value: YAMLValue, _ bytes: [UInt8], type: String, _ path: [String]
        ) throws(SealingError) -> YAMLValue {
            digest.update(data: bytes)
            guard !bytes.isEmpty, path.contains(where: encryptedKeys.contains) else { return value }
            return .string(try sealed(bytes, type: type, bindingTo: path.map { $0 + ":" }.joined()))
        }

        /// - Parameter context: the text's keys, which are needed again to open it.
        func sealed(_ bytes: [UInt8], type: String, bindingTo context: String) throws(SealingError) -> String {
            let nonce = randomBytes(32)
            let key = key
            let sealed = try SealingError.orFailure { () throws(MissingAlgorithm) in
                try AuthenticatedCipher.aes256GCM.seal(
                    bytes, key: key, nonce: nonce, authenticating: Array(context.utf8))
            }
            let parts = [sealed.ciphertext, nonce, sealed.tag].map { Data($0).base64EncodedString() }
            return "ENC[AES256_GCM,data:\(parts[0]),iv:\(parts[1]),tag:\(parts[2]),type:\(type)]"
        }
    }
}
