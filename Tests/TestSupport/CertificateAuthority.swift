import COpenSSL
import Glibc

/// A throw-away authority that vouches for the servers of one test.
public struct CertificateAuthority: Sendable {
    /// Its certificate in PEM form, what clients are given as `sslrootcert`.
    public let certificate: String
    private let root: IssuedCertificate

    public init(name: String = "Rehome test authority") throws {
        root = try IssuedCertificate(
            name: name, signedBy: nil, from: -anHour, to: aDay,
            extensions: [(NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign,cRLSign")])
        certificate = try root.pem()
    }

    /// A server's certificate for DNS names and IP addresses, valid now for a day, or until yesterday.
    public func issue(for names: [String], isExpired: Bool = false) throws -> ServerCertificate {
        let alternatives = names.map { (Self.isAddress($0) ? "IP:" : "DNS:") + $0 }.joined(separator: ",")
        let leaf = try IssuedCertificate(
            name: names.first ?? "server", signedBy: root, from: isExpired ? -2 * aDay : -anHour,
            to: isExpired ? -aDay : aDay,
            extensions: [
                (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, "serverAuth"), (NID_subject_alt_name, alternatives),
            ])
        return ServerCertificate(chain: try leaf.pem(), privateKey: try leaf.keyPEM())
    }

    private static func isAddress(_ name: String) -> Bool {
        [(AF_INET, 4), (AF_INET6, 16)].contains { family, size in
            var octets = [UInt8](repeating: 0, count: size)
            return inet_pton(family, name, &octets) == 1
        }
    }
}

// A margin of an hour, for clocks that do not agree.
private let anHour = 3600
private let aDay = 86_400

/// What a server shows to its clients, in PEM form.
public struct ServerCertificate: Sendable {
    /// Its certificate, and those between it and the authority's.
    public let chain: String
    public let privateKey: String

    public init(chain: String, privateKey: String) {
        self.chain = chain
        self.privateKey = privateKey
    }
}

/// A certificate with its key (P-256, signed with SHA-256). Never changed once it is made, so tests may share it.
private final class IssuedCertificate: @unchecked Sendable {
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let certificate: OpaquePointer
    private let key: OpaquePointer

    /// - Parameters:
    ///   - signer: `nil` for one that vouches for itself.
    ///   - from, to: seconds from now.
    ///   - extensions: in the form of openssl's configuration (x509v3_config(5)).
    init(name: String, signedBy signer: IssuedCertificate?, from: Int, to: Int, extensions: [(Int32, String)]) throws {
        guard let certificate = X509_new(), let key = Self.newKey() else {
            throw Failure(description: "no key could be made")
        }
        (self.certificate, self.key) = (certificate, key)
        var serial = SystemRandomNumberGenerator()
        guard let subject = X509_get_subject_name(certificate),
            // Version 3 counts from 0.
            X509_set_version(certificate, 2) == 1,
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial.next() >> 1) == 1,
            X509_gmtime_adj(X509_getm_notBefore(certificate), from) != nil,
            X509_gmtime_adj(X509_getm_notAfter(certificate), to) != nil,
            X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, name, -1, -1, 0) == 1,
            X509_set_issuer_name(certificate, signer.map { X509_get_subject_name($0.certificate) } ?? subject) == 1,
            X509_set_pubkey(certificate, key) == 1
        else { throw Failure(description: "no certificate could be made for \(name)") }
        for (kind, value) in extensions {
            guard let item = X509V3_EXT_conf_nid(nil, nil, kind, value) else {
                throw Failure(description: "'\(value)' is no value of a certificate's extension")
            }
            defer { X509_EXTENSION_free(item) }
            guard X509_add_ext(certificate, item, -1) == 1 else {
                throw Failure(description: "'\(value)' could not be added")
            }
        }
        guard X509_sign(certificate, signer?.key ?? key, EVP_sha256()) > 0 else {
            throw Failure(description: "the certificate for \(name) could not be signed")
        }
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    func pem() throws -> String { try Self.text { PEM_write_bio_X509($0, certificate) } }

    func keyPEM() throws -> String { try Self.text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) } }

    private static func text(_ write: (OpaquePointer) -> Int32) throws -> String {
        guard let output = BIO_new(BIO_s_mem()) else { throw Failure(description: "no memory") }
        defer { BIO_free(output) }
        var start: UnsafeMutablePointer<CChar>?
        guard write(output) == 1, case let count = BIO_ctrl(output, BIO_CTRL_INFO, 0, &start), let start else {
            throw Failure(description: "no text could be written")
        }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// A new key on the curve P-256.
    private static func newKey() -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &key) == 1
        else { return nil }
        return key
    }
}
