import COpenSSL
import Glibc

/// The fields of a certificate (RFC 5280) that Rehome needs. No signature is checked.
public struct X509Certificate: Sendable, Equatable {
    /// A name that a certificate is for.
    public enum AlternativeName: Sendable, Equatable {
        case dns(String)
        /// 4 or 16 bytes.
        case address([UInt8])
        /// Of another kind, such as an e-mail address or a URI.
        case other
    }

    /// The owner, in the form of RFC 2253.
    public let subject: String
    /// The common names within the subject.
    public let commonNames: [String]
    /// Seconds since 1970.
    public let notValidBefore: Int
    /// Seconds since 1970.
    public let notValidAfter: Int
    /// Whether it may sign others; `nil` if it does not say.
    public let isAuthority: Bool?
    public let alternativeNames: [AlternativeName]

    /// - Returns: `nil` if the bytes are no certificate, or more than one.
    public init?(der: [UInt8]) {
        let parsed: OpaquePointer? = der.withUnsafeBufferPointer { buffer in
            var pointer = buffer.baseAddress
            guard let certificate = d2i_X509(nil, &pointer, buffer.count) else { return nil }
            guard let start = buffer.baseAddress, let end = pointer, end - start == buffer.count else {
                X509_free(certificate)
                return nil
            }
            return certificate
        }
        guard let parsed else { return nil }
        defer { X509_free(parsed) }
        guard let name = X509_get_subject_name(parsed), let subject = Self.text(of: name),
            let before = Self.seconds(X509_get0_notBefore(parsed)), let after = Self.seconds(X509_get0_notAfter(parsed))
        else { return nil }
        self.subject = subject
        commonNames = Self.commonNames(of: name)
        notValidBefore = before
        notValidAfter = after
        isAuthority = Self.isAuthority(parsed)
        alternativeNames = Self.alternativeNames(of: parsed)
    }

    private static func text(of name: OpaquePointer) -> String? {
        guard let output = BIO_new(BIO_s_mem()) else { outOfMemory() }
        defer { BIO_free(output) }
        // XN_FLAG_RFC2253 without ASN1_STRFLGS_ESC_MSB, so that letters outside ASCII are not escaped.
        let flags = [
            ASN1_STRFLGS_ESC_2253, ASN1_STRFLGS_ESC_CTRL, ASN1_STRFLGS_UTF8_CONVERT, ASN1_STRFLGS_DUMP_UNKNOWN,
            ASN1_STRFLGS_DUMP_DER, XN_FLAG_SEP_COMMA_PLUS, XN_FLAG_DN_REV, XN_FLAG_FN_SN, XN_FLAG_DUMP_UNKNOWN_FIELDS,
        ].reduce(UInt(0)) { $0 | UInt($1) }
        guard X509_NAME_print_ex(output, name, 0, flags) >= 0 else { return nil }
        var start: UnsafeMutablePointer<CChar>?
        let count = BIO_ctrl(output, BIO_CTRL_INFO, 0, &start)
        guard let start, count > 0 else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    private static func commonNames(of name: OpaquePointer) -> [String] {
        var names: [String] = []
        var index: Int32 = -1
        while true {
            index = X509_NAME_get_index_by_NID(name, NID_commonName, index)
            guard index >= 0 else { return names }
            guard let entry = X509_NAME_get_entry(name, index), let value = X509_NAME_ENTRY_get_data(entry) else {
                continue
            }
            var text: UnsafeMutablePointer<UInt8>?
            let count = ASN1_STRING_to_UTF8(&text, value)
            guard let text, count >= 0 else { continue }
            names.append(String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self))
            CRYPTO_free(text, nil, 0)
        }
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int? {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return timegm(&parts)
    }

    private static func isAuthority(_ certificate: OpaquePointer) -> Bool? {
        guard let extended = X509_get_ext_d2i(certificate, NID_basic_constraints, nil, nil) else { return nil }
        let constraints = extended.assumingMemoryBound(to: BASIC_CONSTRAINTS.self)
        defer { BASIC_CONSTRAINTS_free(constraints) }
        return constraints.pointee.ca != 0
    }

    private static func alternativeNames(of certificate: OpaquePointer) -> [AlternativeName] {
        guard let extended = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(extended)
        defer { GENERAL_NAMES_free(names) }
        return (0..<OPENSSL_sk_num(names)).compactMap { index in
            guard let item = OPENSSL_sk_value(names, index) else { return nil }
            var kind: Int32 = 0
            guard let value = GENERAL_NAME_get0_value(item.assumingMemoryBound(to: GENERAL_NAME.self), &kind) else {
                return nil
            }
            switch kind {
            case GEN_DNS: return .dns(String(decoding: bytes(of: value), as: UTF8.self))
            case GEN_IPADD: return .address(bytes(of: value))
            default: return .other
            }
        }
    }

    /// - Parameter value: an `ASN1_STRING`.
    private static func bytes(of value: UnsafeMutableRawPointer) -> [UInt8] {
        let string = value.assumingMemoryBound(to: ASN1_STRING.self)
        return Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
    }
}
