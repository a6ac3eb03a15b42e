/// The exact decimal digits of a double, for output rounded to a given place.
struct Decimal {
    /// Digits, the first not zero; empty for zero.
    private(set) var digits: [UInt8]
    /// How many digits stand before the point; negative for zeros after it.
    private(set) var pointPlace: Int

    /// Every double is a whole number times a power of two, which decimal digits hold exactly.
    init(_ number: Double) {
        digits = []
        pointPlace = 0
        let magnitude = number.magnitude
        guard magnitude.isFinite, magnitude > 0 else { return }
        let fraction = magnitude.significandBitPattern
        let biased = Int(magnitude.exponentBitPattern)
        let significand = biased == 0 ? fraction : fraction | 1 << 52
        let exponent = max(biased, 1) - 1075
        // Little-endian limbs of nine digits.
        var limbs: [UInt32] = []
        var rest = significand
        while rest > 0 {
            limbs.append(UInt32(rest % 1_000_000_000))
            rest /= 1_000_000_000
        }
        // Halving n times is the same as five-folding n times and moving the point n places.
        let factor: UInt64 = exponent < 0 ? 5 : 2
        var steps = exponent.magnitude
        while steps > 0 {
            let count = min(steps, 8)
            var product: UInt64 = 1
            for _ in 0..<count { product *= factor }
            Self.multiply(&limbs, by: product)
            steps -= count
        }
        for (place, limb) in limbs.reversed().enumerated() {
            let text = String(limb)
            if place > 0 {
                digits += repeatElement(UInt8(ascii: "0"), count: 9 - text.utf8.count)
            }
            digits += text.utf8
        }
        pointPlace = digits.count - (exponent < 0 ? -exponent : 0)
    }

    private static func multiply(_ limbs: inout [UInt32], by factor: UInt64) {
        var carry: UInt64 = 0
        for place in limbs.indices {
            let product = UInt64(limbs[place]) * factor + carry
            limbs[place] = UInt32(product % 1_000_000_000)
            carry = product / 1_000_000_000
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    /// Keeps so many digits, the last rounded to the nearest and half to the even one.
    private mutating func round(to count: Int) {
        guard count < digits.count else { return }
        guard count >= 0 else {
            digits = []
            return
        }
        let half = UInt8(ascii: "5")
        let next = digits[count]
        let isAboveHalf =
            next > half
            || next == half && digits[(count + 1)...].contains { $0 != UInt8(ascii: "0") }
        let isOdd = count > 0 && digits[count - 1] % 2 == 1
        digits.removeLast(digits.count - count)
        guard isAboveHalf || next == half && isOdd else { return }
        for place in digits.indices.reversed() {
            if digits[place] < UInt8(ascii: "9") {
                digits[place] += 1
                return
            }
            digits[place] = UInt8(ascii: "0")
        }
        digits.insert(UInt8(ascii: "1"), at: 0)
        pointPlace += 1
    }

    /// With so many digits after the point, such as `1234.500`.
    static func fixed(_ number: Double, precision: Int) -> String {
        var decimal = Decimal(number)
        decimal.round(to: decimal.pointPlace + precision)
        let zero = UInt8(ascii: "0")
        func digit(_ place: Int) -> UInt8 {
            decimal.digits.indices.contains(place) ? decimal.digits[place] : zero
        }
        var text: [UInt8] = number.sign == .minus ? [UInt8(ascii: "-")] : []
        if decimal.pointPlace <= 0 || decimal.digits.isEmpty {
            text.append(zero)
        } else {
            for place in 0..<decimal.pointPlace { text.append(digit(place)) }
        }
        if precision > 0 {
            text.append(UInt8(ascii: "."))
            let point = decimal.digits.isEmpty ? 0 : decimal.pointPlace
            for place in point..<point + precision { text.append(digit(place)) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// With one digit before the point, so many after it, and an exponent: `1.234500e+03`.
    static func scientific(_ number: Double, precision: Int) -> String {
        var decimal = Decimal(number)
        decimal.round(to: precision + 1)
        let exponent = decimal.digits.isEmpty ? 0 : decimal.pointPlace - 1
        var digits = decimal.digits.prefix(precision + 1)
        digits += repeatElement(UInt8(ascii: "0"), count: precision + 1 - digits.count)
        let sign = number.sign == .minus ? "-" : ""
        let head = String(decoding: digits.prefix(1), as: UTF8.self)
        let tail =
            precision > 0 ? "." + String(decoding: digits.dropFirst(), as: UTF8.self) : ""
        let magnitude = String(exponent.magnitude)
        let padded = magnitude.utf8.count < 2 ? "0" + magnitude : magnitude
        return "\(sign)\(head)\(tail)e\(exponent < 0 ? "-" : "+")\(padded)"
    }
}
