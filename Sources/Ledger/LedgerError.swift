/// Why a shape, a block, a genesis or a stored record could not be taken. A transaction
/// that was taken and refused by the rules is not an error: that is a `TransactionResult`.
package struct LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// A transaction's shape or a member of it.
        case shape
        /// A signature that does not fit its transaction.
        case signature
        /// The genesis document or a parameter in it.
        case genesis
        /// A block that does not follow from this state.
        case block
        /// A stored record that cannot be read.
        case records
        /// A proof that does not hold.
        case proof
        /// The host's store could not be read: nothing is known, least of all that a record is
        /// not there.
        case storage
        /// The books do not balance: a fault of this program, never of a stranger.
        case invariant
    }

    package let code: Code
    /// What, why and how to fix.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
