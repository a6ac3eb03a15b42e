package import Credentials
package import Encoding
import Policies

/// Why a decision does not enter a case.
package struct ReviewRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The raw value is stable and is shown to machines.
    package enum Code: String, Sendable, CaseIterable {
        /// About another network, auditor, application or policy.
        case foreign = "review-foreign"
        /// About other facts than those on record.
        case otherFacts = "review-other-facts"
        /// By a key that is no reviewer's.
        case unknownReviewer = "review-unknown-reviewer"
        /// By one of the applicant's own people.
        case ownPeople = "review-own-people"
        /// This reviewer has decided already.
        case twice = "review-twice"
        /// This very decision is on record.
        case known = "review-known"
        /// The case holds as many decisions as a case may.
        case tooMany = "review-too-many"
        /// The case is decided.
        case closed = "review-closed"
        /// The case's time is over.
        case late = "review-late"
        /// The decision's own time is over.
        case expired = "review-expired"
        /// Dated before the case, or ahead of the clock here.
        case wrongTime = "review-wrong-time"
        /// Good for longer than the policy allows.
        case tooLong = "review-too-long"
        /// In a role or step that the reviewer or the policy does not have, or not now.
        case role = "review-role"
    }

    package let code: Code
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}

extension ReviewCase {
    /// Whether a decision may enter the case now.
    /// - Parameter earlier: the decisions admitted before.
    /// - Returns: why not; nil when it may.
    package func refusal(
        of decision: ReviewDecision, after earlier: [ReviewDecision], at now: Instant
    ) -> ReviewRefusal? {
        do throws(ReviewRefusal) {
            try checkSubject(decision)
            let reviewer = try checkReviewer(decision)
            try checkTimes(decision, now)
            // A refusal always finds room: it is the last.
            guard earlier.count < Limits.decisionCountMaximum || decision.kind == .deny else {
                throw ReviewRefusal(
                    .tooMany, "the case holds \(earlier.count) decisions and comments already")
            }
            if decision.kind == .comment { return nil }
            switch standing(of: earlier, at: now) {
            case .pending: break
            case .approved: throw ReviewRefusal(.closed, "the application is approved already")
            case .denied(let did):
                let name = self.reviewer(did)?.name ?? did
                throw ReviewRefusal(.closed, "\(name) has denied the application already")
            case .expired:
                throw ReviewRefusal(.late, "decisions were due before \(due.rfc3339)")
            }
            let counted = approvals(in: earlier, at: now)
            if counted.contains(where: { $0.reviewer.hasSameBytes(as: decision.reviewer) }) {
                throw ReviewRefusal(.twice, "\(reviewer.name) has approved already")
            }
            try checkRole(decision, by: reviewer, after: earlier, now)
            return nil
        } catch {
            return error
        }
    }

    private func checkSubject(_ decision: ReviewDecision) throws(ReviewRefusal) {
        let draft = decision.draft
        func check(_ isSame: Bool, _ what: String) throws(ReviewRefusal) {
            if !isSame { throw ReviewRefusal(.foreign, "it is signed for another \(what)") }
        }
        try check(draft.network.hasSameBytes(as: application.network), "network")
        try check(draft.issuer.hasSameBytes(as: issuer), "auditor, \(draft.issuer)")
        try check(draft.application == application.digest, "application, \(draft.application)")
        try check(draft.policy == policy.digest, "policy, \(draft.policy)")
        guard draft.facts == facts.digest else {
            throw ReviewRefusal(
                .otherFacts,
                "its reviewer was shown the facts \(draft.facts), those on record are "
                    + "\(facts.digest)")
        }
    }

    private func checkReviewer(_ decision: ReviewDecision) throws(ReviewRefusal) -> Reviewer {
        guard let reviewer = reviewer(decision.reviewer) else {
            throw ReviewRefusal(
                .unknownReviewer, "\(decision.reviewer) is no reviewer of \(issuer)")
        }
        if let interest = reviewer.interest(in: application) {
            throw ReviewRefusal(.ownPeople, "\(interest), and so must not decide on it")
        }
        return reviewer
    }

    private func checkTimes(_ decision: ReviewDecision, _ now: Instant) throws(ReviewRefusal) {
        let validity = decision.validity
        let tolerance = Limits.reviewClockToleranceMilliseconds
        guard validity.from.milliseconds(since: facts.referredAt) >= -tolerance else {
            throw ReviewRefusal(
                .wrongTime,
                "it is dated \(validity.from.rfc3339), before the application was referred")
        }
        guard validity.from.milliseconds(since: now) <= tolerance else {
            throw ReviewRefusal(
                .wrongTime,
                "it is dated \(validity.from.rfc3339), and it is \(now.rfc3339) here. Correct the "
                    + "clock of the machine that signed.")
        }
        guard now < validity.until else {
            throw ReviewRefusal(
                .expired, "it was good before \(validity.until.rfc3339). Sign a new one.")
        }
        let length = validity.until.milliseconds(since: validity.from)
        guard length <= rule.approvalExpiresAfterSeconds * 1000 else {
            throw ReviewRefusal(
                .tooLong,
                "it is good for \(length / 1000) s, and the policy allows "
                    + "\(rule.approvalExpiresAfterSeconds) s")
        }
    }

    /// A refusal needs no role: whoever may decide may say no.
    private func checkRole(
        _ decision: ReviewDecision, by reviewer: Reviewer, after earlier: [ReviewDecision],
        _ now: Instant
    ) throws(ReviewRefusal) {
        guard decision.kind == .approve else { return }
        guard let name = decision.draft.role else {
            guard usedFreeApprovals(earlier, at: now) < freeApprovals else {
                let names = rule.parts.map(\.name).joined(separator: ", ")
                throw ReviewRefusal(.role, "approvals have to say which they are: \(names)")
            }
            return
        }
        guard let part = rule.parts.first(where: { $0.name.hasSameBytes(as: name) }) else {
            throw ReviewRefusal(.role, "the policy has no role or step \(name)")
        }
        if let role = part.role, !reviewer.has(role: role) {
            throw ReviewRefusal(.role, "\(reviewer.name) does not have the role \(role)")
        }
        if let step = step(of: earlier, at: now), !step.hasSameBytes(as: name) {
            throw ReviewRefusal(.role, "the step \(step) comes first")
        }
        guard lacks(name, earlier, at: now) else {
            throw ReviewRefusal(.role, "\(name) has all its approvals already")
        }
    }
}
