/// How much of something one peer may cost: so many a second, and so many at once after a pause.
struct PeerBudget: Sendable {
    struct Rate: Sendable {
        let perSecond: Int64
        let burst: Int64
    }

    private let rate: Rate
    /// In thousandths, so that milliseconds add up.
    private var left: Int64
    private var at: Int64

    init(_ rate: Rate, at now: Int64) {
        self.rate = rate
        left = rate.burst * 1_000
        at = now
    }

    /// Takes `count`; false, and nothing taken, when that is more than is left.
    mutating func take(_ count: Int, at now: Int64) -> Bool {
        let passed = min(max(now - at, 0), 3_600_000)
        at = now
        left = min(rate.burst * 1_000, left + passed * rate.perSecond)
        let (cost, overflow) = Int64(count).multipliedReportingOverflow(by: 1_000)
        guard !overflow, cost <= left else { return false }
        left -= cost
        return true
    }
}
