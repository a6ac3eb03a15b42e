import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

/// Documents that their rightful signer signed and whose content must not be believed all the same:
/// times, names and networks, and content that is too large.
@Suite struct TokenAttackClaimTests {
    let world: SignedWorld
    var now: Int64 { world.candidacy.now.seconds }

    init() throws { world = try SignedWorld() }

    private func claims(_ kind: SignedKind) throws -> JSONObject {
        try #require(try JSON.parse(world.token(kind).payload).objectValue)
    }

    private func refusal(
        _ kind: SignedKind, _ change: (inout JSONObject) -> Void
    ) throws -> String? {
        var token = world.token(kind)
        var claims = try claims(kind)
        change(&claims)
        token.payload = JSON.object(claims).bytes
        return world.refusal(kind, try token.signed(by: world.signer(kind)))
    }

    /// A member written as this text, which no JSON writer of ours would make.
    private func refusal(
        _ kind: SignedKind, _ name: String, written text: String
    ) throws -> String? {
        var token = world.token(kind)
        var claims = try claims(kind)
        claims[name] = "MARK"
        token.payload = JSON.object(claims).bytes
        return world.refusal(
            kind, try token.replacing("\"MARK\"", text).signed(by: world.signer(kind)))
    }

    /// Which kinds say a time in which claim.
    static let times: [(SignedKind, String)] = [
        (.application, "iat"), (.credential, "exp"), (.credential, "iat"), (.bundle, "exp"),
        (.bundle, "iat"), (.creditStatement, "exp"), (.creditStatement, "iat"),
        (.transaction, "notAfter"), (.review, "exp"), (.review, "iat"), (.operation, "exp"),
        (.operation, "iat"), (.statusList, "exp"), (.statusList, "iat"),
    ]

    @Test(arguments: times)
    func `a time that is missing is refused`(_ kind: SignedKind, _ name: String) throws {
        #expect(try refusal(kind) { $0[name] = nil } == kind.code(.shape))
    }

