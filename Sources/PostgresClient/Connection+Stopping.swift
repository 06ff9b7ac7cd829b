import CLibPQ
import Dispatch

/// Ending a statement before its time.
extension Connection {
    /// Asks the server to stop what this connection is running, for at most a second.
    ///
    /// Closing the socket alone would not end an index build. `PQcancel` blocks, so it runs on another thread.
    public func cancelRunningStatement() {
        guard !isBroken, PQtransactionStatus(handle) == PQTRANS_ACTIVE, let cancel = PQgetCancel(handle) else { return }
        nonisolated(unsafe) let token = cancel
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            var message = [CChar](repeating: 0, count: 256)
            PQcancel(token, &message, Int32(message.count))
            PQfreeCancel(token)
            done.signal()
        }
        _ = done.wait(timeout: .now() + 1)
    }

    /// Ends whatever the connection is doing, including a COPY in either direction, so that it accepts statements
    /// again.
    public func stopStatement() throws(PostgresError) {
        guard PQtransactionStatus(handle) == PQTRANS_ACTIVE else { return }
        cancelRunningStatement()
        while !isBroken {
            try awaitResult()
            guard let rest = PQgetResult(handle) else { return }
            let status = PQresultStatus(rest)
            PQclear(rest)
            switch status {
            case PGRES_COPY_IN: PQputCopyEnd(handle, "given up")
            case PGRES_COPY_OUT, PGRES_COPY_BOTH: try discardRows()
            default: continue
            }
        }
    }

    /// Lets time pass on the calling thread, unless the interrupt is raised before it is over.
    ///
    /// - Returns: whether it is raised.
    public func isInterrupted(within seconds: Double) -> Bool { interrupt.isRaised(within: seconds) }

    /// Whether a statement of the transaction has failed, so that only a rollback, to a savepoint or of all, goes on.
    public var isTransactionFailed: Bool { PQtransactionStatus(handle) == PQTRANS_INERROR }

    private func discardRows() throws(PostgresError) {
        while true {
            var buffer: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(handle, &buffer, 1)
            PQfreemem(buffer)
            if length == 0 { try awaitRows() } else if length < 0 { return }
        }
    }
}
