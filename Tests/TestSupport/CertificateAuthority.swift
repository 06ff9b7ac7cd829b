import Crypto
import Foundation
import Glibc
import SwiftASN1
import X509

/// A throw-away authority that vouches for the servers of one test.
public struct CertificateAuthority: Sendable {
    /// Its certificate in PEM form, what clients are given as `sslrootcert`.
    public let certificate: String
    private let root: Certificate
    private let key = P256.Signing.PrivateKey()

    public init(name: String = "Rehome test authority") throws {
        let subject = try DistinguishedName { CommonName(name) }
        root = try Self.certificate(
            for: key.publicKey, subject: subject, issuer: subject, signedBy: key, lasting: Self.oneDay,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            })
        certificate = try root.serializeAsPEM().pemString
    }

    /// A server's certificate for DNS names and IP addresses, valid now for a day, or until yesterday.
    public func issue(for names: [String], isExpired: Bool = false) throws -> ServerCertificate {
        let serverKey = P256.Signing.PrivateKey()
        let alternatives = names.map { name in
            Self.octets(ofAddress: name).map { .ipAddress(.init(contentBytes: $0[...])) } ?? GeneralName.dnsName(name)
        }
        let leaf = try Self.certificate(
            for: serverKey.publicKey, subject: try DistinguishedName { CommonName(names.first ?? "server") },
            issuer: root.subject, signedBy: key, lasting: isExpired ? Self.upToYesterday : Self.oneDay,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(alternatives)
            })
        return ServerCertificate(
            chain: try leaf.serializeAsPEM().pemString + "\n", privateKey: serverKey.pemRepresentation + "\n")
    }

    private static func octets(ofAddress name: String) -> [UInt8]? {
        for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
            var octets = [UInt8](repeating: 0, count: size)
            if inet_pton(family, name, &octets) == 1 { return octets }
        }
        return nil
    }

    // A margin of an hour, for clocks that do not agree.
    private static var oneDay: Range<Date> { Date(timeIntervalSinceNow: -3600)..<Date(timeIntervalSinceNow: 86_400) }
    private static var upToYesterday: Range<Date> {
        Date(timeIntervalSinceNow: -172_800)..<Date(timeIntervalSinceNow: -86_400)
    }

    private static func certificate(
        for publicKey: P256.Signing.PublicKey, subject: DistinguishedName, issuer: DistinguishedName,
        signedBy issuerKey: P256.Signing.PrivateKey, lasting validity: Range<Date>, extensions: Certificate.Extensions
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(publicKey),
            notValidBefore: validity.lowerBound, notValidAfter: validity.upperBound, issuer: issuer, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: Certificate.PrivateKey(issuerKey))
    }
}

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
