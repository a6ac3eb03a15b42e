import Cryptography
import Encoding

/// One act of the auditor, as it stands in the log: compact JSON with `kind`, `time` and what the
/// act was about. Entries are never read back to decide anything; the tables are for that.
struct AuditEntry: Sendable {
    /// The act. The raw value is the member `kind`.
    enum Kind: String, Sendable, CaseIterable {
        /// An application was taken in; from here on it gets an answer.
        case accepted = "application.accepted"
        /// The policy was evaluated: the findings.
        case judged = "application.judged"
        /// The policy asks people to decide.
        case referred = "application.referred"
        /// A reviewer looks at a case, or does no longer.
        case reviewClaimed = "review.claimed"
        /// A reviewer's signed word, by its digest.
        case decided = "review.decided"
        /// A case was approved, denied, or its time was over.
        case reviewClosed = "review.closed"
        /// The exact claims that are about to be signed, by their digest.
        case intended = "credential.intended"
        /// A credential with consent, by its digest.
        case issued = "credential.issued"
        /// A signed refusal, by its digest.
        case refused = "credential.refused"
        /// A transaction for the ledger was signed: its id, number and end.
        case transactionSigned = "transaction.signed"
        /// The ledger applied it.
        case transactionCommitted = "transaction.committed"
        /// The ledger's rules refused it, in a block.
        case transactionRefused = "transaction.refused"
        /// It can never be in a block any more; another one takes its place.
        case transactionLapsed = "transaction.lapsed"
        /// A credential is worth nothing from here on, for ever.
        case revoked = "credential.revoked"
        /// A credential is worth nothing until it is reinstated.
        case suspended = "credential.suspended"
        case reinstated = "credential.reinstated"
        /// A node asked for a fresh credential for an application of before, and gets an answer.
        case renewed = "renewal.accepted"
        /// Credentials were gathered that something went wrong with.
        case incidentCreated = "incident.created"
        /// They are being revoked, each with an entry of its own.
        case incidentRevoked = "incident.revoked"
        case incidentClosed = "incident.closed"
        /// Claims that were to be signed are replaced, because their key must not sign any more.
        case remade = "credential.remade"
        /// A key is published and signs nothing yet.
        case keyPrepared = "key.prepared"
        /// A key signs from here on.
        case keyActivated = "key.activated"
        /// A key signs nothing more.
        case keyRetired = "key.retired"
        /// A key is not to be believed any more.
        case keyRevoked = "key.revoked"
        /// A deposit may go back: whose, how much and why.
        case refundDue = "refund.due"
        /// It may not go back any more, for now.
        case refundBlocked = "refund.blocked"
        /// The ledger is asked to give it back.
        case refundRequested = "refund.requested"
        case refundPaid = "refund.paid"
        /// The ledger refuses, with its code.
        case refundFailed = "refund.failed"
        /// Acts of operators about one refund.
        case refundApproved = "refund.approved"
        case refundHeld = "refund.held"
        case refundReleased = "refund.released"
        case refundRetried = "refund.retried"
    }

    let bytes: [UInt8]

    init(_ kind: Kind, at time: Instant, _ members: KeyValuePairs<String, JSON>) {
        self.init(kind, at: time, members.map { ($0.key, $0.value) })
    }

    init(_ kind: Kind, at time: Instant, _ members: [(String, JSON)]) {
        let first: [(String, JSON)] = [
            ("kind", .string(kind.rawValue)), ("time", .string(time.rfc3339)),
        ]
        bytes = JSON.object(JSONObject(first + members)).bytes
    }
}
