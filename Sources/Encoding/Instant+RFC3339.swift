extension Instant: CustomStringConvertible {
    package var description: String { rfc3339 }

    /// `2026-11-21T03:00:00Z`; with three digits of fraction when there are milliseconds.
    package var rfc3339: String {
        let (day, time) = Self.floorDivide(milliseconds, Self.millisecondsPerDay)
        let date = CivilDate(daysSince1970: day)
        let (second, fraction) = time.quotientAndRemainder(dividingBy: 1000)
        var text: [UInt8] = []
        text.reserveCapacity("2026-11-21T03:00:00.000Z".utf8.count)
        func write(_ value: Int64, _ place: Int64, then separator: Unicode.Scalar) {
            var place = place
            while place > 0 {
                text.append(UInt8(ascii: "0") + UInt8(value / place % 10))
                place /= 10
            }
            text.append(UInt8(ascii: separator))
        }
        write(date.year, 1000, then: "-")
        write(date.month, 10, then: "-")
        write(date.day, 10, then: "T")
        write(second / 3600, 10, then: ":")
        write(second / 60 % 60, 10, then: ":")
        write(second % 60, 10, then: fraction > 0 ? "." : "Z")
        if fraction > 0 { write(fraction, 100, then: "Z") }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads RFC 3339 with capital `T` and `Z`, any offset, and no leap second: a 60th second has
    /// no number of its own in Unix time. Digits finer than a millisecond have to be zero.
    package init(rfc3339 text: String) throws(FormatError) {
        var scanner = Scanner(text: text)
        let date = CivilDate(
            year: try scanner.number(4, then: "-"), month: try scanner.number(2, then: "-"),
            day: try scanner.number(2, then: "T"))
        let hour = try scanner.number(2, then: ":")
        let minute = try scanner.number(2, then: ":")
        let second = try scanner.number(2, then: nil)
        let fraction = try scanner.fraction()
        let offset = try scanner.offset()
        try scanner.end()
        guard date.isValid, hour < 24, minute < 60, second < 60 else { throw scanner.error }
        let ofDay = (hour * 60 + minute - offset) * 60 + second
        let milliseconds = (date.daysSince1970 * 86_400 + ofDay) * 1000 + fraction
        guard Self.range.contains(milliseconds) else { throw scanner.error }
        self.init(milliseconds: milliseconds)
    }

    private static let millisecondsPerDay: Int64 = 86_400_000
}

/// A date of the proleptic Gregorian calendar. The arithmetic is Howard Hinnant's
/// (chrono-compatible low-level date algorithms): 400-year eras, years that begin in March.
private struct CivilDate {
    var year: Int64
    var month: Int64
    var day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970: Int64) {
        let (era, dayOfEra) = Instant.floorDivide(daysSince1970 + 719_468, 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let (era, yearOfEra) = Instant.floorDivide(month <= 2 ? year - 1 : year, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    var isValid: Bool {
        guard (1...12).contains(month), day >= 1 else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        switch month {
        case 2: return day <= (isLeap ? 29 : 28)
        case 4, 6, 9, 11: return day <= 30
        default: return day <= 31
        }
    }
}

/// Fixed-width fields of a time.
private struct Scanner {
    private let text: String
    private let bytes: [UInt8]
    private var index = 0

    init(text: String) {
        self.text = text
        bytes = Array(text.utf8.prefix(64))
    }

    var error: FormatError {
        FormatError(
            .time,
            "\(text.quotedForMessage) is not an RFC 3339 time such as 2026-11-21T03:00:00Z")
    }

    mutating func number(_ count: Int, then separator: Unicode.Scalar?) throws(FormatError) -> Int64
    {
        var value: Int64 = 0
        for _ in 0..<count { value = value * 10 + (try digit()) }
        if let separator, !take(UInt8(ascii: separator)) { throw error }
        return value
    }

    /// Milliseconds after the second.
    mutating func fraction() throws(FormatError) -> Int64 {
        guard take(UInt8(ascii: ".")) else { return 0 }
        var value: Int64 = 0
        var count = 0
        repeat {
            let digit = try digit()
            count += 1
            guard count <= Limits.fractionDigitCountMaximum, count <= 3 || digit == 0 else {
                throw error
            }
            if count <= 3 { value = value * 10 + digit }
        } while index < bytes.count && bytes[index] &- UInt8(ascii: "0") < 10
        for _ in min(count, 3)..<3 { value *= 10 }
        return value
    }

    /// Minutes to take away to reach UTC.
    mutating func offset() throws(FormatError) -> Int64 {
        if take(UInt8(ascii: "Z")) { return 0 }
        let isNegative = take(UInt8(ascii: "-"))
        guard isNegative || take(UInt8(ascii: "+")) else { throw error }
        let hour = try number(2, then: ":")
        let minute = try number(2, then: nil)
        guard hour < 24, minute < 60 else { throw error }
        return (isNegative ? -1 : 1) * (hour * 60 + minute)
    }

    func end() throws(FormatError) {
        guard index == bytes.count else { throw error }
    }

    private mutating func digit() throws(FormatError) -> Int64 {
        guard index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 else { throw error }
        defer { index += 1 }
        return Int64(bytes[index] - UInt8(ascii: "0"))
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }
}
