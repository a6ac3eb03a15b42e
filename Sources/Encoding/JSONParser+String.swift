extension JSONParser {
    /// Reads a string whose opening quote is at the index.
    mutating func string(_ bytes: Span<UInt8>) throws(FormatError) -> String {
        index += 1
        let start = index
        let end = try plainEnd(bytes)
        if bytes[end] == UInt8(ascii: "\"") {
            index = end + 1
            return try text(bytes.extracting(start..<end))
        }
        return try escapedString(bytes, from: start, firstEscape: end)
    }

    /// The position of the next quote or backslash.
    private mutating func plainEnd(_ bytes: Span<UInt8>) throws(FormatError) -> Int {
        var position = index
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return position }
            if byte < 0x20 {
                index = position
                throw error("a control character in a string has to be escaped")
            }
            position += 1
        }
        index = position
        throw error("the text ends inside a string")
    }

    private mutating func escapedString(
        _ bytes: Span<UInt8>, from start: Int, firstEscape: Int
    ) throws(FormatError) -> String {
        var decoded: [UInt8] = []
        var start = start
        var end = firstEscape
        while true {
            for position in start..<end { decoded.append(bytes[position]) }
            index = end + 1
            if bytes[end] == UInt8(ascii: "\"") { return try text(decoded.span) }
            try escape(bytes, &decoded)
            start = index
            end = try plainEnd(bytes)
        }
    }

    /// Reads what follows a backslash.
    private mutating func escape(
        _ bytes: Span<UInt8>, _ decoded: inout [UInt8]
    ) throws(FormatError) {
        guard index < bytes.count else { throw error("the text ends inside an escape") }
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            index += 1
            decoded.append(contentsOf: try scalar(bytes).utf8)
            return
        default: throw error("no escape starts like this")
        }
        index += 1
    }

    /// Reads the digits of `\u`, and the second half when they are the first half of a pair.
    private mutating func scalar(_ bytes: Span<UInt8>) throws(FormatError) -> Unicode.Scalar {
        let first = try unit(bytes)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take(UInt8(ascii: "\\"), bytes), take(UInt8(ascii: "u"), bytes) else {
            throw error("a surrogate stands alone")
        }
        let second = try unit(bytes)
        guard second >= 0xDC00, second <= 0xDFFF,
            let scalar = Unicode.Scalar(
                0x10000 + ((UInt32(first) - 0xD800) << 10) + (UInt32(second) - 0xDC00))
        else { throw error("a surrogate stands alone") }
        return scalar
    }

    private mutating func unit(_ bytes: Span<UInt8>) throws(FormatError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard index < bytes.count, let digit = Hexadecimal.digit(bytes[index], anyCase: true)
            else { throw error("four hexadecimal digits are expected after \\u") }
            value = value << 4 | UInt16(digit)
            index += 1
        }
        return value
    }

    /// A string of valid UTF-8 (no overlong forms, no surrogates).
    func text(_ bytes: Span<UInt8>) throws(FormatError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw self.error("a string is not valid UTF-8")
        }
    }
}