    @Test(arguments: times)
    func `a time that is text, null, a truth, a list or an object is refused`(
        _ kind: SignedKind, _ name: String
    ) throws {
        for text in ["\"\(now)\"", "null", "true", "[\(now)]", "{}", "\"2026-11-21T10:00:00Z\""] {
            #expect(
                try refusal(kind, name, written: text) == kind.code(.shape), "\(text)")
        }
    }

    @Test(arguments: times)
    func `a time with a fraction or an exponent is refused`(
        _ kind: SignedKind, _ name: String
    ) throws {
        for text in ["\(now).5", "\(now).0", "1.8e9", "1e300", "1E3", "-1e300", "1e-300"] {
            #expect(
                try refusal(kind, name, written: text) == kind.code(.shape), "\(text)")
        }
    }

    @Test(arguments: times)
    func `a time beyond what integers hold is refused`(
        _ kind: SignedKind, _ name: String
    ) throws {
        for text in [
            "9223372036854775808", "18446744073709551616", "-9223372036854775809",
            String(repeating: "9", count: 40), "NaN", "Infinity", "0x10", "01", "+1",
        ] {
            #expect(
                try refusal(kind, name, written: text) == kind.code(.shape), "\(text)")
        }
        let endless = try refusal(kind, name, written: String(repeating: "9", count: 400))
        #expect(endless == kind.code(.size))
    }

    @Test func `a negative time is no time of any document`() throws {
        let codes = try Self.times.map { try refusal($0, $1, written: "-1") }
        #expect(
            codes == [
                "stale", "inconsistent", "inconsistent", "inconsistent", nil, "expired", nil,
                "shape", "malformed", nil, "malformed", "malformed", "inconsistent",
                "inconsistent",
            ])
    }

    @Test func `what has ended is refused, at its end and after`() throws {
        let end = world.candidacy.now.adding(milliseconds: 3_600_000)
        let credential = try Credential(
            world.token(.credential).signed(by: world.signer(.credential)))
        for late in [0, 1, 1_000_000] as [Int64] {
            let time = end.adding(milliseconds: late)
            #expect(
                code { () throws(CredentialError) in
                    try world.candidacy.set.verify(credential, at: time)
                } == .expired)
        }
        #expect(try refusal(.creditStatement) { $0["exp"] = JSON(now) } == "expired")
        #expect(try refusal(.application) { $0["iat"] = JSON(now - 3601) } == "stale")
        // A bundle has no word of its own in this: each credential is asked.
        #expect(try refusal(.bundle) { $0["exp"] = JSON(now - 1) } == "inconsistent")
        #expect(try refusal(.bundle) { $0["exp"] = JSON(now + 1_000_000) } == "inconsistent")
    }

    @Test func `what has not begun is refused`() throws {
        let auditor = world.candidacy.auditors[0]
        let later = world.candidacy.now.adding(milliseconds: 1000)
        let credential = try auditor.credential(for: world.candidacy.application, at: later)
        #expect(
            code { () throws(CredentialError) in
                try world.candidacy.set.verify(credential, at: world.candidacy.now)
            } == .notYetValid)
        #expect(try refusal(.creditStatement) { $0["iat"] = JSON(now + 1) } == "not-yet-valid")
    }

    @Test(
        arguments: [.application, .credential, .bundle, .creditStatement, .deviceAnswer]
            as [SignedKind])
    func `nbf has no place, in the past or in the future`(_ kind: SignedKind) throws {
        for time in [now - 10, now, now + 1_000_000] {
            #expect(try refusal(kind) { $0["nbf"] = JSON(time) } == "malformed")
        }
    }

    @Test func `what is dated in the future is refused`() throws {
        #expect(try refusal(.application) { $0["iat"] = JSON(now + 61) } == "from-the-future")
        #expect(try refusal(.credential) { $0["iat"] = JSON(now + 301) } == "inconsistent")
        #expect(
            try refusal(.credential) { $0["iat"] = JSON(now + 1_000_000) } == "inconsistent")
        let window = world.candidacy.auditors[0].window
        let late = try world.candidacy.auditors[0].credential(
            for: world.candidacy.application, at: window.until)
        #expect(
            code { () throws(CredentialError) in
                try world.candidacy.set.verify(late, at: window.until)
            } == .outsideKeyWindow)
    }

    @Test(arguments: SignedKind.allCases)
    func `a document for a named audience is not for us`(_ kind: SignedKind) throws {
        // RFC 7519 section 4.1.3: whoever is not named in aud must refuse. Nobody is named by aud
        // here; the network says whom a document is for.
        for audience: JSON in [
            "https://other.example", "test-network", "", nil, ["test-network"],
            ["test-network", "other"], [], 1,
        ] {
            #expect(
                try refusal(kind) { $0["aud"] = audience } == kind.code(.content), "\(audience)")
        }
    }

    @Test(arguments: [.application, .creditStatement] as [SignedKind])
    func `a document for another network is refused`(_ kind: SignedKind) throws {
        for name in ["other", "TEST-NETWORK", "test-network-2", "test-networ"] {
            #expect(
                try refusal(kind) { $0["network"] = .string(name) } == "wrong-network")
        }
    }

    @Test func `a credential for another network is refused`() throws {
        for name in ["other", "TEST-NETWORK", "test-network-2"] {
            let refused = try refusal(.credential) {
                $0.change("credentialSubject", "network", to: .string(name))
            }
            #expect(refused == "wrong-network")
        }
    }

    @Test(arguments: [.application, .creditStatement, .transaction] as [SignedKind])
    func `a network that is missing, a list or no name is refused`(_ kind: SignedKind) throws {
        for network: JSON? in [nil, .null, ["test-network"], 1, [:]] {
            #expect(try refusal(kind) { $0["network"] = network } == kind.code(.shape))
        }
        guard kind != .transaction else { return }
        for name in ["", "a b", "test-network\n", "../x", "n\u{f6}t"] {
            #expect(try refusal(kind) { $0["network"] = .string(name) } == "malformed")
        }
    }

    @Test func `another issuer is refused`() throws {
        #expect(
            try refusal(.credential) { $0["iss"] = "https://a2.example" } == "inconsistent")
        #expect(
            try refusal(.credential) {
                $0["iss"] = "https://a9.example"
                $0["issuer"] = "https://a9.example"
            } == "unknown-auditor")
        #expect(
            try refusal(.credential) {
                $0["iss"] = "https://a2.example"
                $0["issuer"] = "https://a2.example"
            } == "unknown-key")
        for address in [
            "https://A1.example", "https://a1.example/", "https://a1.example:443/",
            "http://a1.example", "https://a1.example?x", "https://a1.example#x",
            "https://a1.example@evil.example", "https://\u{430}1.example",
        ] {
            let refused = try refusal(.credential) {
                $0["iss"] = .string(address)
                $0["issuer"] = .string(address)
            }
            #expect(refused == "malformed", "\(address)")
        }
        #expect(try refusal(.bundle) { $0["iss"] = "https://other.example" } == "malformed")
        #expect(try refusal(.creditStatement) { $0["iss"] = "Other Bureau" } == "unknown-source")
        #expect(try refusal(.creditStatement) { $0["iss"] = "bureau" } == "unknown-source")
    }

    @Test func `another subject is refused`() throws {
        let other = world.candidacy.consensusKey
        #expect(
            try refusal(.credential) { $0["sub"] = .string(other.did) } == "inconsistent")
        #expect(
            try refusal(.credential) {
                $0["sub"] = .string(other.did)
                $0.change("credentialSubject", "id", to: .string(other.did))
            } == "inconsistent", "the confirmed key is another")
        #expect(
            try refusal(.credential) { $0["cnf"] = ["jwk": other.publicKey.jwk] }
                == "inconsistent")
        #expect(
            try refusal(.creditStatement) { $0["sub"] = .string(other.did) } == "wrong-account")
        #expect(
            try refusal(.application) { $0["node"] = .string(other.did) } == "inconsistent")
        #expect(
            try refusal(.deviceAnswer) { $0["node"] = .string(other.did) } == "malformed")
    }

    @Test func `another id is refused`() throws {
        let other: JSON = "urn:uuid:00000000-0000-4000-8000-000000000000"
        #expect(try refusal(.credential) { $0["jti"] = other } == "inconsistent")
        #expect(try refusal(.bundle) { $0["jti"] = other } == "malformed")
        for id: JSON in ["", "urn:uuid:", 1, nil, "urn:uuid:00000000-0000-4000-8000-00000000000G"] {
            let refused = try refusal(.credential) {
                $0["jti"] = id
                $0["id"] = id
            }
            #expect(refused == "malformed")
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `a token over its size is refused unread`(_ kind: SignedKind) throws {
        let token = world.token(kind)
        let long = String(repeating: "A", count: 2 << 20)
        #expect(world.refusal(kind, long) == kind.code(.size))
        #expect(world.refusal(kind, token.input + "." + long) == kind.code(.size))
        let padded = try refusal(kind) { $0["x"] = .string(long) }
        #expect(padded == kind.code(.size))
    }

    @Test(arguments: SignedKind.allCases)
    func `a payload that is nested too deep is refused`(_ kind: SignedKind) throws {
        for (open, close) in [("[", "]"), ("{\"x\":", "}")] {
            let text =
                String(repeating: open, count: 100) + "1" + String(repeating: close, count: 100)
            let refused = try refusal(kind, "x", written: text)
            #expect(refused == kind.code(kind == .setSignature ? .content : .size))
        }
    }
}
