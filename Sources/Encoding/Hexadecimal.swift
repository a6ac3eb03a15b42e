/// Lowercase hexadecimal: one byte string has one text.
package enum Hexadecimal {
    package static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            output.append(character(byte >> 4))
            output.append(character(byte & 15))
        }
        return String(decoding: output, as: UTF8.self)
    }

    package static func decode(_ text: String) throws(FormatError) -> [UInt8] {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else {
            throw FormatError(.hexadecimal, "hexadecimal text has an even number of digits")
        }
        var output: [UInt8] = []
        output.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digit(digits[index], anyCase: false),
                let low = digit(digits[index + 1], anyCase: false)
            else {
                throw FormatError(
                    .hexadecimal, "only 0-9 and a-f are hexadecimal digits (near digit \(index))")
            }
            output.append(high << 4 | low)
        }
        return output
    }

    static func digit(_ byte: UInt8, anyCase: Bool) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F") where anyCase: byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func character(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}
