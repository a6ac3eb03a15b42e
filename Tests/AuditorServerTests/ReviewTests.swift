import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

/// Referred applications before real reviewers of a real auditor.
@Suite struct ReviewTests {
    private func type(_ response: Response) -> String? {
        (try? response.json())?["type"]?.stringValue
    }

    private func credential(_ answer: JSON) throws -> CredentialClaims {
        try Credential(try #require(answer["credential"]?.stringValue)).claims
    }

    @Test func `two reviewers approve and the credential carries what they signed`() async throws {
        let world = try await ReviewWorld()
        let auditor = try await world.start()
        let application = try await world.refer()
        let dossier = try await world.dossier(application)
        let faults = dossier.checks().filter { !$0.holds }
        #expect(faults.isEmpty, "\(faults)")
        #expect(dossier.checks().contains { $0.name == "device" && $0.detail.contains("right") })

        let first = try world.decision(.approve, by: world.reviewers[0], dossier)
        let one = try await world.handIn(first.jws.compact, application)
        #expect(one.status == 201)
        #expect(try one.json()["state"] == "open")
        let second = try world.decision(.approve, by: world.reviewers[1], dossier)
        let two = try await world.handIn(second.jws.compact, application)
        #expect(try two.json()["outcome"] == "consent")

        let answer = try await world.answer(application)
        #expect(answer["outcome"] == "consent")
        let set = try world.world.auditorSet([world.path], threshold: 1)
        let verified = try set.verify(
            Credential(try #require(answer["credential"]?.stringValue)), at: SystemClock.now())
        let evaluation = try #require(verified.claims.evidence.first)
        #expect(evaluation.mode == .human)
        #expect(evaluation.reviewers == [world.reviewers[0].did, world.reviewers[1].did])
        #expect(evaluation.decisions == [first.jws.compact, second.jws.compact])
        for compact in evaluation.decisions {
            #expect(
                try ReviewDecision.verify(compact).draft.application == application.digest)
        }
        await auditor.stop()
        let entries = try world.entries().filter { !$0.hasPrefix("key.") }
        #expect(
            entries == [
                "application.accepted", "application.referred", "review.decided",
                "review.decided", "review.closed", "application.judged", "credential.intended",
                "credential.issued",
            ])
    }

    @Test func `an auditor that vouches names its reviewers without their signatures`() async throws
    {
        let world = try await ReviewWorld(
            review: ["approvals": 1, "of": 1, "expiresAfter": "1h"],
            members: [("reviewEvidence", "results")])
        let auditor = try await world.start()
        let application = try await world.refer()
        let dossier = try await world.dossier(application)
        let decision = try world.decision(.approve, by: world.reviewers[0], dossier)
        _ = try await world.handIn(decision.jws.compact, application)
        let claims = try credential(try await world.answer(application))
        #expect(claims.consent.isGranted)
        #expect(claims.evidence.first?.reviewers == [world.reviewers[0].did])
        #expect(claims.evidence.first?.decisions == [])
        #expect(claims.evidence.first?.findings.last?.message == "Reviewer 1 approved: seen")
        await auditor.stop()
    }

    @Test func `one refusal ends the case and its reason travels`() async throws {
        let world = try await ReviewWorld()
        let auditor = try await world.start()
        let application = try await world.refer()
        let dossier = try await world.dossier(application)
        let approval = try world.decision(.approve, by: world.reviewers[0], dossier)
        _ = try await world.handIn(approval.jws.compact, application)
        let denial = try world.decision(
            .deny, by: world.reviewers[2], dossier, reason: "never heard of them")
        let answer = try await world.handIn(denial.jws.compact, application)
        #expect(try answer.json()["outcome"] == "refusal")
        let late = try world.decision(.approve, by: world.reviewers[1], dossier)
        let refused = try await world.handIn(late.jws.compact, application)
        #expect(refused.status == 409)
        #expect(type(refused)?.hasSuffix("review-closed") == true)
        let claims = try credential(try await world.answer(application))
        #expect(claims.consent == .refused(reason: "ReviewDenied"))
        #expect(
            claims.evidence.first?.findings.first?.message
                == "Reviewer 3 denied: never heard of them")
        await auditor.stop()
    }

