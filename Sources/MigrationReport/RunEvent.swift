import JobContract
import Logging

/// An event of the program's run that is none of its migration: how it ends, and what it leaves in the cluster.
public enum RunEvent: Sendable {
    case stopping(signal: String)
    case receiptLeft(namespace: String, name: String, isNew: Bool)
    case reportLeft(namespace: String, name: String)
    /// The manifest of the receipt, where a person is to apply it.
    case receipt(any Encodable & Sendable)
    /// - Parameter text: for people.
    case finished(databases: Int, text: String)
    /// - Parameters:
    ///   - page: of the documentation.
    ///   - text: for people.
    case failed(ExitStatus, page: DocsPage, text: String)
}

extension EventLine {
    public init(_ event: RunEvent) {
        switch event {
        case .stopping(let signal): self.init(.warning, "stopping on \(signal)")
        case .receiptLeft(let namespace, let name, let isNew):
            self.init(.notice, "receipt \(namespace)/\(name) \(isNew ? "left" : "is in place")")
        case .reportLeft(let namespace, let name): self.init(.notice, "report \(namespace)/\(name) left")
        case .receipt: self.init(.notice, "commit or apply the manifest to open the cut-over")
        case .finished(_, let text): self.init(.notice, text)
        case .failed(_, _, let text): self.init(.error, text)
        }
    }
}

extension EventFields {
    public init(_ event: RunEvent) {
        self =
            switch event {
            case .stopping(let signal): Self(.stopping, ["signal": .text(signal)])
            case .receiptLeft(let namespace, let name, let isNew):
                Self(.receiptLeft, ["namespace": .text(namespace), "name": .text(name), "isNew": .flag(isNew)])
            case .reportLeft(let namespace, let name):
                Self(.reportLeft, ["namespace": .text(namespace), "name": .text(name)])
            case .receipt(let manifest): Self(.receipt, ["manifest": .document(manifest)])
            case .finished(let databases, _): Self(.finished, ["databases": .integer(databases)])
            case .failed(let status, let page, _):
                Self(
                    .failed,
                    [
                        "exitCode": .integer(Int(status.rawValue)), "canRetry": .flag(status.canRetry),
                        "page": .text(page.rawValue),
                    ])
            }
    }
}
