/// Escapes and bracketed classes.
extension PatternParser {
    /// `\d`, `\.`, `\x{41}` and the like, as the set of what they match.
    mutating func escape() throws(EvaluationError) -> ScalarSet {
        position += 1
        guard let letter = peek else { throw error("a pattern that ends in a backslash") }
        position += 1
        switch letter {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .words
        case "W": return ScalarSet.words.inverted
        case "s": return .spaces
        case "S": return ScalarSet.spaces.inverted
        case "a": return single(0x07)
        case "f": return single(0x0C)
        case "n": return single(0x0A)
        case "r": return single(0x0D)
        case "t": return single(0x09)
        case "v": return single(0x0B)
        case "x": return single(try hexadecimal())
        case "p", "P":
            throw EvaluationError(
                .unsupported, "Unicode classes in a pattern; write the ranges out")
        case "0": return single(octal(0))
        case "1"..."7":
            // One digit alone would be a back-reference.
            guard let next = peek?.digit, next < 8 else { throw error("a back-reference") }
            return single(octal(UInt32(letter.digit ?? 0)))
        default:
            guard letter.isASCII, !UInt8(ascii: letter).isIdentifierPart || letter == "_" else {
                throw error("an unknown escape")
            }
            return single(letter.value)
        }
    }

    private func single(_ value: UInt32) -> ScalarSet { ScalarSet([value...value]) }

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
                return isInverted ? set.inverted : set
            }
            isFirst = false
            if scalar == "[", peek(1) == ":" {
                set.insert(try posix())
                continue
            }
            let low = try classMember()
            guard peek == "-", let after = peek(1), after != "]" else {
                set.insert(low)
                continue
            }
            position += 1
            let high = try classMember()
            guard let first = low.onlyScalar, let last = high.onlyScalar, first <= last else {
                throw error("a range that runs backwards or has a class at an end")
            }
            set.insert(first...last)
        }
        throw error("a class that does not end")
    }

    private mutating func classMember() throws(EvaluationError) -> ScalarSet {
        guard let scalar = peek else { throw error("a class that does not end") }
        if scalar == "\\" { return try escape() }
        position += 1
        return single(scalar.value)
    }

    private mutating func posix() throws(EvaluationError) -> ScalarSet {
        position += 2
        let isInverted = take("^")
        var name = ""
        while let scalar = peek, scalar != ":", scalar != "]" {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard take(":]"), let set = ScalarSet.posix(name) else {
            throw error("an unknown class [:\(name):]")
        }
        return isInverted ? set.inverted : set
    }
}

extension ScalarSet {
    /// The only code point of a set of one.
    fileprivate var onlyScalar: UInt32? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
