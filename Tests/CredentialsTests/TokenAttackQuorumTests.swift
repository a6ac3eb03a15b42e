import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

/// Attacks on the counting of credentials. Whoever merges a bundle is not trusted, so each bundle
/// here is put together by hand and signed by a holder who may put in what he likes.
@Suite struct TokenAttackQuorumTests {
    let candidacy: TestCandidacy
    let good: [Credential]

    init() throws {
        candidacy = try TestCandidacy()
        let candidacy = candidacy
        good = try candidacy.auditors.map {
            try $0.credential(for: candidacy.application, at: candidacy.now)
        }
    }

    /// A bundle of these credentials in this order, whatever they are.
    private func compact(_ credentials: [Credential]) throws -> String {
        let holder = try KeyPair()
        var token = try HandMadeToken(taking: candidacy.bundle([good[0]]).jws.compact)
        token = token.with("kid", "\"\(holder.did)\"")
        var claims = try #require(try JSON.parse(token.payload).objectValue)
        claims["holder"] = ["id": .string(holder.did)]
        claims["iss"] = .string(holder.did)
        claims["verifiableCredential"] = .array(
            credentials.map { credential in
                [
                    "@context": "https://www.w3.org/ns/credentials/v2",
                    "type": "EnvelopedVerifiableCredential",
                    "id": .string("data:application/vc+jwt," + credential.jws.compact),
                ]
            })
        let end = credentials.map(\.claims.validity.until).min() ?? candidacy.now
        claims["exp"] = JSON(end.seconds)
        token.payload = JSON.object(claims).bytes
        return try token.signed(by: holder)
    }

    private func codes(_ credentials: [Credential], set: AuditorSet? = nil) throws -> [String]? {
        QuorumVerifier.verify(
            try Bundle(compact(credentials)), set: set ?? candidacy.set,
            network: candidacy.network, at: candidacy.now
        ).refusalCodes
    }

    private let few = ["quorum-not-met", "operators-not-met"]

    @Test func `two good credentials are a quorum, put together by hand or not`() throws {
        #expect(try codes(Array(good.prefix(2))) == nil)
    }

    @Test func `one credential twice counts for nothing`() throws {
        let twice = [
            "https://a1.example duplicate-auditor", "https://a1.example duplicate-auditor",
        ]
        #expect(try codes([good[0], good[0]]) == twice + few)
        let thrice = Array(repeating: "https://a1.example duplicate-auditor", count: 3)
        #expect(try codes([good[0], good[0], good[0]]) == thrice + few)
    }

    @Test func `one id twice counts for nothing, under one signature or two`() throws {
        let again = try candidacy.auditors[0].credential(
            for: candidacy.application, at: candidacy.now
        ) { $0.id = good[0].claims.id }
        let twice = [
            "https://a1.example duplicate-auditor", "https://a1.example duplicate-auditor",
        ]
        #expect(try codes([good[0], again]) == twice + few)
        // The duplicate does not carry the quorum either when another auditor is there.
        #expect(try codes([good[0], again, good[1]]) == twice + few)
    }

    @Test func `one auditor with two keys counts once`() throws {
        let first = candidacy.auditors[0]
        let second = try KeyPair()
        var auditors = candidacy.auditors.map(\.entry)
        auditors[0] = AuditorSet.Auditor(
            issuer: first.issuer, name: "a1", operatorName: first.operatorName,
            account: first.account.did,
            keys: [
                AuditorSet.Key(key: first.pair.publicKey, window: first.window),
                AuditorSet.Key(key: second.publicKey, window: first.window),
            ])
        let set = try AuditorSet(
            version: 2, network: candidacy.network, threshold: 2, operators: 2,
            auditors: auditors)
        let other = try first.claims(for: candidacy.application, at: candidacy.now)
            .sign(with: second.key)
        #expect(try codes([good[0], good[1]], set: set) == nil)
        #expect(try codes([other, good[1]], set: set) == nil)
        let twice = [
            "https://a1.example duplicate-auditor", "https://a1.example duplicate-auditor",
        ]
        #expect(try codes([good[0], other], set: set) == twice + few)
    }

