import Encoding

/// Figures, names and times as people read them.
enum Words {
    /// `1234567` as `1,234,567`.
    static func grouped(_ number: UInt64) -> String {
        let digits = String(number)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { result += "," }
            result.append(digit)
        }
        return result
    }

    static func grouped(_ number: Int) -> String {
        number < 0 ? "−" + grouped(UInt64(number.magnitude)) : grouped(UInt64(number))
    }

    /// `1 vote`, `2 votes`.
    static func count(_ number: UInt64, _ noun: String, _ plural: String? = nil) -> String {
        "\(grouped(number)) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    /// The part of a whole in per cent with one decimal place, in integers; a dash of nothing.
    static func percent(_ part: UInt64, of whole: UInt64) -> String {
        guard whole > 0, part <= whole else { return "–" }
        let (high, low) = part.multipliedFullWidth(by: 1_000)
        let tenths = whole.dividingFullWidth((high, low)).quotient
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// `did:key:zDnaeabc…k3J9` as `zDnaeabcde…4Hq1k3J9`: the ends, by which people compare.
    static func short(_ identifier: String) -> String {
        let prefix = "did:key:"
        let text =
            identifier.hasPrefix(prefix)
            ? String(identifier.dropFirst(prefix.count)) : identifier
        return text.count > 20 ? "\(text.prefix(10))…\(text.suffix(8))" : text
    }

    /// A duration: `430 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`.
    static func duration(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        switch milliseconds {
        case ..<1_000: return "\(max(0, milliseconds)) ms"
        case ..<10_000: return "\(seconds).\(milliseconds % 1_000 / 100) s"
        case ..<60_000: return "\(seconds) s"
        case ..<3_600_000: return pair(seconds / 60, "min", seconds % 60, "s")
        case ..<86_400_000: return pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min")
        case _: return pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h")
        }
    }

    private static func pair(_ high: Int64, _ unit: String, _ low: Int64, _ lower: String) -> String
    {
        low == 0 ? "\(high) \(unit)" : "\(high) \(unit) \(low) \(lower)"
    }

    /// `2026-11-21 12:31:10 UTC`.
    static func utc(_ instant: Instant) -> String {
        let text = Instant(seconds: instant.seconds).rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }

    /// `12:31:10`.
    static func clock(_ instant: Instant) -> String {
        String(Instant(seconds: instant.seconds).rfc3339.dropFirst(11).prefix(8))
    }
}
