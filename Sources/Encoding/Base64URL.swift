/// base64url without padding (RFC 4648 section 5, RFC 7515 appendix C), without leniency: no
/// padding, no whitespace, no bits left over, so that one byte string has one text.
package enum Base64URL {
    package static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(encodedCount(bytes.count))
        encode(bytes, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// How many characters the text of so many bytes has.
    package static func encodedCount(_ byteCount: Int) -> Int { (byteCount * 4 + 2) / 3 }

    /// Appends the text of the bytes.
    package static func encode(_ bytes: [UInt8], to output: inout [UInt8]) {
        let alphabet = Base64URL.alphabet
        var index = 0
        while index + 2 < bytes.count {
            let group =
                Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            output.append(alphabet[group >> 18])
            output.append(alphabet[group >> 12 & 63])
            output.append(alphabet[group >> 6 & 63])
            output.append(alphabet[group & 63])
            index += 3
        }
        if index + 1 == bytes.count {
            let group = Int(bytes[index]) << 4
            output.append(alphabet[group >> 6])
            output.append(alphabet[group & 63])
        } else if index + 2 == bytes.count {
            let group = Int(bytes[index]) << 10 | Int(bytes[index + 1]) << 2
            output.append(alphabet[group >> 12])
            output.append(alphabet[group >> 6 & 63])
            output.append(alphabet[group & 63])
        }
    }

    package static func decode(_ text: String) throws(FormatError) -> [UInt8] {
        try decode(Array(text.utf8).span)
    }

    package static func decode(_ text: Span<UInt8>) throws(FormatError) -> [UInt8] {
        let values = Base64URL.digitValues
        let remainder = text.count % 4
        guard remainder != 1 else {
            throw FormatError(.base64url, "no base64url text has \(text.count) characters")
        }
        var output: [UInt8] = []
        output.reserveCapacity(text.count * 3 / 4)
        var group: UInt32 = 0
        // A character outside the alphabet has bit 7 set in the table; one check at the end sees
        // all.
        var seen: UInt8 = 0
        let whole = text.count - remainder
        var index = 0
        while index < whole {
            let first = values[Int(text[index])]
            let second = values[Int(text[index + 1])]
            let third = values[Int(text[index + 2])]
            let fourth = values[Int(text[index + 3])]
            seen |= first | second | third | fourth
            group = UInt32(first) << 18 | UInt32(second) << 12 | UInt32(third) << 6 | UInt32(fourth)
            output.append(UInt8(truncatingIfNeeded: group >> 16))
            output.append(UInt8(truncatingIfNeeded: group >> 8))
            output.append(UInt8(truncatingIfNeeded: group))
            index += 4
        }
        group = 0
        while index < text.count {
            let value = values[Int(text[index])]
            seen |= value
            group = group << 6 | UInt32(value)
            index += 1
        }
        guard seen & 0x80 == 0 else {
            throw FormatError(
                .base64url, "only A-Z, a-z, 0-9, '-' and '_' are base64url, without padding")
        }
        let spare = group & (remainder == 2 ? 15 : 3)
        guard remainder == 0 || spare == 0 else {
            throw FormatError(.base64url, "the last character carries bits that belong to no byte")
        }
        if remainder == 2 { output.append(UInt8(truncatingIfNeeded: group >> 4)) }
        if remainder == 3 {
            output.append(UInt8(truncatingIfNeeded: group >> 10))
            output.append(UInt8(truncatingIfNeeded: group >> 2))
        }
        return output
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of each byte; 0x80 for those outside the alphabet.
    private static let digitValues: [UInt8] = {
        var values = [UInt8](repeating: 0x80, count: 256)
        for index in alphabet.indices { values[Int(alphabet[index])] = UInt8(index) }
        return values
    }()
}
