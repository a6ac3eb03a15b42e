/// Cuts CEL source into tokens. Works on UTF-8 bytes; outside of string literals and comments
/// everything is ASCII.
package struct Lexer {
    let source: [UInt8]
    var position = 0

    /// - Parameter source: UTF-8; anything else is refused where it stands.
    package init(_ source: [UInt8]) {
        self.source = source
    }

    /// The symbols that begin with a byte, longer ones first.
    private static let symbols: [[(symbol: Symbol, bytes: [UInt8])]] = {
        let all = Symbol.allCases.map { (symbol: $0, bytes: Array($0.rawValue.utf8)) }
        return (0...255).map { first in all.filter { Int($0.bytes[0]) == first } }
    }()

    func error(_ detail: String, at offset: Int) -> ExpressionError {
        ExpressionError(detail, at: offset, in: source)
    }

    func byte(ahead distance: Int = 0) -> UInt8? {
        let offset = position + distance
        return offset < source.count ? source[offset] : nil
    }

    /// The next token; of kind `end` when there is none.
    package mutating func next() throws(ExpressionError) -> Token {
        skipSpace()
        let start = position
        guard let first = byte() else { return Token(kind: .end, offset: start) }
        if let literal = try stringLiteral() { return Token(kind: literal, offset: start) }
        if first.isIdentifierStart {
            while byte()?.isIdentifierPart == true { position += 1 }
            return Token(kind: .identifier(text(from: start)), offset: start)
        }
        if first.isDigit || first == UInt8(ascii: ".") && byte(ahead: 1)?.isDigit == true {
            return Token(kind: try number(), offset: start)
        }
        if first == UInt8(ascii: "`") {
            return Token(kind: try quotedIdentifier(), offset: start)
        }
        for (symbol, bytes) in Self.symbols[Int(first)] where byte(ahead: bytes.count - 1) != nil {
            guard source[start..<start + bytes.count] == bytes[...] else { continue }
            position += bytes.count
            return Token(kind: .symbol(symbol), offset: start)
        }
        throw error("a character that begins nothing\(Advice.character(first))", at: start)
    }

    private mutating func skipSpace() {
        while let byte = byte() {
            switch byte {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x20:
                position += 1
            case UInt8(ascii: "/") where self.byte(ahead: 1) == UInt8(ascii: "/"):
                while let byte = self.byte(), byte != 0x0A { position += 1 }
            default:
                return
            }
        }
    }

    private func text(from start: Int) -> String {
        String(decoding: source[start..<position], as: UTF8.self)
    }

    private mutating func quotedIdentifier() throws(ExpressionError) -> Token.Kind {
        let start = position
        position += 1
        while let byte = byte(), byte != UInt8(ascii: "`") {
            guard byte.isIdentifierPart || "-./ ".utf8.contains(byte) else {
                throw error("a quoted field has letters, digits, _ . - / and spaces", at: position)
            }
            position += 1
        }
        guard byte() != nil, position > start + 1 else {
            throw error("a quoted field is empty or does not end", at: start)
        }
        position += 1
        return .quotedIdentifier(
            String(decoding: source[start + 1..<position - 1], as: UTF8.self))
    }

    private mutating func number() throws(ExpressionError) -> Token.Kind {
        let start = position
        if byte() == UInt8(ascii: "0"), byte(ahead: 1) == UInt8(ascii: "x"),
            byte(ahead: 2)?.hexadecimalDigit != nil
        {
            position += 2
            while byte()?.hexadecimalDigit != nil { position += 1 }
            return try integer(text(from: start + 2), radix: 16, start)
        }
        skipDigits()
        var isInteger = true
        if byte() == UInt8(ascii: "."), byte(ahead: 1)?.isDigit == true {
            isInteger = false
            position += 1
            skipDigits()
        }
        if let mark = byte(), mark | 0x20 == UInt8(ascii: "e") {
            let isSigned =
                byte(ahead: 1) == UInt8(ascii: "+") || byte(ahead: 1) == UInt8(ascii: "-")
            if byte(ahead: isSigned ? 2 : 1)?.isDigit == true {
                isInteger = false
                position += isSigned ? 2 : 1
                skipDigits()
            }
        }
        let text = text(from: start)
        if isInteger { return try integer(text, radix: 10, start) }
        guard let value = Double(text.hasPrefix(".") ? "0" + text : text), value.isFinite else {
            throw error("a number no double can hold", at: start)
        }
        return .double(value)
    }

    private mutating func skipDigits() {
        while byte()?.isDigit == true { position += 1 }
    }

    private mutating func integer(
        _ digits: String, radix: Int, _ start: Int
    ) throws(ExpressionError) -> Token.Kind {
        let isUnsigned = byte().map { $0 | 0x20 == UInt8(ascii: "u") } ?? false
        if isUnsigned { position += 1 }
        guard let value = UInt64(digits, radix: radix) else {
            throw error("an integer out of the range of 64 bits", at: start)
        }
        return isUnsigned ? .uint(value) : .int(value)
    }
}

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    var isIdentifierStart: Bool {
        self == UInt8(ascii: "_") || (self | 0x20 >= 0x61 && self | 0x20 <= 0x7A)
    }

    var isIdentifierPart: Bool { isIdentifierStart || isDigit }

    var hexadecimalDigit: UInt32? {
        switch self {
        case 0x30...0x39: UInt32(self - 0x30)
        case 0x41...0x46: UInt32(self - 0x37)
        case 0x61...0x66: UInt32(self - 0x57)
        default: nil
        }
    }
}
