/// Text of numbers, as the conversions read and write it.
enum NumberText {
    /// The shortest digits that read back as the same number, with an exponent where C's `%g` has
    /// one: under −4 and from 6 on.
    static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        let sign = number.sign == .minus ? "-" : ""
        guard number != 0 else { return sign + "0" }
        let (digits, exponent) = shortest(number.magnitude)
        if exponent < -4 || exponent >= 6 {
            let tail = digits.count > 1 ? "." + digits.dropFirst() : ""
            let magnitude = String(exponent.magnitude)
            let padded = magnitude.count < 2 ? "0" + magnitude : magnitude
            return "\(sign)\(digits.prefix(1))\(tail)e\(exponent < 0 ? "-" : "+")\(padded)"
        }
        if exponent < 0 {
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
        }
        if digits.count <= exponent + 1 {
            return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count)
        }
        return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
    }

    /// The shortest digits that read back as the same number, never with an exponent.
    static func plain(_ number: Double) -> String {
        guard number.isFinite, number != 0 else { return text(number) }
        let sign = number.sign == .minus ? "-" : ""
        let (digits, exponent) = shortest(number.magnitude)
        if exponent < 0 {
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
        }
        if digits.count <= exponent + 1 {
            return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count)
        }
        return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
    }

    /// The significant digits and the power of ten of the first of them.
    private static func shortest(_ number: Double) -> (digits: String, exponent: Int) {
        // The description is `123.45`, `0.0012` or `1.5e-07`: shortest digits, one point, an
        // exponent.
        let parts = number.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        exponent += mantissa[0].count - 1
        var digits = String(mantissa[0]) + (mantissa.count > 1 ? String(mantissa[1]) : "")
        while digits.hasPrefix("0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        return (digits, exponent)
    }

    /// A decimal integer with an optional sign; nil for anything else or out of range.
    static func int64(_ text: Text) -> Int64? {
        Int64(text.string)
    }

    /// A decimal integer without sign.
    static func uint64(_ text: Text) -> UInt64? {
        guard text.bytes.first != UInt8(ascii: "+"), text.bytes.first != UInt8(ascii: "-") else {
            return nil
        }
        return UInt64(text.string)
    }

    /// A decimal number with an optional point and exponent, or `inf`, `infinity`, `nan` in any
    /// case. Nil for anything else, and for what no double can hold.
    static func double(_ text: Text) -> Double? {
        var bytes = text.bytes[...]
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            bytes = bytes.dropFirst()
        }
        let word = String(decoding: bytes.map { $0 | 0x20 }, as: UTF8.self)
        if ["inf", "infinity", "nan"].contains(word) {
            if word == "nan" { return Double.nan }
            return text.bytes.first == UInt8(ascii: "-") ? -Double.infinity : Double.infinity
        }
        guard isDecimal(bytes), let number = Double(text.string), number.isFinite else {
            return nil
        }
        return number
    }

    private static func isDecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        var rest = bytes
        let whole = rest.prefix(while: isDigit).count
        rest = rest.dropFirst(whole)
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: isDigit).count
            rest = rest.dropFirst(1 + fraction)
        }
        guard whole + fraction > 0 else { return false }
        guard let mark = rest.first else { return true }
        guard mark | 0x20 == UInt8(ascii: "e") else { return false }
        rest = rest.dropFirst()
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            rest = rest.dropFirst()
        }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }
}