    @Test func `one key under two names makes no set`() throws {
        let first = candidacy.auditors[0]
        let twin = AuditorSet.Auditor(
            issuer: "https://b1.example", name: "b1", operatorName: "east",
            account: first.account.did,
            keys: [AuditorSet.Key(key: first.pair.publicKey, window: first.window)])
        #expect(
            code { () throws(CredentialError) in
                try AuditorSet(
                    version: 2, network: candidacy.network, threshold: 2, operators: 2,
                    auditors: [first.entry, twin, candidacy.auditors[1].entry])
            } == .auditorSet)
    }

    @Test func `auditors of one operator count once towards the operators`() throws {
        let shared = try TestCandidacy(operators: ["a", "a", "b"])
        let signed = try shared.auditors.map {
            try $0.credential(for: shared.application, at: shared.now)
        }
        let bundle = try shared.bundle(Array(signed.prefix(2)))
        #expect(shared.verify(bundle).refusalCodes == ["operators-not-met"])
    }

    @Test func `a threshold met only with strangers, refusals and forgeries is not met`() throws {
        let refusal = try candidacy.auditors[1].credential(
            for: candidacy.application, at: candidacy.now, consent: .refused(reason: "no"))
        #expect(
            try codes([good[0], refusal]) == ["https://a2.example refused"] + few)
        let forged = try Credential(
            HandMadeToken(taking: good[1].jws.compact).signed(by: KeyPair()))
        #expect(try codes([good[0], forged]) == ["https://a2.example bad-signature"] + few)
        let flipped = try Credential(
            HandMadeToken(taking: refusal.jws.compact)
                .replacing("\"consent\":false,\"reason\":\"no\"", "\"consent\":true")
                .signed(with: Array(repeating: 1, count: 64)))
        #expect(flipped.claims.consent.isGranted)
        #expect(try codes([good[0], flipped]) == ["https://a2.example bad-signature"] + few)
        let stranger = try TestAuditor(
            "a0", operatorName: "x", window: candidacy.auditors[0].window
        )
        .credential(for: candidacy.application, at: candidacy.now)
        #expect(try codes([stranger, good[0]]) == ["https://a0.example unknown-auditor"] + few)
    }

    @Test func `an auditor that was removed from the set counts no more`() throws {
        let smaller = try AuditorSet(
            version: 2, network: candidacy.network, threshold: 2, operators: 2,
            auditors: candidacy.auditors.dropFirst().map(\.entry))
        #expect(
            try codes([good[0], good[1]], set: smaller)
                == ["https://a1.example unknown-auditor"] + few)
    }

    @Test func `credentials for two applications are no quorum for either`() throws {
        let second = try ApplicationDraft.test(
            consensusKey: candidacy.consensusKey.publicKey, at: candidacy.now
        ).sign(with: candidacy.node.key)
        let other = try candidacy.auditors[1].credential(for: second, at: candidacy.now)
        #expect(
            try codes([good[0], other]) == ["https://a2.example wrong-application"] + few)
        for asked in [candidacy.application.digest, second.digest, .zero] {
            let result = QuorumVerifier.verify(
                try Bundle(compact([good[0], other])), set: candidacy.set,
                network: candidacy.network, at: candidacy.now, application: asked)
            #expect(result.verified == nil)
        }
    }

    @Test func `a credential of another node's application does not add up`() throws {
        let other = try TestCandidacy()
        let foreign = try candidacy.auditors[1].credential(
            for: other.application, at: candidacy.now)
        #expect(
            try codes([good[0], foreign]) == ["https://a2.example wrong-application"] + few)
    }

    @Test func `an envelope that is no plain credential makes no bundle`() throws {
        let whole = try HandMadeToken(taking: compact([good[0]]))
        let prefix = "data:application/vc+jwt,"
        for other in [
            "data:application/vc+jwt;base64,", "data:application/vc+sd-jwt,", "data:,",
            "DATA:application/vc+jwt,", "https://evil.example/", "data:application/vc%2Bjwt,",
            "data:application/vp+jwt,", prefix + " ", prefix + prefix,
        ] {
            let token = whole.replacing(prefix, other)
            #expect(
                code { () throws(CredentialError) in
                    try Bundle(token.signed(with: Array(repeating: 1, count: 64)))
                } == .malformed, "\(other)")
        }
    }
}
