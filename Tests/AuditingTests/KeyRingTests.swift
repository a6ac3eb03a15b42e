import Auditing
import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct KeyRingTests {
    private let issuer = "https://auditor.example"
    private let start = Instant(seconds: 1_800_000_000)
    private let keys: [PublicKey]

    init() throws {
        keys = try (0..<3).map { _ in try PrivateKey.generate(.es256).publicKey }
    }

    private func after(_ seconds: Int64) -> Instant { start.adding(milliseconds: seconds * 1000) }

    private func window(_ from: Int64, _ until: Int64) -> Validity {
        Validity(from: after(from), until: after(until))
    }

    /// A ring with one active key and one prepared an hour ago.
    private func ring() throws -> KeyRing {
        var ring = KeyRing(issuer: issuer)
        try ring.prepare(keys[0], window: window(0, 100_000), source: .file("0.pem"), at: start)
        try ring.activate(keys[0].thumbprint, at: start)
        try ring.prepare(
            keys[1], window: window(0, 200_000), source: .token("pkcs11:object=1"), at: start)
        return ring
    }

    @Test func `the first key signs at once, the next when verifiers know it`() throws {
        var ring = try ring()
        let next = keys[1].thumbprint
        for seconds in [Int64(0), 3_599] {
            #expect(throws: AuditingError.self) { try ring.activate(next, at: after(seconds)) }
        }
        #expect(ring.active?.publicKey == keys[0])
        try ring.activate(next, at: after(3_600))
        #expect(ring.active?.publicKey == keys[1])
        #expect(ring.key(keys[0].thumbprint)?.state == .retired)
        #expect(ring.key(keys[0].thumbprint)?.retiredAt == after(3_600))
    }

    @Test func `a key that must not sign any longer is replaced at once`() throws {
        var ring = try ring()
        try ring.activate(keys[1].thumbprint, at: after(1), isAtOnce: true)
        #expect(ring.active?.publicKey == keys[1])
    }

    @Test func `no state is left backwards`() throws {
        var ring = try ring()
        let first = keys[0].thumbprint
        try ring.retire(first, at: after(1))
        #expect(throws: AuditingError.self) { try ring.activate(first, at: after(5_000)) }
        #expect(throws: AuditingError.self) { try ring.retire(first, at: after(2)) }
        try ring.revoke(first, reason: "stolen", at: after(3))
        #expect(throws: AuditingError.self) {
            try ring.revoke(first, reason: "stolen again", at: after(4))
        }
        #expect(throws: AuditingError.self) { try ring.activate(first, at: after(5_000)) }
        #expect(throws: AuditingError.self) { try ring.activate("unknown", at: after(5_000)) }
        #expect(ring.active == nil)
    }

    @Test func `a key signs inside its window only`() throws {
        var ring = KeyRing(issuer: issuer)
        try ring.prepare(keys[0], window: window(100, 200), source: .file("k"), at: start)
        #expect(throws: AuditingError.self) { try ring.activate(keys[0].thumbprint, at: after(99)) }
        #expect(throws: AuditingError.self) {
            try ring.activate(keys[0].thumbprint, at: after(200))
        }
        try ring.activate(keys[0].thumbprint, at: after(199))
        #expect(throws: AuditingError.self) {
            try ring.prepare(keys[1], window: window(0, 50), source: .file("k"), at: after(50))
        }
        #expect(throws: AuditingError.self) {
            try ring.prepare(keys[0], window: window(0, 500), source: .file("k"), at: start)
        }
    }

    @Test func `revoked and ended keys are not published, all others are`() throws {
        var ring = try ring()
        func published(_ seconds: Int64) throws -> [PublicKey] {
            try ring.published(at: after(seconds)).keys
        }
        #expect(try published(0) == [keys[0], keys[1]])
        #expect(try published(99_999) == [keys[0], keys[1]])
        #expect(try published(100_000) == [keys[1]])
        try ring.activate(keys[1].thumbprint, at: after(4_000))
        #expect(try published(4_000) == [keys[0], keys[1]])
        try ring.revoke(keys[0].thumbprint, reason: "lost", at: after(5_000))
        #expect(try published(5_000) == [keys[1]])
        let name = "\(issuer)#\(keys[1].thumbprint)"
        #expect(try ring.published(at: after(5_000)).key(name) == keys[1])
        #expect(try ring.published(at: after(5_000)).key("\(issuer)#\(keys[0].thumbprint)") == nil)
    }

    @Test func `a ring's file gives the ring back`() throws {
        var ring = try ring()
        try ring.prepare(keys[2], window: window(5, 6), source: .signer("/run/s"), at: start)
        try ring.activate(keys[1].thumbprint, at: after(4_000))
        try ring.revoke(keys[0].thumbprint, reason: "lost", at: after(5_000))
        #expect(try KeyRing(json: try JSON.parse(ring.json.text)) == ring)
    }

    @Test(arguments: [
        ("state", "\"retired\""), ("state", "\"lost\""), ("until", "\"2027-01-15T08:00:00Z\""),
        ("thumbprint", "\"abc\""), ("source", "{}"),
        ("source", "{\"file\":\"a\",\"signer\":\"b\"}"),
        ("revokedAt", "\"2027-01-15T08:00:00Z\""), ("jwk", "{\"kty\":\"oct\",\"k\":\"AAAA\"}"),
        ("extra", "1"),
    ])
    func `a file that contradicts itself is no ring`(_ name: String, _ text: String) throws {
        var ring = try #require(try self.ring().json.objectValue)
        var keys = try #require(ring["keys"]?.arrayValue)
        var key = try #require(keys[0].objectValue)
        key[name] = try JSON.parse(text)
        keys[0] = .object(key)
        ring["keys"] = .array(keys)
        #expect(throws: FormatError.self) { try KeyRing(json: .object(ring)) }
    }

    @Test func `two active keys, or one key twice, are no ring`() throws {
        let ring = try ring().json
        let first = try #require(ring["keys"]?[0])
        var members = try #require(ring.objectValue)
        members["keys"] = [first, first]
        #expect(throws: FormatError.self) { try KeyRing(json: .object(members)) }
        var other = KeyRing(issuer: issuer)
        try other.prepare(keys[2], window: window(0, 9), source: .file("2"), at: start)
        try other.activate(keys[2].thumbprint, at: start)
        members["keys"] = [first, try #require(other.json["keys"]?[0])]
        #expect(throws: FormatError.self) { try KeyRing(json: .object(members)) }
    }

    @Test func `an older copy of a ring is recognised`() throws {
        let before = try ring()
        var after = before
        try after.activate(keys[1].thumbprint, at: self.after(4_000))
        let now = self.after(4_001)
        let changes = try after.changes(since: before, at: now)
        #expect(changes.map(\.key.state) == [.retired, .active])
        #expect(changes.map(\.before) == [.active, .prepared])
        #expect(throws: AuditingError.self) { try before.changes(since: after, at: now) }
        #expect(try after.changes(since: after, at: now) == [])
        // A key is gone before its end.
        #expect(throws: AuditingError.self) {
            try KeyRing(issuer: issuer).changes(since: before, at: now)
        }
        #expect(
            try KeyRing(issuer: issuer).changes(since: before, at: self.after(200_000)) == [])
        #expect(throws: AuditingError.self) {
            try KeyRing(issuer: "https://other.example").changes(since: before, at: now)
        }
    }

    @Test func `over years of rotations every credential in use can be verified`() throws {
        let validFor: Int64 = 30 * 86_400
        let life: Int64 = 120 * 86_400
        var random = SeededGenerator(seed: 4)
        var ring = KeyRing(issuer: issuer)
        var signed: [(key: PublicKey, until: Instant)] = []
        var now = start
        func add() throws {
            let key = try PrivateKey.generate(.es256).publicKey
            try ring.prepare(
                key, window: Validity(from: now, until: now.adding(milliseconds: life * 1000)),
                source: .file("k"), at: now)
        }
        try add()
        try ring.activate(try #require(ring.keys.first).thumbprint, at: now)
        var rotations = 0
        while now < after(5 * 365 * 86_400) {
            now = now.adding(milliseconds: Int64.random(in: 1...2 * 86_400, using: &random) * 1000)
            let plan = KeyPlan(ring, validForSeconds: validFor, at: now)
            let active = try #require(ring.active)
            let prepared = ring.keys.first { $0.state == .prepared }
            if plan.lines.contains(where: { $0.step == .prepareNext && $0.isDue }) { try add() }
            if let prepared, prepared.knownFrom <= now {
                try ring.activate(prepared.thumbprint, at: now)
                rotations += 1
            } else if active.window.contains(now) {
                let end = min(now.adding(milliseconds: validFor * 1000), active.window.until)
                signed.append((active.publicKey, end))
            }
            signed.removeAll { $0.until <= now }
            let published = try ring.published(at: now)
            for credential in signed {
                #expect(published.keys.contains(credential.key))
            }
            #expect(published.entries.count <= 3)
        }
        #expect(rotations > 15)
    }

    @Test func `the plan says when to prepare, activate and drop`() throws {
        var ring = KeyRing(issuer: issuer)
        try ring.prepare(keys[0], window: window(0, 100_000), source: .file("0.pem"), at: start)
        try ring.activate(keys[0].thumbprint, at: start)
        let plan = KeyPlan(ring, validForSeconds: 10_000, at: start)
        #expect(plan.lines.map(\.step) == [.prepareNext, .activateNext, .ends])
        #expect(plan.lines.map(\.at) == [after(82_800), after(90_000), after(100_000)])
        #expect(plan.lines.allSatisfy { !$0.isDue })
        #expect(
            KeyPlan(ring, validForSeconds: 10_000, at: after(90_000)).lines.map(\.isDue)
                == [true, true, false])
        try ring.prepare(
            keys[1], window: window(0, 200_000), source: .file("1.pem"), at: after(1_000))
        #expect(
            KeyPlan(ring, validForSeconds: 10_000, at: after(1_000)).lines.first?.at
                == after(4_600))
        try ring.activate(keys[1].thumbprint, at: after(5_000))
        let drop = KeyPlan(ring, validForSeconds: 10_000, at: after(5_000)).lines.first
        #expect(drop?.step == .mayDrop)
        #expect(drop?.at == after(15_000))
    }
}
