import Credentials
import Cryptography
import Encoding
import Simulator
import TestSupport
import Testing

@testable import Ledger

/// Attacks on credentials at the ledger's door: a bundle with one good consent and one attack, put
/// together by hand, of which two consents would be a quorum. Each is refused, in a block, by code,
/// and leaves nobody on the list.
@Suite struct AdmissionAttackTests {
    /// What is done to the second auditor's credential, and what the ledger says.
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: ResultCode
        var header: [(String, String?)] = []
        var claims: @Sendable (inout JSONObject) -> Void = { _ in }
        /// Whose signature: the auditor's own, or a stranger's.
        var isForged = false
        var signature: [UInt8]?
    }

    static let attacks: [Attack] = [
        Attack(
            testDescription: "alg none", code: .bundleInvalid, header: [("alg", "\"none\"")],
            signature: []),
        Attack(
            testDescription: "a shared secret", code: .bundleInvalid,
            header: [("alg", "\"HS256\"")]),
        Attack(
            testDescription: "the algorithm of another key", code: .quorumNotMet,
            header: [("alg", "\"ES256\"")]),
        Attack(
            testDescription: "no signature", code: .quorumNotMet, signature: []),
        Attack(
            testDescription: "a signature of zeros", code: .quorumNotMet,
            signature: Array(repeating: 0, count: 64)),
        Attack(testDescription: "a stranger's signature", code: .quorumNotMet, isForged: true),
        Attack(
            testDescription: "a stranger's key in the header", code: .bundleInvalid,
            header: [("jwk", "{}")], isForged: true),
        Attack(
            testDescription: "a key address", code: .bundleInvalid,
            header: [("jku", "\"https://evil.example\"")], isForged: true),
        Attack(
            testDescription: "an extension", code: .bundleInvalid,
            header: [("crit", "[\"exp\"]")]),
        Attack(
            testDescription: "another type", code: .bundleInvalid, header: [("typ", "\"JWT\"")]),
        Attack(
            testDescription: "no kid", code: .bundleInvalid, header: [("kid", nil)]),
        Attack(
            testDescription: "a kid of nobody", code: .quorumNotMet,
            header: [("kid", "\"' OR 1=1 --\"")]),
        Attack(
            testDescription: "another network", code: .quorumNotMet,
            claims: { $0.setSubject("network", "test-2") }),
        Attack(
            testDescription: "another application", code: .quorumNotMet,
            claims: { $0.setSubject("application", .string(Digest.zero.text)) }),
        Attack(
            testDescription: "another endpoint", code: .quorumNotMet,
            claims: { $0.setSubject("endpoint", "https://10.0.0.1:1") }),
        Attack(
            testDescription: "a named audience", code: .bundleInvalid,
            claims: { $0["aud"] = "https://other.example" }),
        Attack(
            testDescription: "not before", code: .bundleInvalid, claims: { $0["nbf"] = 1 }),
        Attack(
            testDescription: "an end that is two ends", code: .bundleInvalid,
            claims: { $0["exp"] = 9_000_000_000 }),
        Attack(
            testDescription: "a time that is text", code: .bundleInvalid,
            claims: { $0["iat"] = "now" }),
        Attack(
            testDescription: "two ids", code: .bundleInvalid,
            claims: { $0["jti"] = "urn:uuid:00000000-0000-4000-8000-00000000000f" }),
        Attack(
            testDescription: "two issuers", code: .bundleInvalid,
            claims: { $0["iss"] = "https://a3.example" }),
        Attack(
            testDescription: "an auditor of no set", code: .quorumNotMet,
            claims: {
                $0["iss"] = "https://a9.example"
                $0["issuer"] = "https://a9.example"
            }),
        Attack(
            testDescription: "a name twice", code: .bundleInvalid,
            header: [("typ", "\"vc+jwt\",\"typ\":\"vc+jwt\"")]),
    ]

    /// A bundle of these tokens as they are, in this order.
    private func bundle(
        _ tokens: [String], _ node: Person, _ world: World
    ) throws -> String {
        var token = try HandMadeToken(taking: world.bundle(node).jws.compact)
        var claims = try #require(try JSON.parse(token.payload).objectValue)
        claims["verifiableCredential"] = .array(
            tokens.map { compact in
                [
                    "@context": "https://www.w3.org/ns/credentials/v2",
                    "type": "EnvelopedVerifiableCredential",
                    "id": .string("data:application/vc+jwt," + compact),
                ]
            })
        token.payload = JSON.object(claims).bytes
        return token.signed(with: try node.key.sign(Array(token.input.utf8)))
    }

    private func add(
        _ tokens: [String], _ node: Person, to world: inout World
    ) throws -> ResultCode {
        var entry = try world.entry(node, try world.bundle(node))
        entry = CandidateEntry(
            node: entry.node, consensusKey: entry.consensusKey, proof: entry.proof,
            endpoint: entry.endpoint, bundle: try bundle(tokens, node, world))
        let result = try world.run(node, .candidateAdd([entry]))
        #expect((world.state.candidate(node.identity) != nil) == (result.code == .ok))
        return result.code
    }

    private func credential(
        _ auditor: Int, _ node: Person, _ world: World, nonce: UInt8 = 1
    ) throws -> String {
        try world.credential(
            Answer(auditor: auditor), to: try world.application(node, nonce: nonce)
        ).jws.compact
    }

    @Test func `two good consents are a quorum, put together by hand or not`() throws {
        var world = try World()
        let node = world.nodes[0]
        let tokens = try [credential(0, node, world), credential(1, node, world)]
        #expect(try add(tokens, node, to: &world) == .ok)
    }

    @Test(arguments: attacks)
    func `an attacked consent does not count`(_ attack: Attack) throws {
        var world = try World()
        let node = world.nodes[0]
        let good = try credential(0, node, world)
        var token = try HandMadeToken(taking: credential(1, node, world))
        token = token.with(attack.header.map { (name: $0.0, text: $0.1) })
        var claims = try #require(try JSON.parse(token.payload).objectValue)
        attack.claims(&claims)
        token.payload = JSON.object(claims).bytes
        let signer = attack.isForged ? try Person("forger") : world.auditors[1].signer
        let signature = try attack.signature ?? signer.key.sign(Array(token.input.utf8))
        let code = try add([good, token.signed(with: signature)], node, to: &world)
        #expect(code == attack.code)
        // And the honest quorum is not spoilt by what was tried before.
        let tokens = try [credential(0, node, world), credential(1, node, world)]
        #expect(try add(tokens, node, to: &world) == .ok)
    }

    @Test func `one consent twice is no quorum`() throws {
        var world = try World()
        let node = world.nodes[0]
        let good = try credential(0, node, world)
        #expect(try add([good, good], node, to: &world) == .quorumNotMet)
    }

    @Test func `consents to two applications of one node are no quorum`() throws {
        var world = try World()
        let node = world.nodes[0]
        let tokens = try [credential(0, node, world), credential(1, node, world, nonce: 2)]
        #expect(try add(tokens, node, to: &world) == .quorumNotMet)
    }

    @Test func `another node's consents make nobody a candidate`() throws {
        var world = try World()
        let (node, other) = (world.nodes[0], world.nodes[1])
        let tokens = try [credential(0, other, world), credential(1, other, world)]
        #expect(try add(tokens, node, to: &world) == .credentialMismatch)
    }

    @Test func `a bundle is no credential, and an application is neither`() throws {
        var world = try World()
        let node = world.nodes[0]
        let good = try credential(0, node, world)
        for other in try [
            world.bundle(node).jws.compact, world.application(node).jws.compact, "", "x", "..",
        ] {
            #expect(try add([good, other], node, to: &world) == .bundleInvalid)
        }
    }

    @Test func `credentials that served once serve nobody again`() throws {
        var world = try World()
        let node = world.nodes[0]
        let tokens = try [credential(0, node, world), credential(1, node, world)]
        var entry = try world.entry(node, try world.bundle(node))
        entry = CandidateEntry(
            node: entry.node, consensusKey: entry.consensusKey, proof: entry.proof,
            endpoint: entry.endpoint, bundle: try bundle(tokens, node, world))
        #expect(try world.run(node, .candidateAdd([entry])).code == .ok)
        #expect(try world.run(node, .candidateRemove(node: node.identity)).code == .ok)
        #expect(try world.run(node, .candidateAdd([entry])).code == .applicationUsed)
        #expect(world.state.candidate(node.identity)?.state == .removed)
    }
}

extension JSONObject {
    /// A member of the subject.
    fileprivate mutating func setSubject(_ name: String, _ value: JSON) {
        var subject = self["credentialSubject"]?.objectValue ?? JSONObject()
        subject[name] = value
        self["credentialSubject"] = .object(subject)
    }
}
