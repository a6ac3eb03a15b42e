/// Parses RE2 syntax. What needs memory of the text (back-references, look-around, possessive
/// repetition) is refused, as in RE2.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    var position = 0
    private var flags = Flags()
    private var depth = 0
    private var groupNames: Set<Text> = []

    private struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
    }

    static func parse(_ source: Text) throws(EvaluationError) -> PatternSyntax {
        guard source.bytes.count <= Limits.patternByteCountMaximum else {
            throw EvaluationError(
                .limit, "a pattern has at most \(Limits.patternByteCountMaximum) bytes")
        }
        var parser = PatternParser(scalars: source.scalars)
        let syntax = try parser.alternatives()
        guard parser.peek == nil else { throw parser.error("unexpected )") }
        guard syntax.repetitionsLeft(of: Limits.patternRepetitionMaximum) > 0 else {
            throw parser.error(
                "repetitions within each other of more than \(Limits.patternRepetitionMaximum)")
        }
        return syntax
    }

    private init(scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    func error(_ detail: String) -> EvaluationError {
        EvaluationError(.invalidArgument, "the pattern is wrong at \(position): \(detail)")
    }

    var peek: Unicode.Scalar? { peek(0) }

    func peek(_ distance: Int) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    mutating func take(_ text: String) -> Bool {
        guard scalars[position...].starts(with: text.unicodeScalars) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    // MARK: Structure

    /// The whole pattern or the inside of a group. Flags set inside end with it.
    private mutating func alternatives(
        _ inside: Flags? = nil
    ) throws(EvaluationError) -> PatternSyntax {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Limits.patternDepthMaximum else { throw error("groups nest too deep") }
        let outer = flags
        defer { flags = outer }
        flags = inside ?? outer
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(EvaluationError) -> PatternSyntax {
        var parts: [PatternSyntax] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            parts += try atoms()
            guard let (minimum, maximum) = try repetition() else { continue }
            guard let last = parts.popLast() else { throw error("nothing to repeat") }
            // Lazy or greedy, the answer is the same.
            _ = take("?")
            if try repetition() != nil { throw error("a repetition of a repetition") }
            parts.append(.repetition(last, minimum: minimum, maximum: maximum))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func repetition() throws(EvaluationError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard peek == "{" else { return nil }
        let start = position
        position += 1
        guard let minimum = count() else {
            position = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = count() }
        guard take("}") else {
            position = start
            return nil
        }
        guard max(minimum, maximum ?? 0) <= Limits.patternRepetitionMaximum else {
            throw error("a repetition of more than \(Limits.patternRepetitionMaximum)")
        }
        if let maximum, maximum < minimum { throw error("a repetition from more to less") }
        return (minimum, maximum)
    }

    /// A count as RE2 reads one: without leading zeros, of nine digits at most. What is none makes
    /// the brace before it a literal.
    private mutating func count() -> Int? {
        let digits = scalars[position...].prefix { $0.digit != nil }.compactMap(\.digit)
        guard (1...9).contains(digits.count), digits.count == 1 || digits[0] != 0 else {
            return nil
        }
        position += digits.count
        return digits.reduce(0) { $0 * 10 + $1 }
    }

    /// What comes next, of which the last may be repeated: one thing, all between `\Q` and `\E`, or
    /// nothing where only flags change.
    private mutating func atoms() throws(EvaluationError) -> [PatternSyntax] {
        if take("(") { return try group().map { [$0] } ?? [] }
        if take("[") { return [.one(try bracket())] }
        if take(".") { return [.one(flags.dotMatchesNewline ? .all : .allButNewline)] }
        if take("^") { return [.assertion(flags.isMultiline ? .lineStart : .textStart)] }
        if take("$") { return [.assertion(flags.isMultiline ? .lineEnd : .textEnd)] }
        if take("\\A") { return [.assertion(.textStart)] }
        if take("\\z") { return [.assertion(.textEnd)] }
        if take("\\b") { return [.assertion(.wordBoundary)] }
        if take("\\B") { return [.assertion(.noWordBoundary)] }
        if take("\\Q") { return quoted() }
        if let named = try classEscape() { return [.one(named.normalized)] }
        if peek == "\\" { return [literal(try escape())] }
        let start = position
        guard let scalar = peek, try repetition() == nil else {
            position = start
            throw error("nothing to repeat")
        }
        position = start + 1
        return [literal(scalar.value)]
    }

    private func literal(_ scalar: UInt32) -> PatternSyntax {
        .one(cased(ScalarSet([scalar...scalar])))
    }

    func cased(_ set: ScalarSet) -> ScalarSet { flags.ignoresCase ? set.ignoringCase : set }

    private mutating func quoted() -> [PatternSyntax] {
        var parts: [PatternSyntax] = []
        while let scalar = peek, !take("\\E") {
            parts.append(literal(scalar.value))
            position += 1
        }
        return parts
    }

    private mutating func group() throws(EvaluationError) -> PatternSyntax? {
        var inside = flags
        if take("?") {
            if take("P<") || peek == "<" && peek(1) != "=" && peek(1) != "!" && take("<") {
                try groupName()
            } else {
                inside = try groupFlags()
                if take(")") {
                    flags = inside
                    return nil
                }
                position += 1
            }
        }
        let inner = try alternatives(inside)
        guard take(")") else { throw error("a group that does not end") }
        return inner
    }

    private mutating func groupName() throws(EvaluationError) {
        var name = ""
        while let scalar = peek, scalar != ">" {
            guard Self.nameParts.contains(scalar.value) else { break }
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard !name.isEmpty, take(">") else { throw error("a group with a bad name") }
        guard groupNames.insert(Text(name)).inserted else {
            throw error("two groups named '\(name)'")
        }
    }

    /// Letters, marks, digits and what joins them.
    private static let nameParts: ScalarSet = {
        var parts = ScalarSet()
        for name in ["L", "Nl", "Mn", "Mc", "Nd", "Pc"] {
            if let set = UnicodeTables.set(name) { parts.insert(set) }
        }
        return parts.normalized
    }()

    /// Reads `i`, `-s`, … up to `:` or `)`.
    private mutating func groupFlags() throws(EvaluationError) -> Flags {
        var isOn = true
        var isComplete = true
        var changed = flags
        while let scalar = peek, scalar != ":", scalar != ")" {
            switch scalar {
            case "i": changed.ignoresCase = isOn
            case "m": changed.isMultiline = isOn
            case "s": changed.dotMatchesNewline = isOn
            case "U": break
            case "-" where isOn: isOn = false
            default: throw error("a group of a kind that is not offered")
            }
            isComplete = scalar != "-"
            position += 1
        }
        guard isComplete else { throw error("no flag after -") }
        guard peek != nil else { throw error("a group that does not end") }
        return changed
    }
}

extension Unicode.Scalar {
    /// The value of an ASCII digit.
    var digit: Int? { (0x30...0x39).contains(value) ? Int(value - 0x30) : nil }

    var hexadecimalDigit: UInt32? { isASCII ? UInt8(value).hexadecimalDigit : nil }
}
