/// Text of durations, as `duration()` reads it and `string()` writes it.
enum DurationText {
    private static let units: [(name: String, nanoseconds: UInt64)] = [
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    /// Reads a sign and numbers with units, such as `-1h30m` or `1.5s`; `0` needs no unit.
    /// Answers nanoseconds.
    static func nanoseconds(_ text: Text) throws(EvaluationError) -> Int64 {
        var rest = text.bytes[...]
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        if rest.elementsEqual("0".utf8) { return 0 }
        guard !rest.isEmpty else { throw malformed(text) }
        var total: UInt64 = 0
        while !rest.isEmpty {
            let sum = total.addingReportingOverflow(try part(&rest, text))
            guard !sum.overflow else { throw outOfRange(text) }
            total = sum.partialValue
        }
        // The least number has no positive counterpart.
        if isNegative, total == Int64.min.magnitude { return Int64.min }
        guard let span = Int64(exactly: total) else { throw outOfRange(text) }
        return isNegative ? -span : span
    }

    private static func part(
        _ rest: inout ArraySlice<UInt8>, _ text: Text
    ) throws(EvaluationError) -> UInt64 {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        let name = rest.prefix { (0x61...0x7A).contains($0) }
        rest = rest.dropFirst(name.count)
        guard !whole.isEmpty || !fraction.isEmpty,
            let unit = units.first(where: { name.elementsEqual($0.name.utf8) })
        else { throw malformed(text) }
        var nanoseconds: UInt64 = 0
        for digit in whole {
            let shifted = nanoseconds.multipliedReportingOverflow(by: 10)
            let sum = shifted.partialValue.addingReportingOverflow(UInt64(digit - 0x30))
            guard !shifted.overflow, !sum.overflow else { throw outOfRange(text) }
            nanoseconds = sum.partialValue
        }
        let scaled = nanoseconds.multipliedReportingOverflow(by: unit.nanoseconds)
        var place = unit.nanoseconds
        var below: UInt64 = 0
        for digit in fraction.prefix(18) {
            // A place under a nanosecond is dropped, not rounded.
            let exact = place.isMultiple(of: 10)
            below +=
                exact
                ? place / 10 * UInt64(digit - 0x30) : place * UInt64(digit - 0x30) / 10
            place /= 10
        }
        let sum = scaled.partialValue.addingReportingOverflow(below)
        guard !scaled.overflow, !sum.overflow else { throw outOfRange(text) }
        return sum.partialValue
    }

    /// Seconds with a fraction and `s`, such as `5400s` or `-1.5s`.
    static func text(_ nanoseconds: Int64) -> String {
        let magnitude = nanoseconds.magnitude
        let fraction = fraction(Int64(magnitude % 1_000_000_000))
        return "\(nanoseconds < 0 ? "-" : "")\(magnitude / 1_000_000_000)\(fraction)s"
    }

    /// Nanoseconds below a second as a decimal fraction without trailing zeros, empty for none.
    static func fraction(_ nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "" }
        let digits = String(nanoseconds)
        var text = String(repeating: "0", count: 9 - digits.count) + digits
        while text.hasSuffix("0") { text.removeLast() }
        return "." + text
    }

    private static func malformed(_ text: Text) -> EvaluationError {
        EvaluationError(
            .invalidArgument,
            "\(Value.string(text).summary) is no duration such as 90m, 1.5s or 720h; "
                + "units are h, m, s, ms, us, ns")
    }

    private static func outOfRange(_ text: Text) -> EvaluationError {
        EvaluationError(.range, "\(Value.string(text).summary) exceeds 292 years")
    }
}
