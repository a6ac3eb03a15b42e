import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct BundleTests {
    let candidacy: TestCandidacy
    let credentials: [Credential]
    let holder: KeyPair
    var now: Instant { candidacy.now }

    init() throws {
        candidacy = try TestCandidacy()
        let (application, now) = (candidacy.application, candidacy.now)
        credentials = try candidacy.auditors.map { try $0.credential(for: application, at: now) }
        holder = try KeyPair()
    }

    private func merge(
        _ credentials: [Credential], holder name: String? = nil, keyID: String? = nil
    ) throws(CredentialError) -> Bundle {
        try Bundle.merge(
            credentials, holder: name ?? holder.did, keyID: keyID ?? name ?? holder.did,
            id: "00000000-0000-4000-8000-000000000001", at: now, key: holder.key)
    }

    @Test func `a bundle carries the tokens byte for byte, ordered by issuer`() throws {
        let bundle = try merge(credentials.reversed())
        #expect(bundle.credentials.map(\.jws.compact) == credentials.map(\.jws.compact))
        let json = try JSON.parse(bundle.jws.payload)
        #expect(
            json["verifiableCredential"]?[0]?["id"]?.stringValue
                == "data:application/vc+jwt," + credentials[0].jws.compact)
        #expect(json["iss"]?.stringValue == holder.did)
        #expect(bundle.jws.header.type == "vp+jwt")
        #expect(try Bundle(bundle.jws.compact) == bundle)
        #expect(try merge(credentials).jws.payload == bundle.jws.payload)
    }

    @Test func `a bundle ends with the first of its credentials, refusals among them`() throws {
        let end = now.adding(milliseconds: 5_000)
        let short = try candidacy.auditors[1].credential(
            for: candidacy.application, at: now, consent: .refused(reason: "x")
        ) { $0.validity = Validity(from: now, until: end) }
        let bundle = try merge([credentials[0], short, credentials[2]])
        #expect(bundle.expires == end)
        #expect(bundle.credentials.count == 3)
    }

    @Test func `nothing, duplicates and strangers' answers are not merged`() throws {
        let other = try TestCandidacy()
        let foreign = try candidacy.auditors[1].credential(for: other.application, at: now)
        let again = try candidacy.auditors[0].credential(for: candidacy.application, at: now)
        func refused(_ credentials: [Credential]) -> CredentialError.Code? {
            code { () throws(CredentialError) in try merge(credentials) }
        }
        #expect(refused([]) == .malformed)
        #expect(refused([credentials[0], again]) == .duplicateAuditor)
        #expect(refused([credentials[0], credentials[0]]) == .duplicateAuditor)
        #expect(refused([credentials[0], foreign]) == .wrongApplication)
        for (change, expected): ((inout CredentialClaims) -> Void, CredentialError.Code) in [
            ({ $0.network = "other" }, .wrongNetwork),
            ({ $0.node = other.node.publicKey }, .wrongNode),
            ({ $0.consensusKey = other.consensusKey.publicKey }, .wrongConsensusKey),
            ({ $0.endpoint = "https://10.0.0.1:1" }, .wrongEndpoint),
        ] {
            let changed = try candidacy.auditors[1].credential(
                for: candidacy.application, at: now, consent: .granted, change)
            #expect(refused([credentials[0], changed]) == expected)
        }
    }

    @Test func `the holder's signature is checked with the holder's key`() throws {
        let bundle = try merge(credentials)
        try bundle.verifyHolder()
        try bundle.verifyHolder(holder.publicKey)
        func refused(_ bundle: Bundle, _ key: PublicKey? = nil) -> CredentialError.Code? {
            code { () throws(CredentialError) in try bundle.verifyHolder(key) }
        }
        #expect(refused(bundle, candidacy.node.publicKey) == .wrongHolder)
        let forger = try KeyPair()
        #expect(refused(try Bundle(resigned(bundle.jws, forger))) == .badSignature)
        let address = "https://aggregator.example"
        let keyID = address + "#" + holder.publicKey.thumbprint
        let named = try merge(credentials, holder: address, keyID: keyID)
        #expect(refused(named) == .wrongHolder)
        #expect(refused(named, holder.publicKey) == nil)
        let misnamed = try merge(credentials, holder: address, keyID: address + "#x")
        #expect(refused(misnamed, holder.publicKey) == .wrongHolder)
    }

    @Test func `a bundle of another shape is refused`() throws {
        let bundle = try merge(credentials)
        func read(_ change: (inout JSONObject) throws -> Void) throws -> CredentialError.Code? {
            let token = try resigned(bundle.jws, holder, change)
            return code { () throws(CredentialError) in try Bundle(token) }
        }
        #expect(try read { $0["exp"] = JSON(now.seconds + 3601) } == .inconsistent)
        #expect(try read { $0["iss"] = "https://other.example" } == .malformed)
        #expect(try read { $0["jti"] = nil } == .malformed)
        #expect(try read { $0["vp"] = ["x": 1] } == .malformed)
        #expect(try read { $0["type"] = ["VerifiablePresentation"] } == .malformed)
        #expect(try read { $0["verifiableCredential"] = [] } == .malformed)
        #expect(
            try read {
                let envelopes = $0["verifiableCredential"]?.arrayValue ?? []
                $0["verifiableCredential"] = .array(envelopes.reversed())
            } == .malformed)
        for address in [
            "data:application/jwt," + credentials[0].jws.compact, credentials[0].jws.compact,
            "data:application/vc+jwt,", "data:application/vc+jwt,a.b.c",
        ] {
            let refused = try read {
                $0["verifiableCredential"] = [
                    [
                        "@context": "https://www.w3.org/ns/credentials/v2",
                        "type": "EnvelopedVerifiableCredential", "id": .string(address),
                    ]
                ]
            }
            #expect(refused == .malformed, "\(address.prefix(40))")
        }
        #expect(
            code { () throws(CredentialError) in
                try Bundle(candidacy.application.jws.compact)
            } == .wrongType)
    }

    @Test func `more credentials than auditors can be are refused unread`() throws {
        let bundle = try merge(credentials)
        let token = try resigned(bundle.jws, holder) {
            let envelope = $0["verifiableCredential"]?[0] ?? nil
            $0["verifiableCredential"] = .array(Array(repeating: envelope, count: 33))
        }
        #expect(code { () throws(CredentialError) in try Bundle(token) } == .limit)
    }
}
