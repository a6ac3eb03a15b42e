package import Encoding

/// A period of time that includes its beginning and excludes its end. Every question "is this valid
/// at t" in this project is answered by `contains`, so that no two readers differ by a second.
package struct Validity: Sendable, Hashable {
    package let from: Instant
    package let until: Instant

    package init(from: Instant, until: Instant) {
        self.from = from
        self.until = until
    }

    /// `from <= instant < until`. No allowance for clocks that differ: issuers date `from` slightly
    /// back instead.
    package func contains(_ instant: Instant) -> Bool { from <= instant && instant < until }
}
