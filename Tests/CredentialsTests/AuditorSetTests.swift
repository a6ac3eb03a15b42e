import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct AuditorSetTests {
    let candidacy: TestCandidacy
    var entries: [AuditorSet.Auditor] { candidacy.auditors.map(\.entry) }

    init() throws { candidacy = try TestCandidacy() }

    private func refusal(
        threshold: Int = 2, operators: Int = 1, _ auditors: [AuditorSet.Auditor]
    ) -> CredentialError? {
        do throws(CredentialError) {
            _ = try AuditorSet(
                version: 1, network: "n", threshold: threshold, operators: operators,
                auditors: auditors)
            return nil
        } catch {
            return error
        }
    }

    private func read(_ json: JSON) -> CredentialError.Code? {
        code { () throws(CredentialError) in try AuditorSet(json: json) }
    }

    @Test func `a set reads back as it was written, with the same digest`() throws {
        let bytes = candidacy.set.json.bytes
        let read = try AuditorSet(bytes: bytes)
        #expect(read == candidacy.set)
        #expect(read.digest == Digest.sha256(bytes))
        #expect(read.auditors.map(\.issuer) == entries.map(\.issuer))
    }

    @Test func `the order of members does not change the digest, that of auditors does`() throws {
        let members = candidacy.set.json.objectValue?.members ?? []
        let reversed = JSONObject(members.reversed().map { ($0.name, $0.value) })
        #expect(try AuditorSet(json: .object(reversed)).digest == candidacy.set.digest)
        let turned = try AuditorSet(
            version: 1, network: candidacy.network, threshold: 2, operators: 2,
            auditors: entries.reversed())
        #expect(turned.digest != candidacy.set.digest)
    }

    @Test func `an empty set is refused`() {
        #expect(refusal(threshold: 1, [])?.code == .auditorSet)
        #expect(refusal(threshold: 0, [])?.code == .auditorSet)
    }

    @Test func `the threshold is a majority and no more than there are`() throws {
        let four = try TestCandidacy(operators: ["a", "b", "c", "d"], threshold: 3)
        for (threshold, count, isGood) in [
            (0, 3, false), (1, 3, false), (2, 3, true), (3, 3, true), (4, 3, false),
            (2, 4, false), (3, 4, true), (1, 2, false), (2, 2, true), (1, 1, true), (-1, 1, false),
        ] {
            let auditors = Array(four.auditors.map(\.entry).prefix(count))
            let refused = refusal(threshold: threshold, auditors)
            #expect((refused == nil) == isGood, "\(threshold) of \(count)")
        }
    }

    @Test func `the operator count can be reached`() throws {
        let shared = try TestCandidacy(
            operators: ["a", "a", "b"], threshold: 2, distinctOperators: 1
        ).auditors.map(\.entry)
        #expect(refusal(operators: 2, shared) == nil)
        #expect(refusal(threshold: 3, operators: 3, shared)?.code == .auditorSet)
        #expect(refusal(operators: 0, shared)?.code == .auditorSet)
        #expect(refusal(threshold: 2, operators: 3, entries)?.code == .auditorSet)
    }

    @Test func `an issuer or a key that appears twice is refused`() throws {
        let first = entries[0]
        let again = AuditorSet.Auditor(
            issuer: first.issuer, name: "x", operatorName: "x", account: first.account,
            keys: entries[1].keys)
        #expect(refusal([first, again, entries[2]])?.code == .auditorSet)
        let sameKey = AuditorSet.Auditor(
            issuer: "https://a9.example", name: "x", operatorName: "x", account: first.account,
            keys: first.keys)
        #expect(refusal([first, sameKey, entries[2]])?.code == .auditorSet)
        let keyTwice = AuditorSet.Auditor(
            issuer: "https://a9.example", name: "x", operatorName: "x", account: first.account,
            keys: [entries[1].keys[0], entries[1].keys[0]])
        #expect(refusal([first, keyTwice])?.code == .auditorSet)
    }

    @Test func `a key that is written in another way is still the same key`() throws {
        var json = candidacy.set.json
        guard case .object(var members) = json, var auditors = members["auditors"]?.arrayValue,
            case .object(var second) = auditors[1]
        else { return }
        var key = entries[0].keys[0].key.jwk.objectValue ?? JSONObject()
        key["kid"] = "another-name"
        key["use"] = "sig"
        second["keys"] = [
            [
                "jwk": .object(key), "from": "2026-01-01T00:00:00Z",
                "until": "2027-01-01T00:00:00Z",
            ]
        ]
        auditors[1] = .object(second)
        members["auditors"] = .array(auditors)
        json = .object(members)
        #expect(read(json) == .auditorSet)
    }

    @Test func `an auditor without keys, or with a window that is none, is refused`() {
        let first = entries[0]
        let key = first.keys[0]
        func with(_ keys: [AuditorSet.Key]) -> CredentialError.Code? {
            refusal(
                threshold: 1,
                [
                    AuditorSet.Auditor(
                        issuer: first.issuer, name: "x", operatorName: "x",
                        account: first.account, keys: keys)
                ])?.code
        }
        #expect(with([]) == .auditorSet)
        let empty = Validity(from: key.window.from, until: key.window.from)
        #expect(with([AuditorSet.Key(key: key.key, window: empty)]) == .auditorSet)
    }

    @Test func `unknown members, wrong kinds and broken text are refused`() throws {
        var object = candidacy.set.json.objectValue ?? JSONObject()
        object["extra"] = 1
        #expect(read(.object(object)) == .malformed)
        for name in ["version", "network", "threshold", "operators", "auditors"] {
            var object = candidacy.set.json.objectValue ?? JSONObject()
            object[name] = true
            #expect(read(.object(object)) == .malformed, "\(name)")
        }
        for text in ["", "[]", "{", "{\"version\":1,\"version\":1}"] {
            #expect(
                code { () throws(CredentialError) in try AuditorSet(bytes: Array(text.utf8)) }
                    == .malformed)
        }
    }

    @Test(arguments: [
        "http://a.example", "https://a.example/", "https://a.example?x=1", "https://a.example#k",
        "https://A.example", "https://a.example//b", "https://a.example/b c", "a.example",
    ])
    func `an issuer has one way to be written`(issuer: String) {
        #expect(!WebAddress.isIssuer(issuer))
    }

    @Test(arguments: [
        "https://a.example", "https://a.example:8443/auditors/1", "https://127.0.0.1:1",
    ])
    func `common issuers are accepted`(issuer: String) { #expect(WebAddress.isIssuer(issuer)) }
}
