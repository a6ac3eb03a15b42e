/// Parses RE2 syntax. What needs memory of the text (back-references, look-around, possessive
/// repetition) is refused, as in RE2, and so are Unicode classes.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    var position = 0
    private var flags = Flags()
    private var depth = 0

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
            guard let atom = try atom() else { continue }
            parts.append(try repeated(atom))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func repeated(
        _ atom: PatternSyntax
    ) throws(EvaluationError) -> PatternSyntax {
        guard let (minimum, maximum) = try repetition() else { return atom }
        // Lazy or greedy, the answer is the same.
        _ = take("?")
        if try repetition() != nil { throw error("a repetition of a repetition") }
        return .repetition(atom, minimum: minimum, maximum: maximum)
    }

    private mutating func repetition() throws(EvaluationError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard peek == "{" else { return nil }
        let start = position
        position += 1
        guard let minimum = try count() else {
            position = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = try count() }
        guard take("}") else {
            position = start
            return nil
        }
        if let maximum, maximum < minimum { throw error("a repetition from more to less") }
        return (minimum, maximum)
    }

    private mutating func count() throws(EvaluationError) -> Int? {
        var count: Int?
        while let digit = peek?.digit {
            count = (count ?? 0) * 10 + digit
            position += 1
            guard count ?? 0 <= Limits.patternRepetitionMaximum else {
                throw error("a repetition of more than \(Limits.patternRepetitionMaximum)")
            }
        }
        return count
    }

    /// One thing that may be repeated; nil for a change of flags.
    private mutating func atom() throws(EvaluationError) -> PatternSyntax? {
        if take("(") { return try group() }
        if take("[") { return .one(cased(try bracket())) }
        if take(".") { return .one(flags.dotMatchesNewline ? .all : .allButNewline) }
        if take("^") { return .assertion(flags.isMultiline ? .lineStart : .textStart) }
        if take("$") { return .assertion(flags.isMultiline ? .lineEnd : .textEnd) }
        if take("\\A") { return .assertion(.textStart) }
        if take("\\z") { return .assertion(.textEnd) }
        if take("\\b") { return .assertion(.wordBoundary) }
        if take("\\B") { return .assertion(.noWordBoundary) }
        if take("\\Q") { return quoted() }
        if peek == "\\" { return .one(cased(try escape())) }
        guard let scalar = peek, !"*+?".unicodeScalars.contains(scalar) else {
            throw error("nothing to repeat")
        }
        position += 1
        return .one(cased(ScalarSet([scalar.value...scalar.value])))
    }

    private func cased(_ set: ScalarSet) -> ScalarSet {
        flags.ignoresCase ? set.ignoringCase : set
    }

    private mutating func quoted() -> PatternSyntax {
        var parts: [PatternSyntax] = []
        while let scalar = peek, !take("\\E") {
            parts.append(.one(cased(ScalarSet([scalar.value...scalar.value]))))
            position += 1
        }
        return .sequence(parts)
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
        let start = position
        while let scalar = peek, scalar.isASCII, UInt8(ascii: scalar).isIdentifierPart {
            position += 1
        }
        guard position > start, take(">") else { throw error("a group with a bad name") }
    }

    /// Reads `i`, `-s`, … up to `:` or `)`.
    private mutating func groupFlags() throws(EvaluationError) -> Flags {
        var isOn = true
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
            position += 1
        }
        guard peek != nil else { throw error("a group that does not end") }
        return changed
    }
}

extension Unicode.Scalar {
    /// The value of an ASCII digit.
    var digit: Int? { (0x30...0x39).contains(value) ? Int(value - 0x30) : nil }

    var hexadecimalDigit: UInt32? { isASCII ? UInt8(value).hexadecimalDigit : nil }
}
