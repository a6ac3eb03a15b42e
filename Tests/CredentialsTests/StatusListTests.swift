import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct StatusListTests {
    private let candidacy: TestCandidacy
    private let auditor: TestAuditor
    private let list: StatusList

    init() throws {
        candidacy = try TestCandidacy()
        auditor = candidacy.auditors[0]
        var bits = StatusBits()
        for index in [0, 7, 8, 94_567, 131_071, 131_072, -1] { bits.set(index) }
        let unsigned = StatusList.unsigned(
            bits, purpose: .revocation, id: auditor.issuer + "/v1/status-lists/1",
            issuer: auditor.issuer,
            validity: Validity(
                from: candidacy.now, until: candidacy.now.adding(milliseconds: 600_000)),
            key: auditor.pair.publicKey)
        list = try StatusList(
            try unsigned.adding(try auditor.pair.key.sign(unsigned.signingInput)).compact)
    }

    private func verify(_ token: String? = nil, at time: Instant? = nil) -> CredentialError.Code? {
        code { () throws(CredentialError) in
            try candidacy.set.verify(
                StatusList(token ?? list.jws.compact), at: time ?? candidacy.now)
        }
    }

    @Test func `a list says which bits are set, from the highest of the first byte`() throws {
        let read = try StatusList(list.jws.compact)
        let set = (0..<StatusBits.count).filter { read.bits[$0] == true }
        #expect(set == [0, 7, 8, 94_567, 131_071])
        #expect(read.bits[131_072] == nil)
        #expect(read.bits[-1] == nil)
    }

    @Test func `the example of the specification is an empty list`() throws {
        let bits = try StatusBits(
            encoded: "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")
        #expect(bits == StatusBits())
        #expect(throws: FormatError.self) { try StatusBits(encoded: "") }
        #expect(throws: FormatError.self) {
            try StatusBits(
                encoded: "zH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")
        }
        let short = "u" + Base64URL.encode(Gzip.compress([UInt8](repeating: 0, count: 16_383)))
        #expect(throws: FormatError.self) { try StatusBits(encoded: short) }
        let huge = "u" + Base64URL.encode(Gzip.compress([UInt8](repeating: 0, count: 2 << 20)))
        #expect(throws: FormatError.self) { try StatusBits(encoded: huge) }
    }

    @Test func `a list is believed in its time and from its auditor only`() throws {
        #expect(verify() == nil)
        #expect(verify(at: candidacy.now.adding(milliseconds: 599_999)) == nil)
        #expect(verify(at: candidacy.now.adding(milliseconds: 600_000)) == .expired)
        #expect(verify(at: candidacy.now.adding(milliseconds: -1)) == .notYetValid)
        let other = candidacy.auditors[1].pair
        #expect(verify(try resigned(list.jws, other)) == .badSignature)
        let otherID = CredentialClaims.keyID(
            issuer: candidacy.auditors[1].issuer, key: other.publicKey)
        #expect(verify(try resigned(list.jws, other, keyID: otherID)) == .unknownKey)
        #expect(verify(try resigned(list.jws, auditor.pair, type: "vp+jwt")) == .wrongType)
        #expect(
            verify(try resigned(list.jws, auditor.pair) { $0["iss"] = "https://a2.example" })
                == .inconsistent)
        #expect(
            verify(
                try resigned(list.jws, auditor.pair) {
                    $0["id"] = "https://a2.example/v1/status-lists/1"
                }) == .malformed)
    }

    @Test func `a list is no credential, and a credential no list`() throws {
        let credential = try auditor.credential(for: candidacy.application, at: candidacy.now)
        #expect(
            code { () throws(CredentialError) in try StatusList(credential.jws.compact) }
                == .malformed)
        #expect(
            code { () throws(CredentialError) in try Credential(list.jws.compact) } == .malformed)
    }

    @Test func `a credential names its bit, and another list or purpose does not answer`() throws {
        let entry = StatusEntry(
            purpose: .revocation, list: auditor.issuer + "/v1/status-lists/1", index: 94_567)
        let credential = try auditor.credential(for: candidacy.application, at: candidacy.now) {
            $0.status = [
                entry,
                StatusEntry(
                    purpose: .suspension, list: auditor.issuer + "/v1/status-lists/2", index: 3),
            ]
        }
        let read = try Credential(credential.jws.compact).claims.status
        #expect(read.count == 2)
        #expect(try read[0].isSet(in: list))
        #expect(throws: CredentialError.self) { try read[1].isSet(in: list) }
        let clear = StatusEntry(purpose: .revocation, list: list.id, index: 94_568)
        #expect(try !clear.isSet(in: list))
        let beyond = StatusEntry(purpose: .revocation, list: list.id, index: 131_072)
        #expect(throws: CredentialError.self) { try beyond.isSet(in: list) }
    }

    @Test func `a status elsewhere than with its issuer is malformed, other kinds are passed over`()
        throws
    {
        func status(_ status: JSON) throws -> CredentialError.Code? {
            let credential = try auditor.credential(for: candidacy.application, at: candidacy.now)
            let token = try resigned(credential.jws, auditor.pair) {
                $0["credentialStatus"] = status
            }
            return code { () throws(CredentialError) in try Credential(token) }
        }
        func entry(_ list: String, _ index: String = "1") -> JSON {
            [
                "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
                "statusListIndex": JSON(index), "statusListCredential": JSON(list),
            ]
        }
        #expect(try status(entry(auditor.issuer + "/lists/1")) == nil)
        #expect(try status(["type": "StatusList2021Entry", "x": 1]) == nil)
        #expect(try status(entry("https://a2.example/lists/1")) == .malformed)
        #expect(try status(entry(auditor.issuer + ".evil.example/1")) == .malformed)
        for index in ["", "-1", "+1", "01", "1.0", "99999999999999999999"] {
            #expect(try status(entry(auditor.issuer + "/lists/1", index)) == .malformed)
        }
        #expect(try status("none") == .malformed)
        #expect(try status(.array([JSON](repeating: ["type": "x"], count: 9))) == .limit)
    }
}
