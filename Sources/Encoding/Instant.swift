/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted, always
/// within the years 0000 to 9999 so that it can be written as RFC 3339.
package struct Instant: Comparable, Hashable, Sendable {
    package let milliseconds: Int64

    /// 0000-01-01T00:00:00Z.
    package static let distantPast = Instant(milliseconds: .min)
    /// 9999-12-31T23:59:59.999Z.
    package static let distantFuture = Instant(milliseconds: .max)

    /// Times outside the years 0000 to 9999 become the nearest one inside.
    package init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, Self.range.lowerBound), Self.range.upperBound)
    }

    /// Whole seconds since 1970 (a JWT NumericDate).
    package init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        self.init(milliseconds: overflow ? (seconds < 0 ? .min : .max) : product)
    }

    /// Whole seconds since 1970, rounded towards the past.
    package var seconds: Int64 { Self.floorDivide(milliseconds, 1000).quotient }

    /// Later by so many milliseconds, stopping at the ends of the range.
    package func adding(milliseconds difference: Int64) -> Instant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(difference)
        return Instant(milliseconds: overflow ? (difference < 0 ? .min : .max) : sum)
    }

    /// Milliseconds from `other` to this instant; never overflows, as both are in range.
    package func milliseconds(since other: Instant) -> Int64 { milliseconds - other.milliseconds }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    static func floorDivide(
        _ value: Int64, _ divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