    @Test func `a decision handed in twice counts once and is refused the second time`()
        async throws
    {
        let world = try await ReviewWorld()
        let auditor = try await world.start()
        let application = try await world.refer()
        let dossier = try await world.dossier(application)
        let decision = try world.decision(.approve, by: world.reviewers[0], dossier)
        let first = try await world.handIn(decision.jws.compact, application)
        #expect(first.status == 201)
        let second = try await world.handIn(decision.jws.compact, application)
        #expect(second.status == 409)
        #expect(type(second)?.hasSuffix("review-known") == true)
        let again = try world.decision(.approve, by: world.reviewers[0], dossier)
        let third = try await world.handIn(again.jws.compact, application)
        #expect(type(third)?.hasSuffix("review-twice") == true)
        #expect(try await world.dossier(application).decisions.count == 1)
        await auditor.stop()
    }

    @Test func `altered, foreign and strangers' decisions are refused and leave no trace`()
        async throws
    {
        let world = try await ReviewWorld()
        let auditor = try await world.start()
        let application = try await world.refer()
        let dossier = try await world.dossier(application)
        let decision = try world.decision(.approve, by: world.reviewers[0], dossier)
        let parts = decision.jws.compact.split(separator: ".").map(String.init)
        let payload = String(decoding: decision.jws.payload, as: UTF8.self)
            .replacing("\"seen\"", with: "\"fine\"")
        let altered = [parts[0], Base64URL.encode(Array(payload.utf8)), parts[2]]
            .joined(separator: ".")
        #expect(try await world.handIn(altered, application).status == 422)

        let other = try await world.refer()
        let foreign = try world.decision(
            .approve, by: world.reviewers[0], try await world.dossier(other))
        let answer = try await world.handIn(foreign.jws.compact, application)
        #expect(type(answer)?.hasSuffix("review-foreign") == true)

        let stranger = try world.decision(.approve, by: try KeyPair(), dossier)
        let refused = try await world.handIn(stranger.jws.compact, application)
        #expect(refused.status == 403)
        await auditor.stop()
        let entries = try world.entries()
        #expect(!entries.contains("review.decided"))
    }

    @Test func `the applicant's own people neither claim nor decide`() async throws {
        let world = try await ReviewWorld(organisation: "TEST operator")
        let auditor = try await world.start()
        let application = try await world.refer()
        let dossier = try await world.dossier(application)
        let decision = try world.decision(.approve, by: world.reviewers[0], dossier)
        let answer = try await world.handIn(decision.jws.compact, application)
        #expect(answer.status == 403)
        #expect(type(answer)?.hasSuffix("review-own-people") == true)
        #expect(dossier.checks().contains { $0.name == "reviewers" && !$0.holds })
        await auditor.stop()
    }

