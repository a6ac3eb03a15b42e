/// The most that a cost or a size can be: a number, or no bound at all. Sums and products that do
/// not fit have no bound.
struct Bound: Hashable, Comparable, Sendable {
    /// `Int.max` stands for no bound.
    private let value: Int

    static let unbounded = Bound(Int.max)

    init(_ value: Int) { self.value = max(0, value) }

    /// The number; nil when there is no bound.
    var finite: Int? { value == Int.max ? nil : value }

    static func < (left: Bound, right: Bound) -> Bool { left.value < right.value }

    static func + (left: Bound, right: Bound) -> Bound {
        let (sum, overflow) = left.value.addingReportingOverflow(right.value)
        return overflow ? .unbounded : Bound(sum)
    }

    static func + (left: Bound, right: Int) -> Bound { left + Bound(right) }

    static func += (left: inout Bound, right: Bound) { left = left + right }

    /// Nothing times anything is nothing.
    static func * (left: Bound, right: Bound) -> Bound {
        guard left.value > 0, right.value > 0 else { return Bound(0) }
        guard left != .unbounded, right != .unbounded else { return .unbounded }
        let (product, overflow) = left.value.multipliedReportingOverflow(by: right.value)
        return overflow ? .unbounded : Bound(product)
    }

    static func * (left: Bound, right: Int) -> Bound { left * Bound(right) }

    /// Begun tens, as the cost rules count octets and elements.
    var tenth: Bound {
        value == Int.max ? self : Bound(value / 10 + (value % 10 == 0 ? 0 : 1))
    }
}
