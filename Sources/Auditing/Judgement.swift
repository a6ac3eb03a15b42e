package import Credentials
package import Encoding
package import Policies

/// What a policy said of one application, with everything a credential has to show of it. Made by
/// `judge` alone.
package struct Judgement: Sendable {
    package let application: Application
    /// The auditor that judged.
    package let issuer: String
    package let policy: AuditorPolicy
    package private(set) var findings: [Finding]
    /// The facts the answer rests on.
    package let qualifications: JSONObject
    /// The earliest end of the evidence the answer rests on.
    package let evidenceEnds: Instant
    /// The validity by policy and application, in seconds.
    package let validForSeconds: Int64
    package let judgedAt: Instant
    /// What people said of it; nil when the policy decided alone.
    private(set) var conclusion: Conclusion?

    /// The same judgement with what people said of it.
    func concluded(
        _ conclusion: Conclusion, _ review: [Finding], areFirst: Bool = false
    ) -> Judgement {
        var judgement = self
        judgement.conclusion = conclusion
        judgement.findings = areFirst ? review + findings : findings + review
        return judgement
    }

    fileprivate init(
        application: Application, issuer: String, policy: AuditorPolicy, findings: [Finding],
        qualifications: JSONObject, evidenceEnds: Instant, judgedAt: Instant
    ) {
        self.application = application
        self.issuer = issuer
        self.policy = policy
        self.findings = findings
        self.qualifications = qualifications
        self.evidenceEnds = evidenceEnds
        self.judgedAt = judgedAt
        let granted = policy.document.validForSeconds
        validForSeconds = min(granted, application.validForSeconds ?? granted)
    }
}

/// The outcome of a judgement. A grant carries the right to sign exactly one consent.
package enum Verdict: ~Copyable, Sendable {
    case granted(IssuancePermit)
    case refused(Refusal)
    /// People have to decide.
    case referred(Judgement)
}

/// The right to sign one consent. It cannot be copied, and preparing the claims spends it.
package struct IssuancePermit: ~Copyable, Sendable {
    package let judgement: Judgement

    init(_ judgement: Judgement) { self.judgement = judgement }
}

/// A refusal with its findings, to be signed like a consent.
package struct Refusal: Sendable {
    package let judgement: Judgement

    init(_ judgement: Judgement) { self.judgement = judgement }
}

/// Judges an application.
///
/// Evidence about somebody else, or out of its time, is treated as absent; absent evidence never
/// passes, and its findings say why it is absent. What the answer rests on is found by asking
/// again: a fact counts as judged when the policy does not pass without it.
package func judge(
    _ application: Application, issuer: String, policy: AuditorPolicy, evidence: Evidence,
    at now: Instant
) -> Verdict {
    let evidence = evidence.relevant(to: application, issuer: issuer, at: now)
    let document = policy.document
    let inputs = try? document.inputs(
        application: application.claims, evidence: evidence.facts, now: now)
    // What no expression could hold is refused with its reason.
    let result =
        inputs.map { document.evaluate($0) }
        ?? document.evaluate(application: application.claims, evidence: evidence.facts, now: now)
    var judged = evidence
    if result.verdict != .fail, let inputs {
        judged = rested(on: evidence) { part in
            document.evaluate(inputs.without(evidence: part)).verdict == result.verdict
        }
    }
    let judgement = Judgement(
        application: application, issuer: issuer, policy: policy,
        findings: result.findings.map { explained($0, evidence) },
        qualifications: judged.qualifications,
        evidenceEnds: judged.credit.value?.validity.until ?? .distantFuture, judgedAt: now)
    switch result.verdict {
    case .pass: return .granted(IssuancePermit(judgement))
    case .fail: return .refused(Refusal(judgement))
    case .refer: return .referred(judgement)
    }
}

/// The evidence without the parts that change nothing. What is absent changes nothing.
/// - Parameter isSame: whether the answer is the same without the part of this name.
private func rested(on evidence: Evidence, _ isSame: (String) -> Bool) -> Evidence {
    let reason = "not asked for by the policy"
    var judged = evidence
    if evidence.device.value != nil, isSame("device") { judged.device = .absent(reason: reason) }
    if evidence.deposit.value != nil, isSame("deposit") {
        judged.deposit = .absent(reason: reason)
    }
    if evidence.credit.value != nil, isSame("credit") { judged.credit = .absent(reason: reason) }
    return judged
}

/// A finding about a missing fact, with why the fact is missing.
private func explained(_ finding: Finding, _ evidence: Evidence) -> Finding {
    guard let missing = finding.missing, let reason = evidence.reasonOfAbsence(of: missing) else {
        return finding
    }
    return Finding(
        rule: finding.rule, reason: finding.reason, message: "\(finding.message): \(reason)",
        missing: missing)
}

extension Evidence {
    /// What a credential shows.
    fileprivate var qualifications: JSONObject {
        var members: [(String, JSON)] = []
        if let device = device.value { members.append(("device", device.json)) }
        if let deposit = deposit.value { members.append(("deposit", deposit.held.json)) }
        if let credit = credit.value { members.append(("credit", credit.qualification)) }
        return JSONObject(members)
    }
}
