/// Who evaluates an expression, which decides what the specification of the language leaves open.
package enum Profile: Sendable {
    /// One auditor, for itself: everything the language has.
    case auditor
    /// Every node of a ledger, each on its own machine, to the same bytes and the same cost.
    ///
    /// A contract has to check against declared types. It has no doubles, neither as literals nor
    /// as what a function gives, and no zones but UTC and fixed offsets, because both would bring
    /// in what differs between machines or readers. Maps are visited in the order of their keys.
    case contract

    /// The longest source of an expression, in UTF-8 bytes.
    var sourceByteCountMaximum: Int {
        switch self {
        case .auditor: Limits.sourceByteCountMaximum
        case .contract: Limits.contractByteCountMaximum
        }
    }

    /// How deep an expression may nest.
    var expressionDepthMaximum: Int {
        switch self {
        case .auditor: Limits.expressionDepthMaximum
        case .contract: Limits.contractDepthMaximum
        }
    }
}
