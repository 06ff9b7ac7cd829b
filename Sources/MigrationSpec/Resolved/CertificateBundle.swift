import Cryptography

/// The certificate authorities that clients trust, as one PEM text.
public struct CertificateBundle: Sendable, Equatable {
    /// One certificate of the file.
    struct Item: Sendable, Equatable {
        var pem: String
        var der: [UInt8]
        var certificate: X509Certificate
        /// Where its block begins, counted from 1.
        var line: Int

        /// SHA-256 of the certificate in hexadecimal.
        var fingerprint: String {
            SHA256.hash(data: der).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
        }
    }

    /// Each certificate once, in the order of the file.
    let certificates: [Item]

    /// The certificates with nothing between them; it ends with a line break.
    public var pem: String { certificates.map { $0.pem + "\n" }.joined() }

    /// Why a PEM text is no bundle of certificates, as the end of a sentence about the file.
    struct Failure: Error {
        var reason: String
        var advice: String
        /// The line, counted from 1, at which the trouble begins.
        var line = 1
    }

    init(pem text: String) throws(Failure) {
        var items: [Item] = []
        var block: (label: Substring, line: Int, lines: [Substring])?
        for (index, rawLine) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = rawLine.drop { $0 == " " || $0 == "\u{FEFF}" }
            if let label = Self.label(of: line, after: "-----BEGIN ") {
                guard !label.hasSuffix("PRIVATE KEY") else {
                    throw Failure(
                        reason: "holds a private key", advice: "Take the key out: clients need the certificates only.",
                        line: index + 1)
                }
                block = (label, index + 1, [line])
            } else if Self.label(of: line, after: "-----END ") != nil {
                guard var finished = block else { continue }
                block = nil
                finished.lines.append(line)
                guard finished.label == "CERTIFICATE" else { continue }
                let pem = finished.lines.map { $0.trimmingSuffix { $0 == " " } }.joined(separator: "\n")
                let item = try Self.item(pem, line: finished.line)
                if !items.contains(where: { $0.der == item.der }) { items.append(item) }
            } else {
                block?.lines.append(line)
            }
        }
        if let block {
            throw Failure(
                reason: "ends within a certificate", advice: "The file was cut off; fetch it again.", line: block.line)
        }
        guard !items.isEmpty else {
            throw Failure(
                reason: text.isEmpty ? "is empty" : "holds no certificate",
                advice: "Expected one or more blocks between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----."
            )
        }
        certificates = items
    }

    private static func item(_ pem: String, line: Int) throws(Failure) -> Item {
        guard let der = PEM.bytes(of: pem), let certificate = X509Certificate(der: der) else {
            throw Failure(
                reason: "holds a block that is no X.509 certificate",
                advice: "Check it with: openssl x509 -noout -text -in FILE", line: line)
        }
        return Item(pem: pem, der: der, certificate: certificate, line: line)
    }

    private static func label(of line: Substring, after prefix: String) -> Substring? {
        guard line.hasPrefix(prefix) else { return nil }
        let rest = line.dropFirst(prefix.count)
        return rest.firstRange(of: "-----").map { rest[..<$0.lowerBound] }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var end = endIndex
        while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
        return self[..<end]
    }
}
