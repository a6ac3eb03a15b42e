import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing

@testable import AuditorServer

/// An auditor believes in a deposit that the ledger holds, of the amount its policy asks for.
@Suite struct DepositEvidenceTests {
    private let world: AuditWorld

    init() throws { world = try AuditWorld() }

    @Test func `a deposit counts once it is on the ledger, held, and large enough`() async throws {
        let configuration = try AuditorConfiguration(
            path: try world.configureAuditor(
                "a1", policy: "deposit-and-credit.json", port: try await freePort()))
        let issuer = configuration.issuer
        let auditor = try await AuditorServer.start(configuration, log: { _ in })
        let applicant = try TestApplicant(world)
        let credit = try world.creditStatement(for: applicant.did, score: 700)
        func pay(_ amount: UInt64) throws -> Digest {
            try world.ledger.pay(amount, by: applicant.did, to: issuer, for: applicant.did)
        }
        // A payment that no block has is none, whoever knows its id.
        let uncommitted = Digest.sha256([1])
        let leaving = try pay(1000)
        try await auditor.service.store.database.write { connection in
            try connection.execute(
                "INSERT INTO refunds VALUES (?, 'n', 'p', '1000', 'requested', 'refused', 0, 0)",
                [.text(leaving.text)])
        }
        let cases: [(Digest, AuditorAnswer.Outcome, String)] = [
            (uncommitted, .refusal, "is not on the ledger"),
            (try pay(999), .refusal, "the deposit is 999, and 1000 is asked for"),
            (try pay(1000), .consent, ""),
            (leaving, .refusal, "is refunding, not held"),
        ]
        for (deposit, outcome, reason) in cases {
            let application = try applicant.application(deposits: [deposit], credit: credit)
            let answer = try await auditor.service.submit(application.jws.compact)
            #expect(answer.outcome == outcome, "\(reason)")
            #expect(answer.findings.text.contains(reason), "\(answer.findings.text)")
        }
        await applicant.stop()
        await auditor.stop()
    }
}
