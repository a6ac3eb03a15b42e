/// The `encoders` extension: base64 with the standard alphabet of RFC 4648.
extension FunctionTable {
    mutating func addEncoders() {
        add("base64.encode", isMethod: false, isFlat: false) {
            (value, meter) throws(EvaluationError) in
            guard case .bytes(let bytes) = value else {
                throw .noSuchOverload("base64.encode", value)
            }
            try meter.charge(max(1, Self.tenth(bytes.count)))
            guard bytes.count <= Limits.textByteCountMaximum / 4 * 3 else {
                throw EvaluationError(
                    .limit, "a string may have \(Limits.textByteCountMaximum) bytes")
            }
            return .string(Text(wellFormed: Base64.encode(bytes)))
        }
        add("base64.decode", isMethod: false, isFlat: false) {
            (value, meter) throws(EvaluationError) in
            guard case .string(let text) = value else {
                throw .noSuchOverload("base64.decode", value)
            }
            try meter.charge(max(1, Self.tenth(text.bytes.count)))
            guard let bytes = Base64.decode(text.bytes) else {
                throw EvaluationError(
                    .invalidArgument, "\(value.summary) is no base64 of the standard alphabet")
            }
            return .bytes(bytes)
        }
    }
}

/// Base64 with the alphabet that has `+` and `/`.
private enum Base64 {
    static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var start = 0
        while start < bytes.count {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for place in 0..<3 {
                bits = bits << 8 | (place < group.count ? UInt32(group[start + place]) : 0)
            }
            for place in 0..<4 {
                text.append(
                    place <= group.count
                        ? alphabet[Int(bits >> UInt32(18 - 6 * place)) & 63] : UInt8(ascii: "="))
            }
            start += 3
        }
        return text
    }

    /// Padding may be there in full or not at all.
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        var digits = text[...]
        if text.count % 4 == 0 {
            for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        }
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case 0x41...0x5A: UInt32(digit - 0x41)
        case 0x61...0x7A: UInt32(digit - 0x61 + 26)
        case 0x30...0x39: UInt32(digit - 0x30 + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
