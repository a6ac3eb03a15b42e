/// Why a set, a policy, a certificate or a record cannot be used. Two errors are equal when their
/// codes are.
package struct ConsensusError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The raw value is stable and may be shown to machines.
    package enum Code: String, Sendable {
        /// The approval policy gives no quorum that is safe for this number of representatives.
        case quorum
        /// The set of representatives is empty, too large, has a duplicate or a wrong key.
        case representatives
        /// A certificate does not prove what it claims.
        case certificate
        /// A record belongs to another height, network, set or key.
        case record
        /// A setting lies outside its bounds.
        case setting
    }

    package let code: Code
    /// What is wrong, why, and how to fix it.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }

    package static func == (left: ConsensusError, right: ConsensusError) -> Bool {
        left.code == right.code
    }
}
