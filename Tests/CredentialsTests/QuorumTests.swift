import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct QuorumTests {
    let candidacy: TestCandidacy
    let credentials: [Credential]
    var now: Instant { candidacy.now }
    var application: Application { candidacy.application }

    init() throws {
        candidacy = try TestCandidacy()
        let (application, now) = (candidacy.application, candidacy.now)
        credentials = try candidacy.auditors.map { try $0.credential(for: application, at: now) }
    }

    /// A bundle whose holder put in whatever it liked, in the order of issuers.
    private func bundle(_ credentials: [Credential]) throws -> Bundle {
        let merged = try candidacy.bundle([credentials[0]])
        let holder = try KeyPair()
        let ordered = credentials.sorted { $0.claims.issuer < $1.claims.issuer }
        let token = try resigned(merged.jws, holder) { claims in
            claims["verifiableCredential"] = .array(
                ordered.map { credential in
                    [
                        "@context": "https://www.w3.org/ns/credentials/v2",
                        "type": "EnvelopedVerifiableCredential",
                        "id": .string("data:application/vc+jwt," + credential.jws.compact),
                    ]
                })
            let end = ordered.map(\.claims.validity.until).min() ?? now
            claims["exp"] = JSON(end.seconds)
        }
        return try Bundle(token)
    }

    @Test func `enough distinct auditors and operators make a quorum`() throws {
        let all = try #require(candidacy.verify(try bundle(credentials)).verified)
        #expect(all.consents.map(\.claims.issuer) == candidacy.auditors.map(\.issuer))
        #expect(all.node == candidacy.node.did)
        #expect(all.application == application.digest)
        #expect(all.consensusKey == candidacy.consensusKey.publicKey)
        #expect(all.endpoint == application.endpoint)
        #expect(all.validUntil == now.adding(milliseconds: 3_600_000))
        #expect(all.rejections.isEmpty && all.refusals.isEmpty)
        let two = candidacy.verify(try bundle(Array(credentials.prefix(2))))
        #expect(two.verified?.consents.count == 2)
        let one = candidacy.verify(try bundle(Array(credentials.prefix(1))))
        #expect(one.refusalCodes == ["quorum-not-met", "operators-not-met"])
    }

    @Test func `who holds the bundle does not matter`() throws {
        let honest = try bundle(credentials)
        let stranger = try KeyPair()
        let forged = try Bundle(resigned(honest.jws, stranger))
        #expect(candidacy.verify(forged).verified?.consents.count == 3)
        let broken = try Bundle(
            honest.jws.compact.split(separator: ".").prefix(2).joined(separator: ".") + ".AAAA")
        #expect(candidacy.verify(broken).verified != nil)
    }

    @Test func `a refusal travels along and does not count`() throws {
        let refusal = try candidacy.auditors[2].credential(
            for: application, at: now, consent: .refused(reason: "DepositTooSmall"))
        let met = candidacy.verify(try bundle([credentials[0], credentials[1], refusal]))
        #expect(met.verified?.consents.count == 2)
        #expect(met.verified?.refusals.map(\.claims.issuer) == ["https://a3.example"])
        let unmet = candidacy.verify(try bundle([credentials[0], refusal]))
        #expect(
            unmet.refusalCodes == [
                "https://a3.example refused", "quorum-not-met", "operators-not-met",
            ])
        if case .refused(let reasons) = unmet {
            #expect(reasons[0].detail == "DepositTooSmall")
            #expect(reasons[1].detail == "1 valid consents of the 2 needed")
        }
    }

    @Test func `two auditors of one operator do not make two operators`() throws {
        let shared = try TestCandidacy(operators: ["a", "a", "b"])
        let signed = try shared.auditors.map {
            try $0.credential(for: shared.application, at: shared.now)
        }
        #expect(
            shared.verify(try shared.bundle(Array(signed.prefix(2)))).refusalCodes
                == ["operators-not-met"])
        #expect(shared.verify(try shared.bundle([signed[0], signed[2]])).verified != nil)
    }

    @Test func `the quorum stands until the first consent ends and not at that moment`() throws {
        let end = now.adding(milliseconds: 5_000)
        let short = try candidacy.auditors[0].credential(for: application, at: now) {
            $0.validity = Validity(from: now, until: end)
        }
        let bundle = try bundle([short, credentials[1]])
        #expect(candidacy.verify(bundle, at: now).verified?.validUntil == end)
        #expect(candidacy.verify(bundle, at: end.adding(milliseconds: -1)).verified != nil)
        for time in [end, end.adding(milliseconds: 1)] {
            #expect(
                candidacy.verify(bundle, at: time).refusalCodes == [
                    "https://a1.example expired", "quorum-not-met", "operators-not-met",
                ])
        }
        #expect(
            candidacy.verify(bundle, at: now.adding(milliseconds: -1)).refusalCodes == [
                "https://a1.example not-yet-valid", "https://a2.example not-yet-valid",
                "quorum-not-met", "operators-not-met",
            ])
    }

    @Test func `a credential that failed is named although the quorum stands`() throws {
        let forged = try Credential(resigned(credentials[2].jws, try KeyPair()))
        let met = candidacy.verify(try bundle([credentials[0], credentials[1], forged]))
        #expect(met.verified?.rejections.map(\.code) == [.badSignature])
        #expect(met.verified?.rejections.map(\.issuer) == ["https://a3.example"])
        #expect(met.verified?.consents.count == 2)
    }

    @Test func `every failing auditor has its reason`() throws {
        let stranger = try TestAuditor(
            "a0", operatorName: "x",
            window: candidacy.auditors[0].window)
        let unknown = try stranger.credential(for: application, at: now)
        let late = try candidacy.auditors[1].credential(
            for: application, at: now.adding(milliseconds: -7_200_000))
        let other = try candidacy.auditors[2].credential(for: application, at: now) {
            $0.network = "other"
        }
        let result = candidacy.verify(try bundle([unknown, credentials[0], late, other]))
        #expect(
            result.refusalCodes == [
                "https://a0.example unknown-auditor", "https://a2.example expired",
                "https://a3.example wrong-network", "quorum-not-met", "operators-not-met",
            ])
    }

    @Test func `credentials for different applications do not add up`() throws {
        let second = try ApplicationDraft.test(
            consensusKey: candidacy.consensusKey.publicKey, at: now
        ).sign(with: candidacy.node.key)
        let other = try candidacy.auditors[1].credential(for: second, at: now)
        let mixed = try bundle([credentials[0], other])
        #expect(
            candidacy.verify(mixed).refusalCodes == [
                "https://a2.example wrong-application", "quorum-not-met", "operators-not-met",
            ])
        let expected = QuorumVerifier.verify(
            mixed, set: candidacy.set, network: candidacy.network, at: now,
            application: second.digest)
        #expect(
            expected.refusalCodes == [
                "https://a1.example wrong-application", "quorum-not-met", "operators-not-met",
            ])
    }

    @Test func `one node, one consensus key and one endpoint stand in all of them`() throws {
        let other = try TestCandidacy()
        for (change, reason): ((inout CredentialClaims) -> Void, String) in [
            ({ $0.node = other.node.publicKey }, "wrong-node"),
            ({ $0.consensusKey = other.consensusKey.publicKey }, "wrong-consensus-key"),
            ({ $0.endpoint = "https://10.0.0.1:1" }, "wrong-endpoint"),
        ] {
            let changed = try candidacy.auditors[1].credential(
                for: application, at: now, consent: .granted, change)
            #expect(
                candidacy.verify(try bundle([credentials[0], changed])).refusalCodes?.first
                    == "https://a2.example \(reason)")
        }
    }

    @Test func `two answers of one auditor cancel each other`() throws {
        let again = try candidacy.auditors[0].credential(for: application, at: now)
        let result = candidacy.verify(try bundle([credentials[0], again, credentials[1]]))
        #expect(
            result.refusalCodes == [
                "https://a1.example duplicate-auditor", "https://a1.example duplicate-auditor",
                "quorum-not-met", "operators-not-met",
            ])
        let same = candidacy.verify(try bundle([credentials[0], credentials[0]]))
        #expect(same.refusalCodes?.contains("quorum-not-met") == true)
    }

    @Test func `a bundle is of no use in another network`() throws {
        let bundle = try bundle(credentials)
        let elsewhere = QuorumVerifier.verify(
            bundle, set: candidacy.set, network: "other", at: now)
        #expect(elsewhere.refusalCodes == ["wrong-network"])
        let set = try AuditorSet(
            version: 1, network: "other", threshold: 2, operators: 2,
            auditors: candidacy.auditors.map(\.entry))
        let replayed = QuorumVerifier.verify(bundle, set: set, network: "other", at: now)
        #expect(replayed.refusalCodes?.filter { $0.hasSuffix(" wrong-network") }.count == 3)
    }

    @Test func `an auditor taken from the set no longer counts`() throws {
        let smaller = try AuditorSet(
            version: 2, network: candidacy.network, threshold: 2, operators: 1,
            auditors: candidacy.auditors.dropFirst().map(\.entry))
        let result = QuorumVerifier.verify(
            try bundle(Array(credentials.prefix(2))), set: smaller, network: candidacy.network,
            at: now)
        #expect(result.refusalCodes == ["https://a1.example unknown-auditor", "quorum-not-met"])
    }

    @Test func `deposits are told with the auditor they were paid to`() throws {
        let deposit = HeldDeposit(id: .sha256([1]), amount: 500, account: candidacy.node.did)
        let paid = try candidacy.auditors[0].credential(for: application, at: now) {
            $0.qualifications["deposit"] = deposit.json
        }
        let verified = try #require(
            candidacy.verify(try bundle([paid, credentials[1]])).verified)
        #expect(verified.deposits.map(\.issuer) == ["https://a1.example"])
        #expect(verified.deposits.map(\.deposit) == [deposit])
    }
}
