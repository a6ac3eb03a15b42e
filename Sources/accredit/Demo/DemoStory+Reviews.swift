import Auditing
import Credentials
import Cryptography
import Encoding
import Policies
import Storage

/// What became of the application that a policy left to people.
struct DemoReview: Sendable {
    let node: String
    let application: String
    let policyDigest: Digest
    let factsDigest: Digest
    /// Name and did of who signed, in their order.
    let reviewers: [(name: String, did: String)]
    /// The auditor's answer, as it tells it to anybody.
    let answer: JSON

    var json: JSON {
        [
            "node": JSON(node), "application": JSON(application),
            "reviewers": .array(reviewers.map { JSON($0.name) }),
            "outcome": answer["outcome"] ?? .null,
        ]
    }
}

extension DemoStory {
    /// fir applies again with a credit score that a3's policy leaves to its reviewers. One signs
    /// at a terminal, one on a machine without a network.
    mutating func leaveToPeople() async throws {
        teller.chapter("11. People decide")
        let a3 = try auditor("a3")
        guard var node = DemoCast.applicants.first(where: { $0.name == DemoCast.reviewed }) else {
            return
        }
        node.creditScore = DemoCast.uncertainScore
        let application = try application(of: node)
        teller.step("\(node.name) applies at a3 once more")
        let auditor = AuditorClient(url: a3.place.url, http: ledger.http)
        let referred = try await auditor.decide(
            application.jws.compact, digest: application.digest.text, timeoutMilliseconds: 60_000)
        teller.say(
            "\(node.name) applies once more, now with a credit score of \(node.creditScore). a3 "
                + "answers: \(referred.outcome.outcome), \(referred.outcome.reason).")
        var signed: [(name: String, did: String)] = []
        var report: ReviewReport?
        for reviewer in DevelopmentNetwork.reviewers.prefix(2) {
            let shown = try await decide(
                application, reviewer, at: a3, isOffline: !signed.isEmpty)
            signed.append((reviewer.name, try network.publicKey(network.reviewerKey(reviewer)).did))
            report = shown
        }
        let answer = try await auditor.service.get("/v1/applications/\(application.digest.text)")
        teller.say("a3 answers: \(answer["outcome"]?.stringValue ?? "nothing").")
        guard let report else { return }
        review = DemoReview(
            node: node.name, application: application.digest.text,
            policyDigest: report.review.policy.digest, factsDigest: report.review.facts.digest,
            reviewers: signed, answer: answer)
    }

    /// One reviewer reads the case, checks it and approves.
    ///
    /// Never inlined: the optimizer of Swift 6.3.1 crashes when it splits a coroutine that this one
    /// was inlined into.
    @inline(never)
    private func decide(
        _ application: Application, _ reviewer: DevelopmentNetwork.Reviewer,
        at auditor: DevelopmentNetwork.Auditor, isOffline: Bool
    ) async throws -> ReviewReport {
        let signer = Signer(
            try KeyFile.read(network.reviewerKey(reviewer), passphrase: nil))
        var client = ReviewClient(auditor: auditor.place.url, http: ledger.http)
        try await client.logIn(signer)
        let dossier = try await client.dossier(application.digest)
        await client.logOut()
        // Whoever signs without a network has the case as a file, and the same checks.
        let carried = try ReviewDossier(json: JSON.parse(dossier.json.bytes))
        let report = try ReviewReport(carried, zones: ZoneTable(ZoneFiles.read))
        guard report.failed.isEmpty else {
            throw Failure(
                .verification, "demo.review", "\(reviewer.name) finds the case not in order",
                why: report.failed.map { "\($0.name): \($0.detail)" }.joined(separator: "; "))
        }
        let draft = report.draft(
            .approve, role: nil, reason: "known to \(reviewer.name)",
            seconds: report.review.rule.approvalExpiresAfterSeconds, at: SystemClock.now())
        let decision = try draft.sign(with: signer.key)
        let state = try await client.handIn(decision)["state"]?.stringValue ?? "?"
        teller.say(
            "\(reviewer.name) finds \(report.checks.count) of \(report.checks.count) checks in "
                + "order, signs\(isOffline ? " without a network" : ""), and the case is "
                + "\(state).")
        return report
    }

    /// The reviewed credential, checked apart from the servers' code: who signed what about what.
    func checkReview() -> DemoCheck {
        var check = DemoCheck(
            "reviews", "the reviewed consent carries the signed word of two reviewers about it")
        guard let review else { return check }
        check.expect(review.node) { check in
            let compact = review.answer["credential"]?.stringValue ?? ""
            let claims = try JSON.parse(JWS(compact).payload)
            let subject = claims["credentialSubject"]
            check.expect(subject?["consent"], .bool(true), "consent")
            check.expect(
                subject?["application"], JSON(review.application), "application")
            let evaluation = claims["evidence"]?.arrayValue?.first
            check.expect(evaluation?["mode"], "human", "mode")
            check.expect(
                evaluation?["reviewers"], .array(review.reviewers.map { JSON($0.did) }),
                "reviewers")
            let decisions = evaluation?["decisions"]?.arrayValue ?? []
            check.expect(decisions.count, review.reviewers.count, "decisions")
            for (decision, reviewer) in zip(decisions, review.reviewers) {
                let jws = try JWS(decision.stringValue ?? "")
                let key = try PublicKey(did: reviewer.did)
                let payload = try JSON.parse(
                    jws.verify(key: key, type: "review+jwt").jws.payload)
                check.expect(
                    payload["application"], JSON(review.application), "\(reviewer.name)'s word")
                check.expect(
                    payload["policy"], JSON(review.policyDigest.text), "\(reviewer.name)'s policy")
                check.expect(
                    payload["facts"], JSON(review.factsDigest.text), "\(reviewer.name)'s facts")
                check.expect(payload["decision"], "approve", "\(reviewer.name)'s decision")
            }
        }
        return check
    }
}
