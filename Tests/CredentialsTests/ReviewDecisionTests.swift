import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct ReviewDecisionTests {
    let reviewer: KeyPair
    let decision: ReviewDecision
    let now = Instant(seconds: 1_795_251_600)

    init() throws {
        reviewer = try KeyPair()
        decision = try Self.draft(at: now).sign(with: reviewer.key)
    }

    private static func draft(at now: Instant) -> ReviewDecision.Draft {
        ReviewDecision.Draft(
            network: "n", issuer: "https://a1.example", application: Digest.sha256([1]),
            policy: Digest.sha256([2]), facts: Digest.sha256([3]), kind: .approve, role: "credit",
            reason: "fine", validity: Validity(from: now, until: now.adding(milliseconds: 60_000)),
            id: SecureRandom.uuid())
    }

    /// The decision's claims with one replaced, signed by its reviewer.
    private func token(_ name: String, _ value: JSON?) throws -> String {
        var claims = decision.draft.json.objectValue ?? JSONObject()
        if let value {
            claims[name] = value
        } else {
            claims = JSONObject(
                claims.members.filter { $0.name != name }.map { ($0.name, $0.value) })
        }
        return try JWS.sign(
            payload: JSON.object(claims).bytes, type: "review+jwt", keyID: reviewer.did,
            key: reviewer.key
        ).compact
    }

    private func failure(_ compact: String) -> CredentialError.Code? {
        code { () throws(CredentialError) in try ReviewDecision.verify(compact) }
    }

    @Test func `a decision reads back as it was signed`() throws {
        let read = try ReviewDecision.verify(decision.jws.compact)
        #expect(read == decision)
        #expect(read.reviewer == reviewer.did)
        #expect(read.jws.payload == decision.draft.json.bytes)
    }

    @Test func `each member has to be there and well-formed`() throws {
        for name in [
            "network", "issuer", "application", "policy", "facts", "decision", "reason", "iat",
            "exp", "jti",
        ] {
            #expect(failure(try token(name, nil)) == .malformed, "\(name) is missing")
        }
        #expect(failure(try token("decision", "maybe")) == .malformed)
        #expect(failure(try token("exp", JSON(now.seconds))) == .malformed)
        #expect(failure(try token("more", 1)) == .malformed)
        #expect(failure(try token("reason", "a\u{1b}[2Jb")) == .malformed)
        #expect(failure(try token("reason", "a\u{202e}b")) == .malformed)
        #expect(failure(try token("reason", JSON(String(repeating: "a", count: 400)))) == nil)
        #expect(failure(try token("reason", JSON(String(repeating: "a", count: 401)))) == .limit)
    }

    @Test func `another signature, key or kind of token is refused`() throws {
        let parts = decision.jws.compact.split(separator: ".")
        let other = try Self.draft(at: now).sign(with: reviewer.key)
        let mixed = parts[0] + "." + parts[1] + "." + other.jws.compact.split(separator: ".")[2]
        #expect(failure(String(mixed)) == .badSignature)
        let stranger = try KeyPair()
        let posing = try JWS.sign(
            payload: decision.draft.json.bytes, type: "review+jwt", keyID: reviewer.did,
            key: stranger.key)
        #expect(failure(posing.compact) == .badSignature)
        let login = try JWS.sign(
            payload: decision.draft.json.bytes, type: "review-login+jwt", keyID: reviewer.did,
            key: reviewer.key)
        #expect(failure(login.compact) == .wrongType)
        let nameless = try JWS.sign(
            payload: decision.draft.json.bytes, type: "review+jwt", keyID: nil, key: reviewer.key)
        #expect(failure(nameless.compact) == .malformed)
    }

    @Test func `a login names its reviewer and verifies by that key alone`() throws {
        let login = ReviewLogin(
            issuer: "https://a1.example", network: "n", reviewer: reviewer.did, nonce: "abc",
            expires: now)
        #expect(try ReviewLogin.verify(login.signed(with: reviewer.key)) == login)
        let stranger = try KeyPair()
        let forged = try login.signed(with: stranger.key)
        #expect(
            code { () throws(CredentialError) in try ReviewLogin.verify(forged) } == .badSignature)
    }
}
