import Cryptography
import FoundationEssentials
import Glibc
import YAMLTree

/// Checks the certificates of a bundle: when they are valid, and for which hosts.
///
/// An old root beside a new one is usual, so a bundle is refused only if no certificate in it can do its work.
struct CertificateAudit {
    let bundle: CertificateBundle
    /// The bundle's file, for messages.
    let file: String
    /// Seconds since 1970.
    let now: Int
    /// Whether an expired certificate is only a warning: a check must not fail just because time has passed.
    let isComparing: Bool

    /// - Parameter host: the name that clients check the server's certificate against; `nil` where there is none.
    func run(host: String?, _ report: inout Report) {
        checkDates(&report)
        if let host { checkNames(host, &report) }
    }

    private func checkDates(_ report: inout Report) {
        let wrong = bundle.certificates.compactMap { item -> (CertificateBundle.Item, String)? in
            let certificate = item.certificate
            if certificate.notValidAfter < now { return (item, "expired on \(day(certificate.notValidAfter))") }
            guard certificate.notValidBefore > now else { return nil }
            return (item, "is valid from \(day(certificate.notValidBefore)) only")
        }
        let isUseless = wrong.count == bundle.certificates.count
        for (item, sentence) in wrong {
            let message = "the certificate \(name(of: item)) \(sentence)"
            if isUseless, !isComparing {
                report.error(message, at: position(of: item), advice: "Put one in its place that is valid today.")
            } else {
                report.warn(message, at: position(of: item), advice: "Take it out, or put a valid one in its place.")
            }
        }
    }

    /// Checks the names of servers' own certificates in the bundle, each of which can vouch for that server only.
    private func checkNames(_ host: String, _ report: inout Report) {
        let leaves = bundle.certificates.filter(\.isLeaf)
        guard !leaves.isEmpty, !leaves.contains(where: { $0.names(host) }) else { return }
        for leaf in leaves {
            let message =
                "the certificate \(name(of: leaf)) is a server's, and names \(leaf.hosts.joined(separator: ", ")), not '\(host)'"
            if leaves.count == bundle.certificates.count {
                report.error(
                    message, at: position(of: leaf),
                    advice:
                        "Name the server as its certificate does, or take the authority's certificate that signed it.")
            } else {
                report.warn(
                    message, at: position(of: leaf), advice: "Take it out: it vouches for no server of this config.")
            }
        }
    }

    /// - Parameter time: in seconds since 1970.
    private func day(_ time: Int) -> String {
        Date(timeIntervalSince1970: Double(time)).formatted(.iso8601.year().month().day())
    }

    private func name(of item: CertificateBundle.Item) -> String { "'\(item.certificate.subject)'" }

    private func position(of item: CertificateBundle.Item) -> YAMLPosition {
        YAMLPosition(file: file, line: item.line, column: 1, offset: 0)
    }
}

extension CertificateBundle.Item {
    /// Whether it is a server's certificate and not an authority's. Certificates of version 1 do not say.
    fileprivate var isLeaf: Bool {
        certificate.isAuthority.map { !$0 } ?? !certificate.alternativeNames.isEmpty
    }

    /// The hosts that it is for. Its common name counts only if it lists no hosts (PostgreSQL manual, 34.19.1).
    fileprivate var hosts: [String] {
        let names = certificate.alternativeNames.compactMap { name -> String? in
            switch name {
            case .dns(let host): host
            case .address(let octets): IPAddress(bytes: octets)?.text
            case .other: nil
            }
        }
        return names.isEmpty ? certificate.commonNames : names
    }

    fileprivate func names(_ host: String) -> Bool {
        // Different spellings of one address are equal.
        let host = (IPAddress(text: host)?.text ?? host).lowercased()
        return hosts.contains { name in
            let name = name.lowercased()
            guard name.hasPrefix("*.") else { return name == host }
            // A star matches one label.
            let parts = host.split(separator: ".", maxSplits: 1)
            return parts.count == 2 && name == "*." + parts[1]
        }
    }
}

/// An IPv4 or IPv6 address.
private struct IPAddress {
    let bytes: [UInt8]

    /// - Parameter bytes: 4 or 16, most significant first.
    init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    init?(text: String) {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 {
                self.bytes = bytes
                return
            }
        }
        return nil
    }

    /// The only spelling that RFC 5952 allows.
    var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
