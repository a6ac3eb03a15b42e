/// A moment between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z, to the nanosecond.
package struct Timestamp: Hashable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    package let seconds: Int64
    /// 0 … 999,999,999 nanoseconds on top of the seconds.
    package let nanoseconds: Int32

    static let secondsMinimum: Int64 = -62_135_596_800
    static let secondsMaximum: Int64 = 253_402_300_799
    static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// The longest text of a moment: nine digits after the point and an offset.
    static let textByteCountMaximum = 35

    /// Refuses a moment outside the years 1 to 9999.
    package init(seconds: Int64, nanoseconds: Int32 = 0) throws(EvaluationError) {
        guard (Self.secondsMinimum...Self.secondsMaximum).contains(seconds),
            (0..<1_000_000_000).contains(nanoseconds)
        else { throw EvaluationError(.range, "a timestamp lies in the years 1 to 9999") }
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// The moment a span of nanoseconds later, or earlier when the span is negative.
    func adding(nanoseconds span: Int64) throws(EvaluationError) -> Timestamp {
        var whole = span / Self.nanosecondsPerSecond
        var rest = span % Self.nanosecondsPerSecond + Int64(nanoseconds)
        if rest < 0 {
            rest += Self.nanosecondsPerSecond
            whole -= 1
        } else if rest >= Self.nanosecondsPerSecond {
            rest -= Self.nanosecondsPerSecond
            whole += 1
        }
        return try Timestamp(seconds: seconds + whole, nanoseconds: Int32(rest))
    }

    /// The nanoseconds from `earlier` to this moment. Refuses more than a duration can hold.
    func since(_ earlier: Timestamp) throws(EvaluationError) -> Int64 {
        let whole = (seconds - earlier.seconds).multipliedReportingOverflow(
            by: Self.nanosecondsPerSecond)
        let sum = whole.partialValue.addingReportingOverflow(
            Int64(nanoseconds) - Int64(earlier.nanoseconds))
        guard !whole.overflow, !sum.overflow else {
            throw EvaluationError(.range, "the time between does not fit a duration of 292 years")
        }
        return sum.partialValue
    }

    func precedes(_ other: Timestamp) -> Bool {
        (seconds, nanoseconds) < (other.seconds, other.nanoseconds)
    }
}

/// A moment split by the proleptic Gregorian calendar at some offset from UTC.
struct CivilTime {
    let year: Int64
    /// 1 … 12.
    let month: Int64
    /// 1 … 31.
    let day: Int64
    /// 0 for the first of January.
    let dayOfYear: Int64
    /// 0 for Sunday.
    let dayOfWeek: Int64
    let hour: Int64
    let minute: Int64
    let second: Int64

    init(_ timestamp: Timestamp, offsetSeconds: Int64) {
        let local = timestamp.seconds + offsetSeconds
        let days = local.floorDivided(by: 86_400)
        let rest = local - days * 86_400
        (year, month, day) = Self.civil(fromDays: days)
        dayOfYear = days - Self.days(fromYear: year, month: 1, day: 1)
        // The first of January 1970 was a Thursday.
        dayOfWeek = (days + 4) - (days + 4).floorDivided(by: 7) * 7
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// Days since 1970-01-01. Years run from March, so that a leap day ends a year and 400 years
    /// (146,097 days) repeat.
    static func days(fromYear year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }

    static func dayCount(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int64 {
    func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor != 0 && (self < 0) != (divisor < 0) ? quotient - 1 : quotient
    }
}
