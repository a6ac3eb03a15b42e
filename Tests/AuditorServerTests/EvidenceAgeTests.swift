import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing

/// How old evidence may be when a consent is signed.
@Suite struct EvidenceAgeTests {
    @Test(arguments: [("24h", true), ("1s", false)])
    func `evidence older than the policy allows is gathered again before a consent is signed`(
        age: String, isGranted: Bool
    ) async throws {
        let world = try await ReviewWorld()
        try ReviewWorld.change(
            "\(world.world.folder.file("a3"))/policy.json", [("evidenceMaxAge", JSON(age))])
        let auditor = try await world.start()
        let application = try await world.refer()
        let referred = SystemClock.now()
        // The node met its challenge then, and would not now.
        await world.applicant.stop()
        while SystemClock.now().milliseconds(since: referred) < 1_500 {
            try await Task.sleep(for: .milliseconds(50))
        }
        let dossier = try await world.dossier(application)
        for reviewer in world.reviewers.prefix(2) {
            _ = try await world.handIn(
                try world.decision(.approve, by: reviewer, dossier).jws.compact, application)
        }

        let answer = try await world.answer(application)
        let credential = try Credential(try #require(answer["credential"]?.stringValue))
        #expect(credential.claims.consent.isGranted == isGranted)
        await auditor.stop()
    }
}
