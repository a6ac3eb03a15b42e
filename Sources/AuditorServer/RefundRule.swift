package import Cryptography
package import Encoding

/// A deposit as the ledger has it. Whom a refund goes to, and how much it is, stands there alone.
package struct LedgerDeposit: Sendable, Hashable {
    package enum State: String, Sendable {
        case held, refunded
    }

    package let id: Digest
    package let auditor: String
    package let node: String
    package let payer: String
    package let amount: UInt64
    package let state: State
    /// Height of the block that took the payment.
    package let height: UInt64
    /// Whether the node is neither a candidate nor a representative.
    package let isNodeOrdinary: Bool
    /// Whether the ledger holds it for a proven offence of the node, and refuses to send it back.
    package let isOnHold: Bool

    package init(
        id: Digest, auditor: String, node: String, payer: String, amount: UInt64, state: State,
        height: UInt64, isNodeOrdinary: Bool, isOnHold: Bool = false
    ) {
        self.id = id
        self.auditor = auditor
        self.node = node
        self.payer = payer
        self.amount = amount
        self.state = state
        self.height = height
        self.isNodeOrdinary = isNodeOrdinary
        self.isOnHold = isOnHold
    }
}

/// What became of one application that names a deposit.
package struct DepositUse: Sendable, Hashable {
    package enum Answer: Sendable, Hashable {
        /// Not judged, or with reviewers.
        case open
        case refused
        case consented(jti: String, until: Instant, isRevoked: Bool)
    }

    package let application: Digest
    package let answer: Answer

    package init(application: Digest, answer: Answer) {
        self.application = application
        self.answer = answer
    }
}

/// When a held deposit of an ordinary node goes back (credentials reference, lesson 11): once no
/// credential that rests on it can make its node a candidate any more.
package enum RefundRule {
    package enum Verdict: Sendable, Hashable {
        /// Not now, and why.
        case notDue(Reason)
        /// Now, and why.
        case due(Reason)
    }

    /// The raw value stands in the log and in reports.
    package enum Reason: String, Sendable {
        /// Paid, and no application named it so far.
        case unused
        /// An application that names it is being judged.
        case applicationOpen = "application-open"
        /// A credential that rests on it could still make its node a candidate.
        case credentialValid = "credential-valid"
        /// Every application that names it was refused.
        case refused
        /// The node stood with it, and left the list or lapsed.
        case candidacyOver = "candidacy-over"
        /// The credentials ended or were revoked without having been used.
        case credentialOver = "credential-over"
    }

    /// - Parameters:
    ///   - uses: every application at this auditor that names the deposit.
    ///   - spent: of these, the ones that made the node a candidate; the ledger takes none twice,
    ///     so that the credentials for them are worth nothing once the node is ordinary again.
    package static func judge(
        _ uses: [DepositUse], spent: Set<Digest>, at now: Instant
    ) -> Verdict {
        guard !uses.isEmpty else { return .notDue(.unused) }
        var reason = Reason.refused
        for use in uses {
            switch use.answer {
            case .open: return .notDue(.applicationOpen)
            case .refused: continue
            case .consented(_, let until, let isRevoked):
                if spent.contains(use.application) {
                    reason = .candidacyOver
                } else if isRevoked || until <= now {
                    if reason == .refused { reason = .credentialOver }
                } else {
                    return .notDue(.credentialValid)
                }
            }
        }
        return .due(reason)
    }

    /// The applications whose fate on the ledger decides.
    package static func undecided(_ uses: [DepositUse]) -> [Digest] {
        uses.compactMap { use in
            if case .consented = use.answer { use.application } else { nil }
        }
    }
}

/// When people have to agree to a refund.
package struct RefundApproval: Sendable, Hashable {
    /// Amounts above this one need the approvals; `max` for none.
    package let above: UInt64
    /// How many different operators.
    package let count: Int
    /// How long a refund is due before it is sent, for a node that comes back in time.
    package let waitMilliseconds: Int64
    /// Whose approvals count: did:keys.
    package let operators: [String]

    package init(
        above: UInt64 = .max, count: Int = 2, waitMilliseconds: Int64 = 0,
        operators: [String] = []
    ) {
        self.above = above
        self.count = count
        self.waitMilliseconds = waitMilliseconds
        self.operators = operators
    }

    package func needed(for amount: UInt64) -> Int { amount > above ? count : 0 }

    /// Whether enough of those that are operators now approved.
    package func isMet(_ approvedBy: [String], needed: Int) -> Bool {
        approvedBy.count { operators.contains(where: $0.hasSameBytes(as:)) } >= needed
    }
}
