package import Encoding

/// What became of asking one auditor. Distinct, because "said no" and "did not answer" call for
/// different acts of the applicant (Boulder's issue 7616 tells what follows from mixing them).
package struct AuditorOutcome: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A signed consent that verifies.
        case consent
        /// A signed refusal that verifies.
        case refusal
        /// The auditor's reviewers have to decide; ask again later.
        case referred
        /// No answer, or only "not yet", within the deadline.
        case timeout
        /// No connection could be made.
        case unreachable
        /// An answer that cannot be read, or a credential that does not verify.
        case malformed
        /// An answer for another application, another node or by another issuer.
        case wrongIdentity = "wrong-identity"
        /// The auditor said that it cannot judge this application, with a problem document.
        case error

        /// Whether asking again can change nothing.
        package var isDecision: Bool { self == .consent || self == .refusal }
    }

    package let issuer: String
    package let kind: Kind
    /// Why, for people; empty for a consent.
    package let reason: String
    /// From asking to answering.
    package let milliseconds: Int64
    /// The credential, for a consent or a refusal.
    package let credential: String?

    package init(
        issuer: String, kind: Kind, reason: String = "", milliseconds: Int64 = 0,
        credential: String? = nil
    ) {
        self.issuer = issuer
        self.kind = kind
        self.reason = reason
        self.milliseconds = milliseconds
        self.credential = credential
    }

    package var json: JSON {
        [
            "issuer": JSON(issuer), "outcome": JSON(kind.rawValue), "reason": JSON(reason),
            "milliseconds": JSON(milliseconds),
        ]
    }
}
