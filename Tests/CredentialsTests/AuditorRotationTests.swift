import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct AuditorRotationTests {
    let candidacy: TestCandidacy
    let newKey: KeyPair
    var now: Instant { candidacy.now }
    var set: AuditorSet { candidacy.set }
    var auditor: TestAuditor { candidacy.auditors[0] }

    init() throws {
        candidacy = try TestCandidacy()
        newKey = try KeyPair()
    }

    private func draft(
        _ change: (inout AuditorRotation.Draft) -> Void = { _ in }
    ) -> AuditorRotation.Draft {
        var draft = AuditorRotation.Draft(
            network: candidacy.network, issuer: auditor.issuer, version: 1, key: newKey.publicKey,
            window: Validity(from: now, until: now.adding(milliseconds: 100_000_000)))
        change(&draft)
        return draft
    }

    private func rotation(
        by key: KeyPair? = nil, _ change: (inout AuditorRotation.Draft) -> Void = { _ in }
    ) throws -> AuditorRotation {
        try draft(change).sign(oldKey: (key ?? auditor.pair).key, newKey: newKey.key)
    }

    private func refusal(
        of rotation: AuditorRotation, in set: AuditorSet? = nil, at time: Instant? = nil
    ) -> CredentialError.Code? {
        code { () throws(CredentialError) in
            try (set ?? self.set).rotated(by: rotation, at: time ?? now)
        }
    }

    @Test func `a rotation adds the new key and makes the next version`() throws {
        let cut = now.adding(milliseconds: 3_600_000)
        let rotation = try rotation {
            $0.oldUntil = cut
            $0.oldCompromisedSince = 7
        }
        let read = try AuditorRotation(rotation.jws.compact)
        #expect(read.draft == rotation.draft && read.keyID.hasPrefix(auditor.issuer + "#"))
        let next = try set.rotated(by: read, at: now)
        #expect(next.version == 2)
        let keys = try #require(next.auditor(auditor.issuer)?.keys)
        #expect(keys.map(\.key) == [auditor.pair.publicKey, newKey.publicKey])
        #expect(keys[0].window == Validity(from: auditor.window.from, until: cut))
        #expect(keys.map(\.compromisedSince) == [7, nil])
        #expect(keys[1].window == rotation.draft.window)
        #expect(Array(next.auditors.dropFirst()) == Array(set.auditors.dropFirst()))
        #expect(try AuditorSet(json: next.json) == next)
    }

    @Test func `both keys are believed through the overlap`() throws {
        let next = try set.rotated(by: try rotation(), at: now)
        let application = candidacy.application
        let old = try auditor.credential(for: application, at: now)
        let new = try auditor.claims(for: application, at: now).sign(with: newKey.key)
        for credential in [old, new] {
            #expect(try next.verify(credential, at: now).auditor.issuer == auditor.issuer)
        }
        #expect(code { () throws(CredentialError) in try set.verify(new, at: now) } == .unknownKey)
    }

    @Test func `a rotation counts once, for one network, auditor and version`() throws {
        let rotation = try rotation()
        let next = try set.rotated(by: rotation, at: now)
        #expect(refusal(of: rotation, in: next) == .wrongVersion)
        #expect(refusal(of: try self.rotation { $0.version = 2 }) == .wrongVersion)
        #expect(refusal(of: try self.rotation { $0.network = "other" }) == .wrongNetwork)
        #expect(
            refusal(of: try self.rotation { $0.issuer = "https://b.example" }) == .unknownAuditor)
    }

    @Test func `only a key of that auditor rotates, in its window, in good hands`() throws {
        let other = candidacy.auditors[1].pair
        #expect(refusal(of: try rotation(by: other)) == .unknownKey)
        #expect(refusal(of: try rotation(by: try KeyPair())) == .unknownKey)
        let window = auditor.window
        let late = try rotation {
            $0.window = Validity(from: now, until: now.adding(milliseconds: 864_000_000))
        }
        let tick = { (instant: Instant, milliseconds: Int64) in
            instant.adding(milliseconds: milliseconds)
        }
        #expect(refusal(of: late, at: tick(window.from, -1)) == .outsideKeyWindow)
        #expect(refusal(of: late, at: window.from) == nil)
        #expect(refusal(of: late, at: tick(window.until, -1)) == nil)
        #expect(refusal(of: late, at: window.until) == .outsideKeyWindow)
        let stolen = try set.rotated(by: try rotation { $0.oldCompromisedSince = 3 }, at: now)
        let third = try KeyPair()
        let again = try draft {
            $0.version = 2
            $0.key = third.publicKey
        }.sign(oldKey: auditor.pair.key, newKey: third.key)
        #expect(refusal(of: again, in: stolen) == .compromisedKey)
        let forged = try forged(rotation().jws) { $0["version"] = 2 }
        #expect(code { () throws(CredentialError) in try AuditorRotation(forged) } == .badSignature)
    }

    @Test func `a key without its owner's proof is refused`() throws {
        let stranger = try KeyPair()
        let good = try rotation()
        #expect(
            code { () throws(CredentialError) in
                try draft().sign(oldKey: auditor.pair.key, newKey: stranger.key)
            } == .badSignature)
        // The proof of one rotation is none for another network, version or auditor.
        for change: (inout JSONObject) -> Void in [
            { $0["network"] = "other" }, { $0["version"] = 2 },
            { $0["issuer"] = "https://a2.example" }, { $0["jwk"] = stranger.publicKey.jwk },
        ] {
            let token = try resigned(good.jws, auditor.pair, change)
            #expect(
                code { () throws(CredentialError) in try AuditorRotation(token) } == .badSignature)
        }
        let token = try resigned(good.jws, auditor.pair, type: "auditor-set+jwt")
        #expect(code { () throws(CredentialError) in try AuditorRotation(token) } == .wrongType)
    }

    @Test func `broken rotations are refused`() throws {
        let good = try rotation()
        for name in ["network", "issuer", "version", "jwk", "from", "until", "proof"] {
            let token = try resigned(good.jws, auditor.pair) { $0[name] = nil }
            #expect(
                code { () throws(CredentialError) in try AuditorRotation(token) } == .malformed,
                "\(name)")
        }
        for (name, value) in [
            ("extra", JSON(1)), ("oldCompromisedSince", JSON(-1)), ("oldUntil", "tomorrow"),
            ("oldCompromisedSince", JSON(9_007_199_254_740_992)), ("version", JSON(0)),
        ] {
            let token = try resigned(good.jws, auditor.pair) { $0[name] = value }
            #expect(
                code { () throws(CredentialError) in try AuditorRotation(token) } == .malformed,
                "\(name)")
        }
        let long = String(repeating: "a", count: 9_000)
        #expect(code { () throws(CredentialError) in try AuditorRotation(long) } == .limit)
    }

    @Test func `windows that make no sense are refused`() throws {
        let window = auditor.window
        for until in [window.from, window.until.adding(milliseconds: 1_000)] {
            #expect(refusal(of: try rotation { $0.oldUntil = until }) == .auditorSet)
        }
        let over = Validity(from: window.from, until: now)
        #expect(refusal(of: try rotation { $0.window = over }) == .auditorSet)
        let turned = Validity(from: window.until, until: now.adding(milliseconds: 1_000))
        #expect(refusal(of: try rotation { $0.window = turned }) == .auditorSet)
        let same = try draft { $0.key = auditor.pair.publicKey }
            .sign(oldKey: auditor.pair.key, newKey: auditor.pair.key)
        #expect(refusal(of: same) == .auditorSet)
    }

    @Test func `keys whose windows are over make room`() throws {
        var set = self.set
        var oldest = auditor.pair
        // Sixteen keys: the first and fifteen more, each signed by the first.
        for version in 1...15 {
            let key = try KeyPair()
            let step = try draft {
                $0.version = Int64(version)
                $0.key = key.publicKey
                $0.oldUntil = version == 15 ? now.adding(milliseconds: 1_000) : nil
            }.sign(oldKey: auditor.pair.key, newKey: key.key)
            set = try set.rotated(by: step, at: now)
            oldest = key
        }
        #expect(set.auditor(auditor.issuer)?.keys.count == 16)
        let next = try draft { $0.version = 16 }.sign(oldKey: oldest.key, newKey: newKey.key)
        #expect(refusal(of: next, in: set) == .auditorSet)
        let later = try set.rotated(by: next, at: now.adding(milliseconds: 1_000))
        let keys = try #require(later.auditor(auditor.issuer)?.keys.map(\.key))
        #expect(keys.count == 16 && !keys.contains(auditor.pair.publicKey))
    }
}
