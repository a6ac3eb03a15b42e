import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct AuditorSetUpdateTests {
    let candidacy: TestCandidacy
    let newcomer: TestAuditor
    var now: Instant { candidacy.now }
    var set: AuditorSet { candidacy.set }
    var auditors: [TestAuditor] { candidacy.auditors }

    init() throws {
        candidacy = try TestCandidacy()
        newcomer = try TestAuditor(
            "a4", operatorName: "east", window: candidacy.auditors[0].window)
    }

    private func next(
        _ entries: [AuditorSet.Auditor]? = nil, version: Int64 = 2, network: String? = nil,
        threshold: Int = 2, operators: Int = 2
    ) throws -> AuditorSet {
        try AuditorSet(
            version: version, network: network ?? candidacy.network, threshold: threshold,
            operators: operators,
            auditors: entries ?? [auditors[0].entry, auditors[1].entry, newcomer.entry])
    }

    private func signature(_ next: AuditorSet, _ auditor: TestAuditor) throws -> String {
        try AuditorSetSignature.sign(next, issuer: auditor.issuer, key: auditor.pair.key).jws
            .compact
    }

    private func refusal(
        _ next: AuditorSet, by signers: [TestAuditor], of set: AuditorSet? = nil,
        at time: Instant? = nil
    ) throws -> CredentialError.Code? {
        let signatures = try signers.map { try signature(next, $0) }
        return code { () throws(CredentialError) in
            try (set ?? self.set).checkUpdate(to: next, signatures: signatures, at: time ?? now)
        }
    }

    @Test func `a quorum of both sets replaces the set`() throws {
        #expect(try refusal(try next(), by: [auditors[0], auditors[1]]) == nil)
        #expect(try refusal(try next(), by: [auditors[1], auditors[0], newcomer]) == nil)
    }

    @Test func `a quorum of one set alone is refused`() throws {
        let next = try next()
        // One of the old set; two of the new one.
        #expect(try refusal(next, by: [auditors[0], newcomer]) == .quorumNotMet)
        // Two of the old set; one of the new one.
        #expect(try refusal(next, by: [auditors[0], auditors[2]]) == .quorumNotMet)
        #expect(try refusal(next, by: []) == .quorumNotMet)
        #expect(try refusal(next, by: [auditors[0]]) == .quorumNotMet)
    }

    @Test func `one key or one auditor that signs twice counts once`() throws {
        let next = try next()
        #expect(try refusal(next, by: [auditors[0], auditors[0]]) == .quorumNotMet)
        let second = try KeyPair()
        var keys = auditors[0].entry.keys
        keys.append(AuditorSet.Key(key: second.publicKey, window: auditors[0].window))
        let entry = auditors[0].entry
        let rich = AuditorSet.Auditor(
            issuer: entry.issuer, name: entry.name, operatorName: entry.operatorName,
            account: entry.account, keys: keys)
        let set = try self.next([rich, auditors[1].entry, auditors[2].entry], version: 1)
        let after = try self.next([rich, auditors[1].entry, auditors[2].entry])
        let signatures = [
            try signature(after, auditors[0]),
            try AuditorSetSignature.sign(after, issuer: entry.issuer, key: second.key).jws.compact,
        ]
        #expect(
            code { () throws(CredentialError) in
                try set.checkUpdate(to: after, signatures: signatures, at: now)
            } == .quorumNotMet)
    }

    @Test func `auditors of one operator are not enough`() throws {
        let shared = try TestCandidacy(operators: ["north", "north", "west"])
        let entries = shared.auditors.map(\.entry)
        let next = try next(entries, network: shared.network)
        #expect(
            try refusal(next, by: Array(shared.auditors.prefix(2)), of: shared.set)
                == .operatorsNotMet)
        #expect(try refusal(next, by: Array(shared.auditors.suffix(2)), of: shared.set) == nil)
    }

    @Test func `only the next version of this network's set follows`() throws {
        let both = [auditors[0], auditors[1]]
        for version in [1, 3] as [Int64] {
            #expect(try refusal(try next(version: version), by: both) == .wrongVersion)
        }
        #expect(try refusal(try next(network: "other"), by: both) == .wrongNetwork)
        let second = try next()
        #expect(try refusal(second, by: both, of: second) == .wrongVersion)
    }

    @Test func `a signature over another set is refused`() throws {
        let next = try next()
        let other = try self.next([auditors[0].entry, auditors[1].entry])
        let signatures = [try signature(next, auditors[0]), try signature(other, auditors[1])]
        #expect(
            code { () throws(CredentialError) in
                try set.checkUpdate(to: next, signatures: signatures, at: now)
            } == .inconsistent)
        let stranger = try KeyPair()
        let good = try AuditorSetSignature.sign(
            next, issuer: auditors[0].issuer, key: auditors[0].pair.key)
        let forged = try resigned(good.jws, stranger)
        #expect(
            code { () throws(CredentialError) in
                try set.checkUpdate(to: next, signatures: [forged], at: now)
            } == .badSignature)
        let unknown = try AuditorSetSignature.sign(
            next, issuer: auditors[0].issuer, key: stranger.key)
        #expect(
            code { () throws(CredentialError) in
                try set.checkUpdate(to: next, signatures: [unknown.jws.compact], at: now)
            } == .unknownKey)
        let many = Array(repeating: good.jws.compact, count: 65)
        #expect(
            code { () throws(CredentialError) in
                try set.checkUpdate(to: next, signatures: many, at: now)
            } == .limit)
    }

    @Test func `a key outside its window or in other hands does not count`() throws {
        let (next, both) = (try next(), [auditors[0], auditors[1]])
        let window = auditors[0].window
        for (time, isGood) in [
            (window.from.adding(milliseconds: -1), false), (window.from, true),
            (window.until.adding(milliseconds: -1), true), (window.until, false),
        ] {
            #expect(try refusal(next, by: both, at: time) == (isGood ? nil : .quorumNotMet))
        }
        let entry = auditors[1].entry
        let stolen = AuditorSet.Auditor(
            issuer: entry.issuer, name: entry.name, operatorName: entry.operatorName,
            account: entry.account,
            keys: [
                AuditorSet.Key(key: entry.keys[0].key, window: window, compromisedSince: 4)
            ])
        let after = try self.next([auditors[0].entry, stolen, auditors[2].entry])
        #expect(try refusal(after, by: both) == .quorumNotMet)
        #expect(try refusal(after, by: [auditors[0], auditors[2]]) == nil)
        let before = try self.next([auditors[0].entry, stolen, auditors[2].entry], version: 1)
        #expect(try refusal(next, by: both, of: before) == .quorumNotMet)
    }

    @Test func `a set tells the keys that are in other hands`() throws {
        let window = auditors[0].window
        let entry = auditors[0].entry
        let stolen = AuditorSet.Auditor(
            issuer: entry.issuer, name: entry.name, operatorName: entry.operatorName,
            account: entry.account,
            keys: [
                AuditorSet.Key(key: entry.keys[0].key, window: window, compromisedSince: 0)
            ])
        let set = try next([stolen, auditors[1].entry])
        #expect(try AuditorSet(bytes: set.json.bytes) == set)
        #expect(set.json.text.contains("\"compromisedSince\":0"))
        let credential = try auditors[0].credential(for: candidacy.application, at: now)
        #expect(try set.verify(credential, at: now).compromisedSince == 0)
        #expect(try self.set.verify(credential, at: now).compromisedSince == nil)
    }
}
