import MigrationSpec

/// Asks a person at a terminal for the missing keys of a draft.
enum InitDialogue {
    /// An empty line leaves a question open, and the end of input leaves all that remain.
    static func fillIn(_ draft: inout ConfigDraft) {
        var asked: Set<String> = []
        // An answer may raise other questions or settle them, so they are determined again each time.
        while let question = draft.questions.first(where: { !asked.contains($0.path) }) {
            if asked.isEmpty { Console.error("An empty line leaves a key to be filled in later.") }
            asked.insert(question.path)
            Console.error("\n\(question.path)\n  \(question.text)")
            guard ask(question, &draft) else { return }
        }
    }

    /// Asks until the answer is valid. Returns `false` at the end of input.
    private static func ask(_ question: ConfigDraft.Question, _ draft: inout ConfigDraft) -> Bool {
        while true {
            Console.prompt("> ")
            guard let line = readLine() else { return false }
            let answer = line.trimmingBlanks
            if answer.isEmpty { return true }
            do {
                try draft.set(question.path, to: answer, as: question.path)
                return true
            } catch {
                for problem in error.problems {
                    Console.error([problem.message, problem.advice].compactMap { $0 }.joined(separator: "\n  "))
                }
            }
        }
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        let kept = drop { $0 == " " || $0 == "\t" }
        return String(kept.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\r" }.reversed())
    }
}
