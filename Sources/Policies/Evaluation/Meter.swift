/// What an evaluation may still spend. Work is paid for before it is done.
package struct Meter: Sendable {
    package private(set) var remaining: Int
    private let budget: Int

    package init(budget: Int) {
        self.budget = max(0, budget)
        remaining = max(0, budget)
    }

    /// What has been spent so far.
    package var cost: Int { budget - remaining }

    @inline(__always)
    mutating func charge(_ units: Int) throws(EvaluationError) {
        guard units <= remaining else { throw exceeded() }
        remaining -= units
    }

    /// Ten octets or elements cost one unit, begun tens count.
    mutating func charge(tenthOf size: Int) throws(EvaluationError) {
        try charge(size / 10 + (size % 10 == 0 ? 0 : 1))
    }

    private mutating func exceeded() -> EvaluationError {
        remaining = 0
        return EvaluationError(.budget, "the expression costs more than the budget of \(budget)")
    }
}
