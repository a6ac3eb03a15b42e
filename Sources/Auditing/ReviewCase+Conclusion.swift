package import Credentials
import Cryptography
package import Encoding
import Policies

/// How the people behind an answer are shown in its credential.
package enum ReviewEvidence: String, Sendable, CaseIterable {
    /// The decisions travel as their reviewers signed them, for anybody to verify.
    case decisions
    /// The auditor vouches: who decided and what, without their signatures.
    case results
}

/// What people said of a judgement that was referred to them.
struct Conclusion: Sendable {
    let reviewers: [String]
    let decisions: [String]
}

extension ReviewCase {
    /// The answer that the decisions lead to: the policy is asked again now, with evidence that may
    /// be newer than what the reviewers saw, and refuses whatever they said if it fails.
    /// - Parameters:
    ///   - closedAt: when the case was decided; approvals that counted then count.
    ///   - shown: how the credential shows the decisions.
    /// - Returns: a grant, a refusal, or `referred` while the case is pending.
    package func conclude(
        _ decisions: [ReviewDecision], closedAt: Instant, evidence: Evidence,
        shown: ReviewEvidence, at now: Instant
    ) -> Verdict {
        let verdict = judge(
            application, issuer: issuer, policy: policy, evidence: evidence, at: now)
        let judgement: Judgement
        let isFailing: Bool
        switch consume verdict {
        case .granted(let permit): (judgement, isFailing) = (permit.judgement, false)
        case .refused(let refusal): (judgement, isFailing) = (refusal.judgement, true)
        case .referred(let referred): (judgement, isFailing) = (referred, false)
        }
        switch standing(of: decisions, at: closedAt) {
        case .pending:
            return .referred(judgement)
        case .approved:
            let approvals = approvals(in: decisions, at: closedAt)
            let findings = approvals.map { finding("ReviewApproved", "approved", $0) }
            let answer = judgement.concluded(
                conclusion(approvals, shown), isFailing ? [] : findings)
            return isFailing ? .refused(Refusal(answer)) : .granted(IssuancePermit(answer))
        case .denied(let did):
            let denials = decisions.filter {
                $0.kind == .deny && $0.reviewer.hasSameBytes(as: did)
            }.prefix(1)
            let findings = denials.map { finding("ReviewDenied", "denied", $0) }
            return .refused(
                Refusal(
                    judgement.concluded(
                        conclusion(Array(denials), shown), findings, areFirst: true)))
        case .expired:
            let finding = Finding(
                rule: "review", reason: "ReviewExpired",
                message: "the reviewers did not decide before \(due.rfc3339)")
            return .refused(
                Refusal(
                    judgement.concluded(
                        Conclusion(reviewers: [], decisions: []), [finding], areFirst: true)))
        }
    }

    private func conclusion(
        _ decisions: [ReviewDecision], _ shown: ReviewEvidence
    ) -> Conclusion {
        let isEmbedded =
            shown == .decisions && decisions.count <= Limits.embeddedDecisionCountMaximum
        return Conclusion(
            reviewers: decisions.prefix(Limits.namedReviewerCountMaximum).map(\.reviewer),
            decisions: isEmbedded ? decisions.map(\.jws.compact) : [])
    }

    private func finding(
        _ reason: String, _ verb: String, _ decision: ReviewDecision
    ) -> Finding {
        let name = reviewer(decision.reviewer)?.name ?? decision.reviewer
        let role = decision.draft.role.map { " in \($0)" } ?? ""
        return Finding(
            rule: "review", reason: reason,
            message: "\(name) \(verb)\(role): \(decision.draft.reason)")
    }
}
