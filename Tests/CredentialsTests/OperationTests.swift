import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct OperationTests {
    let boss: KeyPair
    let now = Instant(seconds: 1_795_251_600)
    let operation: Operation

    init() throws {
        boss = try KeyPair()
        operation = try Operation.sign(
            "credential.revoke", ["credential": "c"], network: "n", issuer: "https://a1.example",
            id: SecureRandom.uuid(), at: now, key: boss.key)
    }

    private func verify(
        _ token: String? = nil, operators: [String]? = nil, network: String = "n",
        issuer: String = "https://a1.example", at time: Instant? = nil
    ) -> CredentialError.Code? {
        code { () throws(CredentialError) in
            try Operation.verify(
                token ?? operation.jws.compact, operators: operators ?? [boss.did],
                network: network, issuer: issuer, at: time ?? now)
        }
    }

    @Test func `an operator's order is believed for ten minutes`() {
        #expect(operation.name == "credential.revoke")
        #expect(operation.author == boss.did)
        #expect(verify() == nil)
        #expect(verify(at: now.adding(milliseconds: -60_000)) == nil)
        #expect(verify(at: now.adding(milliseconds: -60_001)) == .fromTheFuture)
        #expect(verify(at: now.adding(milliseconds: 599_999)) == nil)
        #expect(verify(at: now.adding(milliseconds: 600_000)) == .expired)
    }

    @Test func `an order of a stranger, for another auditor or network is refused`() throws {
        let stranger = try KeyPair()
        #expect(verify(operators: []) == .unknownOperator)
        #expect(verify(operators: [stranger.did]) == .unknownOperator)
        #expect(verify(try resigned(operation.jws, stranger)) == .badSignature)
        #expect(verify(network: "m") == .wrongNetwork)
        #expect(verify(issuer: "https://a1.example/") == .wrongAuditor)
        #expect(verify(try resigned(operation.jws, boss, type: "review+jwt")) == .wrongType)
        #expect(verify(try forged(operation.jws) { $0["operation"] = "x" }) == .badSignature)
    }

    @Test func `an order that is open too long, or says more than it may, is malformed`() throws {
        let changes: [(String, JSON)] = [
            ("exp", JSON(now.seconds + 601)), ("exp", JSON(now.seconds)), ("arguments", "all"),
            ("jti", "1"), ("operation", ""), ("extra", 1),
        ]
        for (name, value) in changes {
            let token = try resigned(operation.jws, boss) { $0[name] = value }
            #expect(verify(token) == .malformed, "\(name)")
        }
    }
}