    @Test func `a reviewer logs in once per challenge, claims a case and lets go of it`()
        async throws
    {
        let world = try await ReviewWorld()
        let auditor = try await world.start()
        let application = try await world.refer()
        let key = world.reviewers[0]
        let challenge = try await world.send(
            "POST", "/v1/reviews/challenges", ["reviewer": JSON(key.did)]
        ).json()
        let login = try ReviewLogin(json: challenge).signed(with: key.key)
        let opened = try await world.send(
            "POST", "/v1/reviews/sessions", ["login": JSON(login)])
        #expect(opened.status == 201)
        let token = try #require(try opened.json()["token"]?.stringValue)
        let again = try await world.send(
            "POST", "/v1/reviews/sessions", ["login": JSON(login)])
        #expect(again.status == 401)
        let unknown = try await world.send(
            "POST", "/v1/reviews/challenges", ["reviewer": JSON(try KeyPair().did)])
        #expect(unknown.status == 403)

        let path = "/v1/reviews/\(application.digest.text)/claim"
        #expect(try await world.send("POST", path, [:]).status == 401)
        #expect(try await world.send("POST", path, [:], token: "wrong").status == 401)
        #expect(try await world.send("POST", path, [:], token: token).status == 200)
        let list = try await world.send("GET", "/v1/reviews", token: token).json()
        let entry = try #require(list["reviews"]?.arrayValue?.first)
        #expect(entry["claims"]?.arrayValue?.first?["name"] == "Reviewer 1")
        #expect(entry["needed"] == 2)
        #expect(
            try await world.send("GET", "/v1/reviews?due=3600").json()["reviews"]
                == .array([]))
        #expect(
            try await world.send("GET", "/v1/reviews?due=260000").json()["reviews"]?
                .arrayValue?.count == 1)
        _ = try await world.send("POST", path, ["release": true], token: token)
        #expect(try await world.dossier(application).claims.isEmpty)
        _ = try await world.send("DELETE", "/v1/reviews/sessions", token: token)
        #expect(try await world.send("POST", path, [:], token: token).status == 401)
        await auditor.stop()
    }

    @Test func `a case whose time is over gets a signed refusal`() async throws {
        let world = try await ReviewWorld(
            review: ["approvals": 2, "of": 3, "expiresAfter": "1s"])
        let auditor = try await world.start()
        let application = try await world.refer()
        let claims = try credential(try await world.answer(application))
        #expect(claims.consent == .refused(reason: "ReviewExpired"))
        #expect(claims.evidence.first?.mode == .human)
        await auditor.stop()
    }

    @Test func `what a crash left between the last decision and the credential is finished`()
        async throws
    {
        let world = try await ReviewWorld()
        let first = try await world.start()
        let application = try await world.refer()
        let dossier = try await world.dossier(application)
        let one = try world.decision(.approve, by: world.reviewers[0], dossier)
        _ = try await world.handIn(one.jws.compact, application)
        await first.stop()
        // The second decision and the end of the case are on the disk, and nothing after them.
        let two = try world.decision(.approve, by: world.reviewers[1], dossier)
        let now = SystemClock.now().milliseconds
        try world.execute(
            """
            INSERT INTO review_decisions (jti, application, reviewer, decision, received)
            VALUES (?, ?, ?, ?, ?)
            """,
            [
                .text(two.draft.id), .text(application.digest.text), .text(two.reviewer),
                .text(two.jws.compact), .integer(now),
            ])
        try world.execute(
            "UPDATE reviews SET state = 'approved', closed = ?", [.integer(now)])

        let second = try await world.start()
        let answer = try await world.answer(application)
        #expect(answer["outcome"] == "consent")
        let credential = answer["credential"]
        await second.stop()
        let third = try await world.start()
        #expect(try await world.answer(application)["credential"] == credential)
        await third.stop()
        let issued = try world.entries().filter { $0 == "credential.issued" }
        #expect(issued.count == 1)
    }

    @Test func `the node's other applications stand beside the case`() async throws {
        let world = try await ReviewWorld()
        let auditor = try await world.start()
        let refused = try world.applicant.application()
        _ = try await world.send(
            "POST", "/v1/applications", ["application": JSON(refused.jws.compact)])
        let application = try await world.refer()
        let earlier = try await world.dossier(application).earlier
        #expect(earlier.map(\.application) == [refused.digest])
        #expect(earlier.first?.outcome == "refusal")
        #expect(earlier.first?.reason != nil)
        await auditor.stop()
    }

    @Test func `an auditor with one reviewer named twice does not start`() async throws {
        let world = try await ReviewWorld()
        let key = try KeyPair()
        let person: JSON = ["did": JSON(key.did), "name": "R"]
        try ReviewWorld.change(world.path, [("reviewers", [person, person])])
        #expect(throws: FormatError.self) { try AuditorConfiguration(path: world.path) }
    }
}
