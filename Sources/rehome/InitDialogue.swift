import MigrationSpec

/// Asks a person at a terminal for what a draft lacks.
enum InitDialogue {
    /// Every question may be left open with an empty line, and all that are left with the end of input.
    static func fillIn(_ draft: inout ConfigDraft) {
        var asked: Set<String> = []
        // An answer may raise questions and settle others, so they are looked at anew.
        while let question = draft.questions.first(where: { !asked.contains($0.path) }) {
            if asked.isEmpty { Console.error("An empty line leaves a key to be filled in later.") }
            asked.insert(question.path)
            Console.error("\n\(question.path)\n  \(question.text)")
            guard ask(question, &draft) else { return }
        }
    }

    /// Until the answer fits. `false` at the end of input.
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
