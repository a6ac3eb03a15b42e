/// Escapes and bracketed classes.
extension PatternParser {
    /// The set that `\d`, `\pL` and the like stand for; nil when something else is next.
    mutating func classEscape() throws(EvaluationError) -> ScalarSet? {
        guard peek == "\\", let letter = peek(1) else { return nil }
        let set: ScalarSet
        switch letter {
        case "d", "D": set = .digits
        case "w", "W": set = .words
        case "s", "S": set = .spaces
        case "p", "P": return try unicodeClass()
        default: return nil
        }
        position += 2
        return group(set, isInverted: ("A"..."Z").contains(letter))
    }

    /// A named set. Case is let go before the set is turned round: of `(?i)\W`, no letter is a part.
    private func group(_ set: ScalarSet, isInverted: Bool) -> ScalarSet {
        let set = cased(set)
        return isInverted ? set.inverted : set
    }

    /// `\pN`, `\p{Greek}`, `\P{Lu}`, `\p{^Lu}`.
    private mutating func unicodeClass() throws(EvaluationError) -> ScalarSet {
        var isInverted = peek(1) == "P"
        position += 2
        var name = ""
        if take("{") {
            if take("^") { isInverted.toggle() }
            while let scalar = peek, scalar != "}" {
                name.unicodeScalars.append(scalar)
                position += 1
            }
            guard take("}") else { throw error("a Unicode class that does not end") }
        } else if let scalar = peek {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard let set = UnicodeTables.set(name) else {
            throw error("no general category or script of Unicode is named '\(name)'")
        }
        return group(set, isInverted: isInverted)
    }

    /// The code point that `\.`, `\n`, `\x{41}` and the like stand for.
    mutating func escape() throws(EvaluationError) -> UInt32 {
        position += 1
        guard let letter = peek else { throw error("a pattern that ends in a backslash") }
        position += 1
        switch letter {
        case "a": return 0x07
        case "f": return 0x0C
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "v": return 0x0B
        case "x": return try hexadecimal()
        case "0": return octal(0)
        case "1"..."7":
            // One digit alone would be a back-reference.
            guard let next = peek?.digit, next < 8 else { throw error("a back-reference") }
            return octal(UInt32(letter.digit ?? 0))
        default:
            guard letter.isASCII, !UInt8(ascii: letter).isIdentifierPart || letter == "_" else {
                throw error("an unknown escape")
            }
            return letter.value
        }
    }

    private mutating func octal(_ first: UInt32) -> UInt32 {
        var value = first
        for _ in 0..<2 {
            guard let digit = peek?.digit, digit < 8 else { break }
            value = value * 8 + UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func hexadecimal() throws(EvaluationError) -> UInt32 {
        let isBraced = take("{")
        var value: UInt32 = 0
        var count = 0
        while let digit = peek?.hexadecimalDigit, isBraced || count < 2 {
            value = value * 16 + digit
            count += 1
            position += 1
            guard value <= ScalarSet.highest else { throw error("no code point has this number") }
        }
        guard isBraced ? count > 0 && take("}") : count == 2 else {
            throw error("an escape with too few digits")
        }
        return value
    }

    /// The class after `[`.
    mutating func bracket() throws(EvaluationError) -> ScalarSet {
        let isInverted = take("^")
        var set = ScalarSet()
        var isFirst = true
        while let scalar = peek {
            if scalar == "]", !isFirst {
                position += 1
                return isInverted ? set.normalized.inverted : set.normalized
            }
            isFirst = false
            if let named = try posix() {
                set.insert(named)
            } else if let named = try classEscape() {
                set.insert(named)
            } else {
                set.insert(cased(ScalarSet([try range()])))
            }
        }
        throw error("a class that does not end")
    }

    /// One code point, or two with a hyphen between them.
    private mutating func range() throws(EvaluationError) -> ClosedRange<UInt32> {
        let first = try classMember()
        guard peek == "-", let after = peek(1), after != "]" else { return first...first }
        position += 1
        let last = try classMember()
        guard first <= last else { throw error("a range that runs backwards") }
        return first...last
    }

    private mutating func classMember() throws(EvaluationError) -> UInt32 {
        guard let scalar = peek else { throw error("a class that does not end") }
        if scalar == "\\" { return try escape() }
        position += 1
        return scalar.value
    }

    /// `[:alpha:]` and the like; nil when something else is next. Where no `:]` follows anywhere, the
    /// bracket stands for itself.
    private mutating func posix() throws(EvaluationError) -> ScalarSet? {
        guard peek == "[", peek(1) == ":" else { return nil }
        var name = ""
        var place = 2
        while let scalar = peek(place), scalar != ":" || peek(place + 1) != "]" {
            name.unicodeScalars.append(scalar)
            place += 1
        }
        guard peek(place) != nil else { return nil }
        let isInverted = name.unicodeScalars.first == "^"
        guard let set = ScalarSet.posix(String(name.unicodeScalars.dropFirst(isInverted ? 1 : 0)))
        else { throw error("an unknown class [:\(name):]") }
        position += place + 2
        return group(set, isInverted: isInverted)
    }
}
