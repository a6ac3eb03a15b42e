import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct RenewalTests {
    private let candidacy: TestCandidacy
    private let renewal: Renewal
    private let issuer = "https://a1.example"

    init() throws {
        candidacy = try TestCandidacy()
        renewal = try Renewal.sign(
            of: candidacy.application.digest, network: candidacy.network, issuer: issuer,
            at: candidacy.now, nonce: SecureRandom.bytes(16), key: candidacy.node.key)
    }

    private func verify(
        _ token: String? = nil, network: String? = nil, issuer: String? = nil,
        at time: Instant? = nil
    ) -> CredentialError.Code? {
        code { () throws(CredentialError) in
            try Renewal.verify(
                token ?? renewal.jws.compact, network: network ?? candidacy.network,
                issuer: issuer ?? self.issuer, at: time ?? candidacy.now)
        }
    }

    @Test func `a node's renewal is believed for an hour, by the auditor it asks`() throws {
        #expect(renewal.application == candidacy.application.digest)
        #expect(renewal.node == candidacy.node.did)
        #expect(verify() == nil)
        #expect(verify(at: candidacy.now.adding(milliseconds: 3_600_000)) == nil)
        #expect(verify(at: candidacy.now.adding(milliseconds: 3_600_001)) == .stale)
        #expect(verify(at: candidacy.now.adding(milliseconds: -60_001)) == .fromTheFuture)
        #expect(verify(issuer: "https://a2.example") == .wrongAuditor)
        #expect(verify(network: "other") == .wrongNetwork)
    }

    @Test func `nobody renews for another node`() throws {
        let stranger = try KeyPair()
        #expect(verify(try resigned(renewal.jws, stranger)) == .badSignature)
        #expect(
            verify(try resigned(renewal.jws, stranger, keyID: stranger.did)) == .inconsistent)
        #expect(
            verify(try resigned(renewal.jws, candidacy.node, type: "application+jwt"))
                == .wrongType)
        #expect(verify(try resigned(renewal.jws, candidacy.node) { $0["more"] = 1 }) == .malformed)
        #expect(
            verify(try resigned(renewal.jws, candidacy.node) { $0["nonce"] = "AA" }) == .malformed)
    }

    @Test func `renewal is due at two thirds of a life`() {
        let validity = Validity(
            from: candidacy.now, until: candidacy.now.adding(milliseconds: 90_000))
        #expect(
            validity.renewal(issued: candidacy.now) == candidacy.now.adding(milliseconds: 60_000))
    }

    @Test func `a newer statement takes the old one's place, the digest stays`() throws {
        let renewed = candidacy.application.renewed(credit: "newer")
        #expect(renewed.digest == candidacy.application.digest)
        #expect(renewed.qualifications.credit == "newer")
        #expect(renewed.claims["qualifications"]?["credit"] == "newer")
        #expect(candidacy.application.renewed(credit: nil).claims == candidacy.application.claims)
        #expect(renewed != candidacy.application)
        #expect(renewed == candidacy.application.renewed(credit: "newer"))
    }
}
