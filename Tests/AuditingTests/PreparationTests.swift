import Auditing
import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct PreparationTests {
    let uuid = "0190a3c2-0000-4000-8000-000000000001"

    private func claims(
        _ testCase: Case, validFor: String = "1h", at time: Instant? = nil,
        keyWindow: Validity? = nil
    ) throws -> CredentialClaims {
        let now = time ?? testCase.now
        let window =
            keyWindow
            ?? Validity(
                from: testCase.now.adding(milliseconds: -1000),
                until: testCase.now.adding(milliseconds: 1_000_000_000))
        switch testCase.judged(try policy(rules: everything, validFor: validFor)) {
        case .granted(let permit):
            return try permit.prepare(id: uuid, at: now, keyWindow: window).claims
        case .refused(let refusal):
            return try refusal.prepare(id: uuid, at: now, keyWindow: window).claims
        case .referred:
            throw AuditingError(.policy, "referred")
        }
    }

    private func code(_ body: () throws -> CredentialClaims) -> AuditingError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? AuditingError)?.code
        }
    }

    @Test func `a consent lasts as long as the policy says, to the second`() throws {
        let testCase = try Case()
        let prepared = try claims(testCase)
        #expect(prepared.consent == .granted)
        #expect(prepared.issuedAt == testCase.now)
        #expect(prepared.validity.until == testCase.now.adding(milliseconds: 3_600_000))
        #expect(prepared.validity.from == testCase.now.adding(milliseconds: -60_000))
        #expect(prepared.json["exp"]?.int64Value == testCase.now.seconds + 3600)
        #expect(prepared.evidence.first?.policy == "test@1")
        #expect(prepared.deposit?.amount == 1000)
    }

    @Test func `what is to be signed are the claims, byte for byte`() throws {
        let testCase = try Case()
        let window = Validity(
            from: testCase.now, until: testCase.now.adding(milliseconds: 1_000_000_000))
        guard case .granted(let permit) = testCase.judged(try policy(rules: everything)) else {
            throw AuditingError(.policy, "not granted")
        }
        let prepared = try permit.prepare(id: uuid, at: testCase.now, keyWindow: window)
        #expect(prepared.payload == prepared.claims.json.bytes)
        #expect(try CredentialClaims(json: JSON.parse(prepared.payload)) == prepared.claims)
    }

    @Test func `the shortest of policy, application, evidence and key decides`() throws {
        let start = try Case().now
        func seconds(_ claims: CredentialClaims) -> Int64 {
            claims.validity.until.seconds - start.seconds
        }
        #expect(try seconds(claims(Case(validForSeconds: 600))) == 600)
        #expect(try seconds(claims(Case(validForSeconds: 7200))) == 3600)
        #expect(try seconds(claims(Case(statementSeconds: 90))) == 90)
        let window = Validity(
            from: start, until: Instant(milliseconds: start.milliseconds + 45_999))
        #expect(try seconds(claims(Case(), keyWindow: window)) == 45)
    }

    @Test func `parts of a second are dropped, never added`() throws {
        let testCase = try Case()
        let prepared = try claims(testCase, at: testCase.now.adding(milliseconds: 999))
        #expect(prepared.issuedAt == testCase.now)
        #expect(prepared.validity.until == testCase.now.adding(milliseconds: 3_600_000))
    }

    @Test func `a key signs from the first to before the last moment of its window`() throws {
        let testCase = try Case()
        let now = testCase.now
        for (from, until, expected): (Int64, Int64, AuditingError.Code?) in [
            (0, 3_600_000, nil), (1, 3_600_000, .keyWindow), (-1000, 0, .keyWindow),
            (-1000, 999, .noValidity), (-1000, 1000, nil),
        ] {
            let window = Validity(
                from: now.adding(milliseconds: from), until: now.adding(milliseconds: until))
            #expect(
                code { try claims(testCase, keyWindow: window) } == expected, "\(from) \(until)")
        }
    }

    @Test func `nothing is signed when the evidence ended in the meantime`() throws {
        let testCase = try Case(statementSeconds: 10)
        let later = testCase.now.adding(milliseconds: 10_000)
        #expect(code { try claims(testCase, at: later) } == .noValidity)
    }

    @Test func `a refusal carries its findings and the first one's reason`() throws {
        var testCase = try Case()
        testCase.evidence.device = .absent(reason: "line one\nline \u{1b}[2J two")
        let prepared = try claims(testCase)
        #expect(prepared.consent == .refused(reason: "MissingFact"))
        let finding = try #require(prepared.evidence.first?.findings.first)
        #expect(finding.rule == "device")
        #expect(!finding.message.unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test func `prepared claims verify once signed by an auditor of the set`() throws {
        let testCase = try Case()
        let auditor = testCase.candidacy.auditors[0]
        let signed = try claims(testCase, keyWindow: auditor.window).sign(with: auditor.pair.key)
        let verified = try testCase.candidacy.set.verify(signed, at: testCase.now)
        #expect(verified.claims.application == testCase.application.digest)
        #expect(verified.claims.consent == .granted)
    }

    @Test func `a message of any length is cut to what a credential may hold`() throws {
        var testCase = try Case()
        testCase.evidence.credit = .absent(reason: String(repeating: "ä", count: 5000))
        let finding = try #require(try claims(testCase).evidence.first?.findings.first)
        #expect(finding.message.utf8.count <= 400)
        #expect(finding.message.hasSuffix("…"))
    }

    @Test func `the lint finds each thing that must not be signed`() throws {
        let testCase = try Case()
        let good = try claims(testCase)
        let judgement = testCase.outcome(try policy(rules: everything)).1
        let window = Validity(
            from: testCase.now, until: testCase.now.adding(milliseconds: 10_000_000))
        func problems(_ change: (inout CredentialClaims) -> Void) -> String {
            var claims = good
            change(&claims)
            return lint(claims, as: claims.json.bytes, for: judgement, keyWindow: window)
                .joined(separator: "; ")
        }
        let other = try Case()
        let end = good.validity.until
        #expect(problems { _ in } == "")
        #expect(
            problems {
                $0.validity = Validity(
                    from: $0.validity.from, until: end.adding(milliseconds: 1000))
            } == "it is valid for longer than 3600 s")
        #expect(
            problems {
                $0.validity = Validity(from: $0.validity.from, until: end.adding(milliseconds: -1))
            }.contains("milliseconds"))
        #expect(problems { $0.application = .zero }.contains("digest"))
        #expect(problems { $0.node = other.candidacy.node.publicKey }.contains("node"))
        #expect(problems { $0.network = "other" }.contains("network"))
        #expect(problems { $0.endpoint = "https://x" }.contains("endpoint"))
        #expect(
            problems { $0.consensusKey = other.candidacy.consensusKey.publicKey }
                .contains("consensus key"))
        #expect(problems { $0.issuer = "https://a2.example" }.contains("issuer"))
        #expect(problems { $0.id = "" }.contains("id"))
        #expect(problems { $0.id = "not-a-uuid" }.contains("read back"))
        #expect(problems { $0.evidence = [] }.contains("policy"))
        #expect(problems { $0.issuedAt = end }.contains("outside its validity"))
    }
}
