import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct CreditStatementTests {
    let source: KeyPair
    let account: KeyPair
    let now = Instant(seconds: 1_795_251_600)
    let statement: CreditStatement

    init() throws {
        source = try KeyPair()
        account = try KeyPair()
        statement = try CreditStatement.sign(
            source: "Example Credit", account: account.did, network: "n", score: 742,
            validity: Validity(from: now, until: now.adding(milliseconds: 60_000)), key: source.key)
    }

    private func verify(
        _ token: String? = nil, source name: String = "Example Credit", network: String = "n",
        account did: String? = nil, at time: Instant? = nil
    ) -> CredentialError.Code? {
        code { () throws(CredentialError) in
            try CreditStatement.verify(
                token ?? statement.jws.compact,
                sources: [CreditSource(name: name, key: source.publicKey)], network: network,
                account: did ?? account.did, at: time ?? now)
        }
    }

    @Test func `a statement of a trusted source is believed in its time`() {
        #expect(statement.score == 742)
        #expect(verify() == nil)
        #expect(verify(at: now.adding(milliseconds: -1)) == .notYetValid)
        #expect(verify(at: now.adding(milliseconds: 59_999)) == nil)
        #expect(verify(at: now.adding(milliseconds: 60_000)) == .expired)
    }

    @Test func `another source, network, account or key is refused`() throws {
        #expect(verify(source: "Example credit") == .unknownSource)
        #expect(verify(network: "m") == .wrongNetwork)
        #expect(verify(account: source.did) == .wrongAccount)
        #expect(verify(try resigned(statement.jws, account)) == .badSignature)
        #expect(verify(try resigned(statement.jws, source, type: "vc+jwt")) == .wrongType)
    }

    @Test func `a score is a decimal string within bounds`() throws {
        for score: JSON in [742, "0742", "-1", "1000001", "7.5", "", nil] {
            let token = try resigned(statement.jws, source) { $0["score"] = score }
            #expect(verify(token) == .malformed, "\(score)")
        }
        #expect(verify(try resigned(statement.jws, source) { $0["score"] = "0" }) == nil)
        #expect(verify(try resigned(statement.jws, source) { $0["extra"] = "0" }) == .malformed)
        #expect(verify(try forged(statement.jws) { $0["score"] = "999" }) == .badSignature)
    }
}
