package import Credentials
import Cryptography
import Encoding
package import Policies

/// One thing that a reviewer's own machine found about a case.
package struct ReviewCheck: Sendable, Equatable {
    package let name: String
    package let holds: Bool
    package let detail: String

    package init(_ name: String, _ holds: Bool, _ detail: String) {
        self.name = name
        self.holds = holds
        self.detail = detail
    }
}

extension ReviewDossier {
    /// Goes over the evidence again, with nothing but what is here: signatures, the device's work,
    /// the policy on the same facts, the decisions so far.
    /// - Parameters:
    ///   - creditSources: the reviewer's own list; the auditor's when nil.
    ///   - zones: the named time zones the policy may use.
    package func checks(
        creditSources own: [CreditSource]? = nil, zones: ZoneTable = .none
    ) -> [ReviewCheck] {
        let review: ReviewCase
        do throws(AuditingError) {
            review = try reviewCase(zones: zones)
        } catch {
            return [ReviewCheck("case", false, error.detail)]
        }
        let sources = own ?? creditSources
        var checks = [
            ReviewCheck(
                "application", true, "signed by \(review.application.node) for \(network)"),
            deviceCheck(review),
            creditCheck(review, sources, isOwn: own != nil),
            policyCheck(review, sources),
        ]
        checks += decisionChecks(review)
        if let lack = review.lack { checks.append(ReviewCheck("reviewers", false, lack)) }
        return checks
    }

    private func deviceCheck(_ review: ReviewCase) -> ReviewCheck {
        let name = "device"
        guard let stated = review.facts.evidence["device"] else {
            return ReviewCheck(name, true, "no device evidence was gathered")
        }
        guard let transcript = review.facts.device, let answer = transcript["answer"]?.stringValue,
            let json = transcript["challenge"]
        else { return ReviewCheck(name, false, "the challenge and its answer are not told") }
        do throws(CredentialError) {
            let challenge = try DeviceChallenge(json: json)
            let faults = challenge.check(answer, node: review.application.nodeKey)
            let isOwn =
                challenge.application == review.application.digest
                && challenge.node.hasSameBytes(as: review.application.node)
                && stated["signatures"]?.int64Value == Int64(challenge.signatures)
            guard faults.isEmpty, isOwn else {
                return ReviewCheck(
                    name, false,
                    faults.first?.detail ?? "the challenge was for something else")
            }
            return ReviewCheck(
                name, true,
                "\(challenge.signatures) signatures and \(challenge.memoryMebibytes) MiB of "
                    + "memory work are right; the time they took is the auditor's word")
        } catch {
            return ReviewCheck(name, false, error.detail)
        }
    }

    private func creditCheck(
        _ review: ReviewCase, _ sources: [CreditSource], isOwn: Bool
    ) -> ReviewCheck {
        let name = "credit"
        guard let stated = review.facts.evidence["credit"] else {
            return ReviewCheck(name, true, "no credit statement was believed")
        }
        guard let statement = review.application.qualifications.credit else {
            return ReviewCheck(name, false, "the application carries no credit statement")
        }
        do throws(CredentialError) {
            let credit = try CreditStatement.verify(
                statement, sources: sources, network: network,
                account: review.application.account, at: review.facts.referredAt)
            guard stated["score"]?.int64Value == credit.score else {
                return ReviewCheck(
                    name, false, "the statement says \(credit.score), the facts say otherwise")
            }
            let whose = isOwn ? "your list of sources" : "the auditor's list of sources"
            return ReviewCheck(
                name, true, "\(credit.source) signed the score \(credit.score), by \(whose)")
        } catch {
            return ReviewCheck(name, false, error.detail)
        }
    }

    /// The policy has to refer the application on these facts, for the reasons told.
    private func policyCheck(_ review: ReviewCase, _ sources: [CreditSource]) -> ReviewCheck {
        let name = "policy"
        do throws(FormatError) {
            let evidence = try review.facts.evidence(
                for: review.application, creditSources: sources)
            let outcome = trial(
                of: review.policy, review.application, issuer: issuer, evidence: evidence,
                at: review.facts.referredAt)
            let told = (review.facts.findings.arrayValue ?? []).compactMap {
                $0["reason"]?.stringValue
            }
            guard outcome.verdict == .refer, outcome.findings.map(\.reason) == told else {
                let found = outcome.findings.map(\.message).joined(separator: "; ")
                return ReviewCheck(
                    name, false, "the policy says \(outcome.verdict.rawValue) here: \(found)")
            }
            return ReviewCheck(
                name, true, "\(review.policy.title) refers it on these facts here too")
        } catch {
            return ReviewCheck(name, false, error.detail)
        }
    }

    private func decisionChecks(_ review: ReviewCase) -> [ReviewCheck] {
        var earlier: [ReviewDecision] = []
        return decisions.map { entry in
            do throws(CredentialError) {
                let decision = try ReviewDecision.verify(entry.compact)
                let name = review.reviewer(decision.reviewer)?.name ?? decision.reviewer
                let refusal = review.refusal(of: decision, after: earlier, at: entry.received)
                earlier.append(decision)
                return ReviewCheck(
                    "decision", refusal == nil,
                    refusal?.detail ?? "\(name) signed to \(decision.kind.rawValue)")
            } catch {
                return ReviewCheck("decision", false, error.detail)
            }
        }
    }
}
