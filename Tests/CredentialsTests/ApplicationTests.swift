import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct ApplicationTests {
    let candidacy: TestCandidacy
    var application: Application { candidacy.application }
    var now: Instant { candidacy.now }

    init() throws { candidacy = try TestCandidacy() }

    private func verify(_ token: String, at time: Instant? = nil) -> CredentialError.Code? {
        code { () throws(CredentialError) in
            try Application.verify(token, network: candidacy.network, at: time ?? now)
        }
    }

    @Test func `an application keeps what its node signed`() throws {
        let read = try Application.verify(
            application.jws.compact, network: candidacy.network, at: now)
        #expect(read == application)
        #expect(read.node == candidacy.node.did)
        #expect(read.account == candidacy.node.did)
        #expect(read.consensusKey == candidacy.consensusKey.publicKey)
        #expect(read.digest == Digest.sha256(read.jws.signingInput))
        #expect(read.qualifications.device.cores == 4)
        #expect(read.validForSeconds == nil)
    }

    @Test func `optional members are read back`() throws {
        var draft = ApplicationDraft.test(
            consensusKey: candidacy.consensusKey.publicKey, at: now,
            deposits: [.sha256([1]), .sha256([2])], credit: "a.b.c")
        draft.validForSeconds = 600
        draft.qualifications = Qualifications(
            device: draft.qualifications.device, deposits: draft.qualifications.deposits,
            credit: "a.b.c", evidence: ["site": "north"])
        let signed = try draft.sign(with: candidacy.node.key)
        #expect(signed.validForSeconds == 600)
        #expect(signed.qualifications == draft.qualifications)
    }

    @Test func `an application is taken from an hour after its date to a minute before`() {
        let token = application.jws.compact
        #expect(verify(token, at: now.adding(milliseconds: 3_600_000)) == nil)
        #expect(verify(token, at: now.adding(milliseconds: 3_600_001)) == .stale)
        #expect(verify(token, at: now.adding(milliseconds: -60_000)) == nil)
        #expect(verify(token, at: now.adding(milliseconds: -60_001)) == .fromTheFuture)
    }

    @Test func `an application for another network is refused`() {
        let refused = code { () throws(CredentialError) in
            try Application.verify(application.jws.compact, network: "other", at: now)
        }
        #expect(refused == .wrongNetwork)
    }

    @Test func `a changed claim breaks the signature`() throws {
        for name in ["operator", "endpoint", "nonce", "iat", "account"] {
            let token = try forged(application.jws) { claims in
                switch name {
                case "operator": claims[name] = "Somebody else"
                case "endpoint": claims[name] = "https://10.0.0.1:1"
                case "nonce":
                    claims[name] = .string(Base64URL.encode(Array(repeating: 7, count: 16)))
                case "iat": claims[name] = JSON(now.seconds - 1)
                default: claims[name] = .string(candidacy.consensusKey.did)
                }
            }
            #expect(verify(token) == .badSignature, "\(name)")
        }
    }

    @Test func `another node cannot sign it`() throws {
        let other = try KeyPair()
        #expect(verify(try resigned(application.jws, other)) == .badSignature)
        #expect(
            verify(try resigned(application.jws, other, keyID: other.did)) == .inconsistent)
    }

    @Test func `another kind of token is no application`() throws {
        for type in ["vc+jwt", "transaction+jwt", "JWT", "application+JWT"] {
            let token = try resigned(application.jws, candidacy.node, type: type)
            #expect(verify(token) == .wrongType, "\(type)")
        }
    }

    @Test(arguments: [
        "network", "node", "operator", "account", "endpoint", "consensusKey", "iat", "nonce",
        "kind", "qualifications",
    ])
    func `every claim is needed and has one kind`(name: String) throws {
        let missing = try resigned(application.jws, candidacy.node) { $0[name] = nil }
        #expect(verify(missing) == .malformed)
        for wrong: JSON in [nil, true, ["x"], ["x": 1], "", try JSON.parse("1.5")] as [JSON] {
            let token = try resigned(application.jws, candidacy.node) { $0[name] = wrong }
            #expect(verify(token) == .malformed, "\(wrong)")
        }
    }

    @Test func `unknown members are refused wherever they stand`() throws {
        #expect(verify(try resigned(application.jws, candidacy.node) { $0["x"] = 1 }) == .malformed)
        let inner = try resigned(application.jws, candidacy.node) {
            $0.change("qualifications", "x", to: 1)
        }
        #expect(verify(inner) == .malformed)
    }

    @Test(arguments: [
        "http://host:1", "https://", "https://host:0", "https://host:65536", "https://host:080",
        "https://Host:1", "https://host:1/", "https://host:1/path", "https://a b", "https://-a",
        "https://user@host", "https://host?x", "https://[::1", "https://[x]:1", "host:1",
        "https://host:", "https://h\u{f6}st",
    ])
    func `an endpoint is https, a host and a port`(endpoint: String) throws {
        let token = try resigned(application.jws, candidacy.node) {
            $0["endpoint"] = .string(endpoint)
        }
        #expect(verify(token) == .malformed)
    }

    @Test(arguments: ["https://h", "https://a-1.example:443", "https://[::1]:8443"])
    func `common endpoints are accepted`(endpoint: String) throws {
        let token = try resigned(application.jws, candidacy.node) {
            $0["endpoint"] = .string(endpoint)
        }
        #expect(verify(token) == nil)
    }

    @Test func `text that would disturb a terminal is refused`() throws {
        for text in ["a\u{1b}[2Jb", "a\nb", "\u{202e}txt", "a\u{85}b"] {
            let token = try resigned(application.jws, candidacy.node) {
                $0["operator"] = .string(text)
            }
            #expect(verify(token) == .malformed)
        }
    }

    @Test func `an application over its size is refused`() throws {
        let token = try resigned(application.jws, candidacy.node) {
            $0.change(
                "qualifications", "evidence",
                to: ["x": .string(String(repeating: "x", count: 40_000))])
        }
        #expect(verify(token) == .limit)
    }

    @Test func `a deposit named twice is refused`() throws {
        let id = JSON.string(Digest.sha256([1]).text)
        let token = try resigned(application.jws, candidacy.node) {
            $0.change("qualifications", "deposits", to: [id, id])
        }
        #expect(verify(token) == .malformed)
    }

    @Test func `nothing that is no token is taken for one`() {
        for token in ["", "a.b", "a.b.c.d", "....", "{}", application.jws.compact + "."] {
            #expect(verify(token) == .malformed, "\(token)")
        }
    }
}
