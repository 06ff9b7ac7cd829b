/// Finds the word that somebody probably meant.
enum NearestWord {
    /// Longer words are not compared: the time grows with the square of the length, and nobody mistypes them.
    private static let longest = 300

    /// The candidate with the fewest edits from `word`, if they are few enough for a typing error.
    static func to(_ word: String, among candidates: [String]) -> String? {
        guard word.utf8.count <= longest else { return nil }
        let ranked = candidates.filter { $0.utf8.count <= longest }.map {
            (candidate: $0, distance: distance(word.lowercased(), $0.lowercased()))
        }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, word.count / 3) ? best.candidate : nil
    }

    /// Edits (insertions, deletions, replacements, swapped neighbours) from one word to the other.
    static func distance(_ first: String, _ second: String) -> Int {
        let a = Array(first)
        let b = Array(second)
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
