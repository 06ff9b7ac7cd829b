import COpenSSL

/// SHA-256 (FIPS 180-4) of bytes that come at once or in pieces.
public struct SHA256 {
    private var state = HashState(EVP_sha256())

    public init() {}

    public mutating func update(data: some Sequence<UInt8>) { state.update(Array(data)) }

    /// The hash of all bytes so far; more may follow.
    public func finalize() -> [UInt8] { state.result() }

    public static func hash(data: some Sequence<UInt8>) -> [UInt8] { HashState.hash(Array(data), EVP_sha256()) }
}

/// SHA-512 (FIPS 180-4) of bytes that come in pieces.
public struct SHA512 {
    private var state = HashState(EVP_sha512())

    public init() {}

    public mutating func update(data: some Sequence<UInt8>) { state.update(Array(data)) }

    /// The hash of all bytes so far; more may follow.
    public func finalize() -> [UInt8] { state.result() }
}

/// An unfinished hash as a value: bytes that are added to a copy do not change the original.
private struct HashState {
    /// Owns the context.
    private final class Context {
        let pointer: OpaquePointer

        init() {
            guard let pointer = EVP_MD_CTX_new() else { outOfMemory() }
            self.pointer = pointer
        }

        deinit { EVP_MD_CTX_free(pointer) }

        func copy() -> Context {
            let copy = Context()
            guard EVP_MD_CTX_copy_ex(copy.pointer, pointer) == 1 else { outOfMemory() }
            return copy
        }
    }

    private var context = Context()

    init(_ algorithm: OpaquePointer?) {
        guard EVP_DigestInit_ex(context.pointer, algorithm, nil) == 1 else { outOfMemory() }
    }

    mutating func update(_ bytes: [UInt8]) {
        if !isKnownUniquelyReferenced(&context) { context = context.copy() }
        guard EVP_DigestUpdate(context.pointer, bytes, bytes.count) == 1 else { outOfMemory() }
    }

    func result() -> [UInt8] {
        var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let copy = context.copy()
        let isDone = withExtendedLifetime(copy) { EVP_DigestFinal_ex(copy.pointer, &result, &count) == 1 }
        guard isDone else { outOfMemory() }
        return Array(result[..<Int(count)])
    }

    static func hash(_ bytes: [UInt8], _ algorithm: OpaquePointer?) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard EVP_Digest(bytes, bytes.count, &result, &count, algorithm, nil) == 1 else { outOfMemory() }
        return Array(result[..<Int(count)])
    }
}

/// HMAC with SHA-256 (RFC 2104).
public enum HMACSHA256 {
    public static func code(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &result, &count) != nil else {
            outOfMemory()
        }
        return Array(result[..<Int(count)])
    }
}

/// HKDF with SHA-256 (RFC 5869), for keys of up to 32 bytes: one block is enough.
public enum HKDFSHA256 {
    /// The salt may be empty.
    public static func key(from secret: [UInt8], salt: [UInt8], info: [UInt8], count: Int = 32) -> [UInt8] {
        precondition(count <= 32)
        return Array(HMACSHA256.code(of: info + [1], key: HMACSHA256.code(of: secret, key: salt))[..<count])
    }
}

/// An algorithm that OpenSSL lacks or must not use here.
public struct MissingAlgorithm: Error, Sendable {
    public let name: String
    /// OpenSSL's error.
    public let reason: String

    init(_ name: String) { (self.name, reason) = (name, OpenSSLError.last) }
}

/// Ends the program, as Swift does when there is no memory. SHA-2 is in every OpenSSL, whatever is restricted in it, so
/// its functions fail only then.
func outOfMemory() -> Never { fatalError("OpenSSL cannot compute: \(OpenSSLError.last)") }

/// OpenSSL's last error in this thread.
enum OpenSSLError {
    static var last: String {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
