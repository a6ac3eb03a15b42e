/// Why a credential was revoked or suspended. The raw value stands in orders, in the audit log and
/// in the ledger's transaction.
package enum StatusReason: String, Sendable, CaseIterable {
    /// No reason was told.
    case unspecified
    /// Somebody else may hold the node's key.
    case keyCompromise = "key-compromise"
    /// What the node told or showed was not true.
    case falseEvidence = "false-evidence"
    /// The node does not meet the policy any more.
    case requirementsUnmet = "requirements-unmet"
    /// The auditor judged wrongly.
    case issuedInError = "issued-in-error"
    /// The node stopped, or asks for it.
    case ceased
    /// Another credential takes its place.
    case superseded
    /// Not decided: being looked into.
    case investigation
}
