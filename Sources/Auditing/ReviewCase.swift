package import Credentials
import Cryptography
package import Encoding
package import Policies

/// One referred application before its reviewers: who may say what, and where it stands.
package struct ReviewCase: Sendable {
    package let application: Application
    /// The auditor that asks.
    package let issuer: String
    package let policy: AuditorPolicy
    package let facts: ReviewFacts
    package let reviewers: [Reviewer]
    /// How many approvals of whom the policy wants, and until when.
    package let rule: PolicyDocument.Review

    /// - Throws: `policy` when the policy asks no reviewers.
    package init(
        application: Application, issuer: String, policy: AuditorPolicy, facts: ReviewFacts,
        reviewers: [Reviewer]
    ) throws(AuditingError) {
        guard let rule = policy.document.review else {
            throw AuditingError(.policy, "'\(policy.title)' refers no applications to reviewers")
        }
        self.application = application
        self.issuer = issuer
        self.policy = policy
        self.facts = facts
        self.reviewers = reviewers
        self.rule = rule
    }

    /// The first moment at which it is too late for a decision.
    package var due: Instant {
        facts.referredAt.adding(milliseconds: rule.expiresAfterSeconds * 1000)
    }

    package func reviewer(_ did: String) -> Reviewer? {
        reviewers.first { $0.did.hasSameBytes(as: did) }
    }

    /// The reviewers who have no interest in the application.
    package var panel: [Reviewer] { reviewers.filter { $0.interest(in: application) == nil } }

    /// Why the case can never be approved; nil when the panel suffices.
    package var lack: String? {
        guard panel.count >= rule.of else {
            return "the policy asks \(rule.of) reviewers, and \(panel.count) may take part"
        }
        for part in rule.parts {
            guard let role = part.role else { continue }
            let count = panel.count { $0.has(role: role) }
            if count < part.approvals {
                return "\(part.name) needs \(part.approvals) reviewers with the role \(role), and "
                    + "\(count) may take part"
            }
        }
        return nil
    }
}

/// Where a case stands at one time.
package enum ReviewStanding: Sendable, Equatable {
    case pending(ReviewProgress)
    case approved
    /// By the reviewer of this did.
    case denied(by: String)
    /// Nobody decided in time.
    case expired
}

/// What is there of an approval, and what lacks.
package struct ReviewProgress: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        package let name: String
        package let role: String?
        package let approvals: Int
        package let needed: Int

        package var isMet: Bool { approvals >= needed }
    }

    package let approvals: Int
    package let needed: Int
    package let parts: [Part]
    /// The step that is due, when they go one after the other.
    package let step: String?

    package var isMet: Bool { approvals >= needed && parts.allSatisfy(\.isMet) }
}

extension ReviewCase {
    /// Where the case stands.
    ///
    /// A refusal ends it. Approvals count while their own time lasts, each reviewer once; the case
    /// is pending before its due time and expired from then on.
    /// - Parameter decisions: those admitted, in the order they came.
    package func standing(of decisions: [ReviewDecision], at now: Instant) -> ReviewStanding {
        if let denial = decisions.first(where: { $0.kind == .deny }) {
            return .denied(by: denial.reviewer)
        }
        guard now < due else { return .expired }
        let progress = progress(of: decisions, at: now)
        return progress.isMet ? .approved : .pending(progress)
    }

    /// The approvals that count at one time.
    package func approvals(in decisions: [ReviewDecision], at now: Instant) -> [ReviewDecision] {
        var counted: [ReviewDecision] = []
        for decision in decisions where decision.kind == .approve && decision.validity.contains(now)
        {
            guard let reviewer = reviewer(decision.reviewer),
                reviewer.interest(in: application) == nil,
                !counted.contains(where: { $0.reviewer.hasSameBytes(as: decision.reviewer) })
            else { continue }
            counted.append(decision)
        }
        return counted
    }

    private func progress(of decisions: [ReviewDecision], at now: Instant) -> ReviewProgress {
        let approvals = approvals(in: decisions, at: now)
        let parts = rule.parts.map { part in
            ReviewProgress.Part(
                name: part.name, role: part.role,
                approvals: approvals.count { $0.draft.role?.hasSameBytes(as: part.name) == true },
                needed: part.approvals)
        }
        return ReviewProgress(
            approvals: approvals.count, needed: rule.approvals, parts: parts,
            step: rule.isInOrder ? parts.first { !$0.isMet }?.name : nil)
    }

    /// What a reviewer could act in now: names of roles or of the step that is due; empty when the
    /// policy has neither.
    package func openParts(
        for reviewer: Reviewer, after decisions: [ReviewDecision], at now: Instant
    ) -> [String] {
        let progress = progress(of: decisions, at: now)
        return progress.parts.filter { part in
            !part.isMet && (part.role.map(reviewer.has(role:)) ?? true)
                && (progress.step.map(part.name.hasSameBytes(as:)) ?? true)
        }.map(\.name)
    }

    func step(of decisions: [ReviewDecision], at now: Instant) -> String? {
        progress(of: decisions, at: now).step
    }

    func lacks(_ name: String, _ decisions: [ReviewDecision], at now: Instant) -> Bool {
        progress(of: decisions, at: now).parts.contains {
            $0.name.hasSameBytes(as: name) && !$0.isMet
        }
    }

    /// Approvals that any reviewer may give, beside those that roles ask for.
    var freeApprovals: Int { rule.approvals - rule.parts.reduce(0) { $0 + $1.approvals } }

    func usedFreeApprovals(_ decisions: [ReviewDecision], at now: Instant) -> Int {
        approvals(in: decisions, at: now).count { $0.draft.role == nil }
    }
}
