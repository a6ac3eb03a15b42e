/// "Did you mean": the nearest known word, when it is near enough to be a slip of the fingers.
package enum Spelling {
    package static let distanceMaximum = 2

    /// The known word at the smallest distance of at most two, the first of several; nil when none
    /// is near, or when as many letters differ as the word has.
    package static func nearest(to word: String, among known: [String]) -> String? {
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = distance(word, candidate)
            guard distance <= distanceMaximum, distance < candidate.count else { continue }
            if let found = best, found.distance <= distance { continue }
            best = (candidate, distance)
        }
        return best?.word
    }

    /// Edits between two words: insertions, deletions, replacements and swaps of neighbours
    /// (optimal string alignment).
    package static func distance(_ left: String, _ right: String) -> Int {
        let left = left.utf8.map(lowercased)
        let right = right.utf8.map(lowercased)
        // A longer word than any of ours is not a slip, and the table below stays small.
        guard left.count <= 64, right.count <= 64 else { return max(left.count, right.count) }
        guard !left.isEmpty else { return right.count }
        guard !right.isEmpty else { return left.count }
        var rows = [[Int]](
            repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
        for row in 0...left.count { rows[row][0] = row }
        for column in 0...right.count { rows[0][column] = column }
        for row in 1...left.count {
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                var least = min(
                    rows[row - 1][column] + 1, rows[row][column - 1] + 1,
                    rows[row - 1][column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    least = min(least, rows[row - 2][column - 2] + 1)
                }
                rows[row][column] = least
            }
        }
        return rows[left.count][right.count]
    }

    /// Of letters that have no accents: whether a word was meant does not hang on other letters.
    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}
