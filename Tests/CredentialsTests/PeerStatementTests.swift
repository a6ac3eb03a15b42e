import Cryptography
import Encoding
import TestSupport
import Testing

@testable import Credentials

@Suite struct PeerStatementTests {
    private let scope = PeerStatement.Scope(network: "test", genesis: Digest.sha256([1]))
    private let tlsKey = Digest.sha256([2])
    private let start = Instant(seconds: 1_795_000_000)

    private func statement(
        lasting milliseconds: Int64, by pair: KeyPair
    ) throws -> String {
        try PeerStatement.sign(
            tlsKey, in: scope, from: start, until: start.adding(milliseconds: milliseconds),
            with: pair.key)
    }

    @Test(arguments: [KeyAlgorithm.es256, .ed25519])
    func `a statement holds from its first moment to before its last`(
        algorithm: KeyAlgorithm
    ) throws {
        let pair = try KeyPair(algorithm)
        let read = try PeerStatement(
            verifying: try statement(lasting: 60_000, by: pair), keyDigest: tlsKey, in: scope)
        #expect(read.node.did == pair.did)
        try read.check(at: start)
        try read.check(at: start.adding(milliseconds: 59_999))
        let early = #expect(throws: CredentialError.self) {
            try read.check(at: start.adding(milliseconds: -1))
        }
        #expect(early?.code == .notYetValid)
        let late = #expect(throws: CredentialError.self) {
            try read.check(at: start.adding(milliseconds: 60_000))
        }
        #expect(late?.code == .expired)
    }

    @Test func `a statement holds for seven days and no second longer`() throws {
        let pair = try KeyPair()
        let week: Int64 = 7 * 86_400_000
        _ = try PeerStatement(
            verifying: try statement(lasting: week, by: pair), keyDigest: tlsKey, in: scope)
        for wrong in [week + 1_000, 0, -1_000] {
            let error = #expect(throws: CredentialError.self) {
                _ = try PeerStatement(
                    verifying: try statement(lasting: wrong, by: pair), keyDigest: tlsKey,
                    in: scope)
            }
            #expect(error?.code == .inconsistent)
        }
    }

    @Test func `a statement is for one network, one genesis and one TLS key`() throws {
        let text = try statement(lasting: 60_000, by: KeyPair())
        let cases: [(PeerStatement.Scope, Digest, CredentialError.Code)] = [
            (.init(network: "other", genesis: scope.genesis), tlsKey, .wrongNetwork),
            (.init(network: scope.network, genesis: tlsKey), tlsKey, .wrongNetwork),
            (scope, scope.genesis, .unknownKey),
        ]
        for (scope, key, code) in cases {
            let error = #expect(throws: CredentialError.self) {
                _ = try PeerStatement(verifying: text, keyDigest: key, in: scope)
            }
            #expect(error?.code == code)
        }
    }

    @Test func `another document of the node is no statement`() throws {
        let pair = try KeyPair()
        let claims = try JWS(try statement(lasting: 60_000, by: pair)).payload
        for type in [DocumentType.deviceAnswer, DocumentType.application, "transaction+jwt"] {
            let text = try JWS.sign(
                payload: claims, type: type, keyID: pair.did, key: pair.key
            ).compact
            let error = #expect(throws: CredentialError.self) {
                _ = try PeerStatement(verifying: text, keyDigest: tlsKey, in: scope)
            }
            #expect(error?.code == .wrongType)
        }
    }
}
