import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct CredentialTests {
    let candidacy: TestCandidacy
    let credential: Credential
    var auditor: TestAuditor { candidacy.auditors[0] }
    var now: Instant { candidacy.now }

    init() throws {
        candidacy = try TestCandidacy()
        credential = try candidacy.auditors[0].credential(
            for: candidacy.application, at: candidacy.now)
    }

    private func verify(_ credential: Credential, at time: Instant? = nil) -> CredentialError.Code?
    {
        code { () throws(CredentialError) in
            try candidacy.set.verify(credential, at: time ?? now)
        }
    }

    private func read(_ token: String) -> CredentialError.Code? {
        code { () throws(CredentialError) in try Credential(token) }
    }

    @Test func `a credential has the claims of the standard and says them once`() throws {
        let json = try JSON.parse(credential.jws.payload)
        #expect(json["vc"] == nil)
        #expect(json["nbf"] == nil)
        #expect(json["iss"] == json["issuer"])
        #expect(json["jti"] == json["id"])
        #expect(json["sub"] == json["credentialSubject"]?["id"])
        #expect(json["validFrom"] == "2026-11-21T09:00:00Z")
        #expect(json["validUntil"] == "2026-11-21T10:00:00Z")
        #expect(json["exp"]?.int64Value == now.seconds + 3600)
        #expect(json["cnf"]?["jwk"] == candidacy.node.publicKey.jwk)
        #expect(json["credentialSubject"]?["consent"] == true)
        #expect(credential.jws.header.type == "vc+jwt")
        #expect(credential.jws.header.contentType == "vc")
        #expect(
            credential.keyID == "https://a1.example#" + auditor.pair.publicKey.thumbprint)
    }

    @Test func `claims read back as they were`() throws {
        var claims = auditor.claims(
            for: candidacy.application, at: now, consent: .refused(reason: "DepositTooSmall"))
        let deposit = HeldDeposit(id: .sha256([1]), amount: .max, account: candidacy.node.did)
        claims.qualifications["deposit"] = deposit.json
        claims.qualifications["credit"] = ["score": "742"]
        claims.evidence = [
            Evaluation(
                mode: .human, policy: "p@2", policyDigest: .sha256([9]),
                findings: [CredentialFinding(rule: "r", reason: "R", message: "m")],
                reviewers: [candidacy.node.did])
        ]
        let read = try claims.sign(with: auditor.pair.key).claims
        #expect(read == claims)
        #expect(read.deposit == deposit)
    }

    @Test func `validity includes its first and excludes its last moment`() throws {
        let verified = try candidacy.set.verify(credential, at: now)
        let end = now.adding(milliseconds: 3_600_000)
        for (time, expected): (Instant, CredentialError.Code?) in [
            (now.adding(milliseconds: -1), .notYetValid), (now, nil),
            (now.adding(milliseconds: 1), nil), (end.adding(milliseconds: -1), nil),
            (end, .expired), (end.adding(milliseconds: 1), .expired),
        ] {
            #expect(verify(credential, at: time) == expected, "\(time.rfc3339)")
            #expect(verified.isValid(at: time) == (expected == nil))
        }
    }

    @Test(arguments: [
        "network", "application", "consensusKey", "endpoint", "consent", "id", "type",
    ])
    func `a changed subject breaks the signature or the reading`(name: String) throws {
        let token = try forged(credential.jws) { claims in
            let other: JSON =
                switch name {
                case "network": "other"
                case "application": .string(Digest.zero.text)
                case "consensusKey":
                    claims["credentialSubject"]?["consensusKey"].map { _ in
                        .string(Base64URL.encode(otherConsensusKey))
                    } ?? nil
                case "endpoint": "https://10.0.0.1:1"
                case "consent": false
                case "id": .string(auditor.account.did)
                default: "Other"
                }
            claims.change("credentialSubject", name, to: other)
            if name == "consent" { claims.change("credentialSubject", "reason", to: "x") }
            if name == "id" {
                claims["sub"] = other
                claims["cnf"] = ["jwk": auditor.account.publicKey.jwk]
            }
        }
        if let changed = try? Credential(token) {
            let expected: CredentialError.Code = name == "network" ? .wrongNetwork : .badSignature
            #expect(verify(changed) == expected)
        } else {
            #expect(name == "type")
        }
    }

    private var otherConsensusKey: [UInt8] {
        (try? KeyPair(.ed25519).publicKey.bytes) ?? []
    }

    @Test func `changed times break the signature`() throws {
        let later = now.adding(milliseconds: 7_200_000)
        let token = try forged(credential.jws) {
            $0["validUntil"] = .string(later.rfc3339)
            $0["exp"] = JSON(later.seconds)
        }
        #expect(verify(try Credential(token)) == .badSignature)
    }

    @Test func `members that repeat each other have to agree`() throws {
        let other = try KeyPair()
        let changes: [(String, JSON)] = [
            ("iss", "https://a2.example"), ("sub", .string(other.did)),
            ("jti", "urn:uuid:00000000-0000-4000-8000-000000000000"),
            ("exp", JSON(now.seconds + 3601)), ("exp", JSON(now.seconds + 3599)),
            ("iat", JSON(now.seconds - 1)), ("iat", JSON(now.seconds + 301)),
            ("iat", JSON(now.seconds + 3600)), ("cnf", ["jwk": other.publicKey.jwk]),
            ("cnf", JSON.object(JSONObject())),
        ]
        for (name, value) in changes {
            let token = try resigned(credential.jws, auditor.pair) { $0[name] = value }
            #expect(read(token) == .inconsistent, "\(name) \(value)")
        }
    }

    @Test func `wrong kinds, fractions and other statements are refused`() throws {
        let changes: [(String, JSON)] = [
            ("exp", "1795255200"), ("iat", try JSON.parse("1.5")), ("exp", true),
            ("validUntil", "2026-11-21T10:00:00.500Z"), ("validFrom", "2026-11-21"),
            ("nbf", JSON(now.seconds)), ("vc", ["a": 1]), ("vp", ["a": 1]),
            ("type", "CandidacyCredential"), ("type", ["VerifiableCredential"]),
            ("@context", ["https://www.w3.org/ns/credentials/v2"]),
            ("issuer", ["id": "https://a1.example"]), ("id", "urn:uuid:1"),
            ("id", "urn:uuid:00000000-0000-4000-8000-00000000000G"), ("evidence", ["x": 1]),
            ("credentialStatus", "x"), ("credentialSubject", ["x"]),
        ]
        for (name, value) in changes {
            let token = try resigned(credential.jws, auditor.pair) { $0[name] = value }
            #expect(read(token) == .malformed, "\(name) \(value)")
        }
    }

    @Test func `unknown claims are passed over, unknown members of the subject are not`() throws {
        let extended = try resigned(credential.jws, auditor.pair) {
            $0["termsOfUse"] = ["type": "X"]
        }
        #expect(verify(try Credential(extended)) == nil)
        let subject = try resigned(credential.jws, auditor.pair) {
            $0.change("credentialSubject", "score", to: "1")
        }
        #expect(read(subject) == .malformed)
    }

    @Test func `consent is stated, and a reason stands with a refusal alone`() throws {
        for (consent, reason): (JSON?, JSON?) in [
            (nil, nil), ("true", nil), (1, nil), (true, "x"), (false, nil), (false, 1),
        ] {
            let token = try resigned(credential.jws, auditor.pair) {
                $0.change("credentialSubject", "consent", to: consent)
                $0.change("credentialSubject", "reason", to: reason)
            }
            #expect(read(token) == .malformed)
        }
    }

    @Test func `one kind of token never passes for another`() throws {
        let application = candidacy.application
        #expect(read(application.jws.compact) == .wrongType)
        #expect(read(try candidacy.bundle([credential]).jws.compact) == .wrongType)
        let asApplication = code { () throws(CredentialError) in
            try Application.verify(credential.jws.compact, network: "test-network", at: now)
        }
        #expect(asApplication == .wrongType)
        #expect(
            code { () throws(CredentialError) in try Bundle(credential.jws.compact) } == .wrongType)
    }

    @Test func `only the auditor's own key in the set signs for it`() throws {
        let stranger = try KeyPair()
        let second = candidacy.auditors[1]
        let claims = auditor.claims(for: candidacy.application, at: now)
        #expect(verify(try claims.sign(with: stranger.key)) == .unknownKey)
        #expect(verify(try claims.sign(with: second.pair.key)) == .unknownKey)
        let named = try resigned(credential.jws, stranger)
        #expect(verify(try Credential(named)) == .badSignature)
        var other = claims
        other.issuer = "https://a9.example"
        #expect(verify(try other.sign(with: auditor.pair.key)) == .unknownAuditor)
    }

    @Test func `a kid that is not issuer and thumbprint finds no key`() throws {
        let thumbprint = auditor.pair.publicKey.thumbprint
        for keyID in [
            thumbprint, "https://a2.example#" + thumbprint, "https://a1.example/#" + thumbprint,
            "https://a1.example#", "../../etc/passwd", "' OR 1=1 --",
        ] {
            let token = try resigned(credential.jws, auditor.pair, keyID: keyID)
            #expect(verify(try Credential(token)) == .unknownKey, "\(keyID)")
        }
    }

    @Test func `a credential is signed in its key's window and ends in it`() throws {
        let window = auditor.window
        let hour: Int64 = 3_600_000
        for (start, length, expected): (Instant, Int64, CredentialError.Code?) in [
            (window.from, hour, nil),
            (window.from.adding(milliseconds: -1000), hour, .outsideKeyWindow),
            (window.until.adding(milliseconds: -hour), hour, nil),
            (window.until.adding(milliseconds: -hour), hour + 1000, .outsideKeyWindow),
            (window.until, 1000, .outsideKeyWindow),
        ] {
            let signed = try auditor.credential(for: candidacy.application, at: start) {
                $0.validity = Validity(from: start, until: start.adding(milliseconds: length))
            }
            #expect(verify(signed, at: start) == expected, "\(start.rfc3339)")
        }
    }

    @Test func `a replay in another network is refused`() throws {
        let other = try AuditorSet(
            version: 1, network: "other-network", threshold: 2, operators: 1,
            auditors: candidacy.auditors.map(\.entry))
        let refused = code { () throws(CredentialError) in try other.verify(credential, at: now) }
        #expect(refused == .wrongNetwork)
    }

    @Test func `a credential over its size is refused`() throws {
        let token = try resigned(credential.jws, auditor.pair) {
            $0["padding"] = .string(String(repeating: "x", count: 40_000))
        }
        #expect(read(token) == .limit)
    }
}
