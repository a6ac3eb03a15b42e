/// The tree of a regular expression.
indirect enum PatternSyntax {
    case empty
    case one(ScalarSet)
    case assertion(PatternAssertion)
    case sequence([PatternSyntax])
    case alternatives([PatternSyntax])
    /// `maximum` nil is without end.
    case repetition(PatternSyntax, minimum: Int, maximum: Int?)
}

extension PatternSyntax {
    /// What is left of a number when it is divided by the counts of the repetitions that stand
    /// within each other, where they divide it most. RE2 refuses a pattern when nothing is.
    func repetitionsLeft(of number: Int) -> Int {
        switch self {
        case .empty, .one, .assertion: number
        case .sequence(let parts), .alternatives(let parts):
            parts.map { $0.repetitionsLeft(of: number) }.min() ?? number
        case .repetition(let part, let minimum, let maximum):
            part.repetitionsLeft(of: number / max(1, maximum ?? minimum))
        }
    }
}

/// What may be asked of a place between two code points.
enum PatternAssertion: Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary

    func holds(before: UInt32?, after: UInt32?) -> Bool {
        switch self {
        case .textStart: before == nil
        case .textEnd: after == nil
        case .lineStart: before == nil || before == 0x0A
        case .lineEnd: after == nil || after == 0x0A
        case .wordBoundary: isWord(before) != isWord(after)
        case .noWordBoundary: isWord(before) == isWord(after)
        }
    }

    private func isWord(_ scalar: UInt32?) -> Bool {
        scalar.map(ScalarSet.words.contains) ?? false
    }
}
