import JobContract

extension Job {
    /// Runs to the end, with a fence that waits for a person's word.
    ///
    /// - Parameter change: done when everything is copied and the word is waited for. Then the word is given.
    /// - Throws: ``WordNotHeard``, and what the change throws.
    public func runOnCommand(_ change: () async throws -> Void) async throws -> Result {
        var job = self
        job[.cutover] = CutoverPolicy.onCommand.rawValue
        var go = job
        go.arguments = ["go"]
        var isGiven = false
        return try await job.run { line, _ in
            // Said again every 15 seconds.
            guard line.contains("the fence waits for 'rehome-job go'"), !isGiven else { return }
            isGiven = true
            try await change()
            let word = try await go.run()
            guard word.end == .success else { throw WordNotHeard(output: word.output) }
        }
    }

    /// `rehome-job go` has failed.
    public struct WordNotHeard: Error {
        public var output: String
    }
}
