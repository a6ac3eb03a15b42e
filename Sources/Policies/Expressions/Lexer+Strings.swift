/// String and byte literals: `"…"`, `'…'`, both tripled, with the prefixes `r`, `b` and `br`.
extension Lexer {
    private static let backslash = UInt8(ascii: "\\")

    /// Reads a literal when one begins here; nil otherwise.
    mutating func stringLiteral() throws(ExpressionError) -> Token.Kind? {
        var isBytes = false
        var isRaw = false
        var length = 0
        if let prefix = byte(), prefix | 0x20 == UInt8(ascii: "b") {
            isBytes = true
            length += 1
        }
        if let prefix = byte(ahead: length), prefix | 0x20 == UInt8(ascii: "r") {
            isRaw = true
            length += 1
        }
        guard let quote = byte(ahead: length),
            quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        else { return nil }
        let start = position
        let isTripled = byte(ahead: length + 1) == quote && byte(ahead: length + 2) == quote
        position += length + (isTripled ? 3 : 1)
        let content = try content(
            start: start, quote: quote, isTripled: isTripled, isRaw: isRaw, isBytes: isBytes)
        return isBytes ? .bytes(content) : .string(content)
    }

    private mutating func content(
        start: Int, quote: UInt8, isTripled: Bool, isRaw: Bool, isBytes: Bool
    ) throws(ExpressionError) -> [UInt8] {
        var content: [UInt8] = []
        while let byte = byte() {
            if byte == quote,
                !isTripled || self.byte(ahead: 1) == quote && self.byte(ahead: 2) == quote
            {
                position += isTripled ? 3 : 1
                return content
            }
            if !isTripled, byte == 0x0A || byte == 0x0D {
                throw error("a line break in a string; triple the quotes to allow it", at: position)
            }
            if byte == Self.backslash, !isRaw {
                try escape(isBytes: isBytes, into: &content)
            } else {
                content.append(byte)
                position += 1
            }
        }
        throw error("the string does not end", at: start)
    }

    private mutating func escape(
        isBytes: Bool, into content: inout [UInt8]
    ) throws(ExpressionError) {
        let start = position
        guard let letter = byte(ahead: 1) else {
            throw error("the string ends in a backslash", at: start)
        }
        position += 2
        let number: UInt32
        switch letter {
        case UInt8(ascii: "a"): number = 0x07
        case UInt8(ascii: "b"): number = 0x08
        case UInt8(ascii: "f"): number = 0x0C
        case UInt8(ascii: "n"): number = 0x0A
        case UInt8(ascii: "r"): number = 0x0D
        case UInt8(ascii: "t"): number = 0x09
        case UInt8(ascii: "v"): number = 0x0B
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"),
            UInt8(ascii: "`"):
            number = UInt32(letter)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            number = try digits(2, radix: 16, start)
        case UInt8(ascii: "u") where !isBytes:
            number = try digits(4, radix: 16, start)
        case UInt8(ascii: "U") where !isBytes:
            number = try digits(8, radix: 16, start)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            position -= 1
            number = try digits(3, radix: 8, start)
        default:
            throw error("an unknown escape; write \\\\ for a backslash", at: start)
        }
        if isBytes {
            content.append(UInt8(truncatingIfNeeded: number))
        } else if let scalar = Unicode.Scalar(number) {
            content.append(contentsOf: Text(scalars: [scalar]).bytes)
        } else {
            throw error("an escape that names no code point", at: start)
        }
    }

    private mutating func digits(
        _ count: Int, radix: UInt32, _ start: Int
    ) throws(ExpressionError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<count {
            guard let digit = byte()?.hexadecimalDigit, digit < radix else {
                throw error("an escape with too few digits", at: start)
            }
            // Eight hexadecimal digits fill 32 bits exactly.
            number = number &* radix &+ digit
            position += 1
        }
        return number
    }
}
