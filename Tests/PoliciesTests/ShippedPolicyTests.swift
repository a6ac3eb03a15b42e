import Encoding
import Policies
import Testing

/// The policies under `Policies/`.
struct ShippedPolicyTests {
    static let names = ["device-performance", "deposit-and-credit", "full-review"]

    static func outcome(
        _ name: String, application: JSON = PolicyBuilder.application,
        evidence: JSON = PolicyBuilder.evidence, budget: Int? = nil
    ) throws -> PolicyOutcome {
        try PolicyBuilder.shipped(name).evaluate(
            application: application, evidence: evidence, now: PolicyBuilder.now, budget: budget)
    }

    @Test(arguments: names)
    func `an ordinary machine with its deposit and credit passes`(_ name: String) throws {
        let outcome = try Self.outcome(name)
        #expect(outcome.verdict == .pass)
        #expect(outcome.findings == [])
        #expect(outcome.validForSeconds == 720 * 3600)
        #expect(outcome.cost > 0 && outcome.cost < 500)
    }

    @Test(
        arguments: [
            ("qualifications.device.cores", JSON(Int64(1)), "cores", "DeviceTooSmall"),
            ("qualifications.device.memoryMebibytes", 1024, "memory", "DeviceTooSmall"),
            ("qualifications.device.diskMebibytes", 1023, "disk", "DeviceTooSmall"),
            ("qualifications.device.verificationsPerSecond", 499, "verifications", "DeviceTooSlow"),
            ("qualifications.device.durableWritesPerSecond", 19, "writes", "DeviceTooSlow"),
            (
                "qualifications.device.measuredAt", "2026-11-14T08:59:59Z", "measured",
                "MeasurementOutOfDate"
            ),
            (
                "qualifications.device.measuredAt", "2026-11-21T09:05:01Z", "measured",
                "MeasurementOutOfDate"
            ),
        ] as [(String, JSON, String, String)])
    func `each claim below its threshold refuses by its own rule`(
        _ path: String, _ value: JSON, _ rule: String, _ reason: String
    ) throws {
        for name in ["device-performance", "full-review"] {
            let outcome = try Self.outcome(
                name, application: PolicyBuilder.application.with(path, value))
            #expect(outcome.verdict == .fail)
            #expect(outcome.findings.map(\.rule) == [rule])
            #expect(outcome.findings.map(\.reason) == [reason])
        }
    }

    @Test(
        arguments: [
            ("device-performance", "device.answered", JSON.bool(false), "challenge-answered"),
            ("device-performance", "device.milliseconds", 10_001, "challenge-time"),
            ("device-performance", "device.signaturesPerSecond", 9, "challenge-signatures"),
            ("deposit-and-credit", "deposit.amount", 999, "deposit-amount"),
            ("deposit-and-credit", "deposit.state", "refunded", "deposit-held"),
            ("deposit-and-credit", "deposit.node", "did:key:zOther", "deposit-node"),
            ("deposit-and-credit", "deposit.account", "did:key:zOther", "deposit-account"),
            ("deposit-and-credit", "credit.score", 599, "credit-score"),
            ("deposit-and-credit", "credit.expires", "2026-11-21T09:00:00Z", "credit-current"),
        ] as [(String, String, JSON, String)])
    func `each piece of evidence below its threshold refuses by its own rule`(
        _ name: String, _ path: String, _ value: JSON, _ rule: String
    ) throws {
        for name in [name, "full-review"] {
            let outcome = try Self.outcome(
                name, evidence: PolicyBuilder.evidence.with(path, value))
            #expect(outcome.verdict == .fail)
            #expect(outcome.findings.map(\.rule) == [rule])
        }
    }

    @Test(arguments: names)
    func `an application of another kind is refused for that alone`(_ name: String) throws {
        let outcome = try Self.outcome(
            name, application: PolicyBuilder.application.with("kind", "voting"))
        #expect(outcome.findings.map(\.reason) == [Finding.Reason.notApplicable])
        #expect(outcome.verdict == .fail)
    }

    @Test func `a finding says what was found and what is asked for`() throws {
        let outcome = try Self.outcome(
            "full-review",
            application: PolicyBuilder.application.with("qualifications.device.cores", 1),
            evidence: PolicyBuilder.evidence.with("deposit.amount", 7))
        #expect(
            outcome.findings.map(\.message) == [
                "the device has 1 cores, and 2 are asked for",
                "the deposit is 7, and 1000 is asked for",
            ])
    }

    @Test func `every failure is returned at once`() throws {
        let outcome = try Self.outcome(
            "full-review",
            application: PolicyBuilder.application.with("qualifications.device.cores", 1),
            evidence: PolicyBuilder.evidence.with("deposit.amount", 1).with("credit.score", 1))
        #expect(outcome.findings.map(\.rule) == ["cores", "deposit-amount", "credit-score"])
    }

    @Test(arguments: [
        (
            "device",
            [
                "evidence.device.answered", "evidence.device.milliseconds",
                "evidence.device.signaturesPerSecond",
            ]
        ),
        (
            "deposit",
            [
                "evidence.deposit.amount", "evidence.deposit.state",
                "evidence.deposit.node", "evidence.deposit.account",
            ]
        ),
        ("deposit.amount", ["evidence.deposit.amount"]),
        ("credit", ["evidence.credit.score", "evidence.credit.expires"]),
    ])
    func `missing evidence refuses and the findings name the facts`(
        _ path: String, _ missing: [String]
    ) throws {
        let outcome = try Self.outcome(
            "full-review", evidence: PolicyBuilder.evidence.with(path, nil))
        #expect(outcome.verdict == .fail)
        #expect(outcome.findings.map(\.missing) == missing)
        #expect(outcome.findings.allSatisfy { $0.reason == Finding.Reason.missingFact })
        #expect(zip(outcome.findings, missing).allSatisfy { $0.message.contains($1) })
    }

    @Test(arguments: names)
    func `an application that claims nothing is refused`(_ name: String) throws {
        let outcome = try Self.outcome(name, application: ["kind": "candidacy"], evidence: [:])
        #expect(outcome.verdict == .fail)
        #expect(outcome.findings.allSatisfy { $0.missing != nil })
    }

    @Test(arguments: [(600, "refer"), (649, "refer"), (650, "pass"), (599, "fail")])
    func `a credit score slightly above the minimum goes to reviewers`(
        _ score: Int64, _ verdict: String
    ) throws {
        let outcome = try Self.outcome(
            "full-review", evidence: PolicyBuilder.evidence.with("credit.score", JSON(score)))
        #expect(outcome.verdict.rawValue == verdict)
        if outcome.verdict == .refer {
            #expect(outcome.findings.map(\.reason) == [Finding.Reason.referred])
        }
        let policy = try PolicyBuilder.shipped("full-review")
        #expect(policy.review?.approvals == 2 && policy.review?.of == 3)
        #expect(policy.review?.expiresAfterSeconds == 259_200)
    }

    @Test func `a borderline case that also fails a rule is refused, not referred`() throws {
        let outcome = try Self.outcome(
            "full-review",
            evidence: PolicyBuilder.evidence.with("credit.score", 620).with("deposit.amount", 1))
        #expect(outcome.verdict == .fail)
        #expect(outcome.findings.map(\.rule) == ["deposit-amount"])
    }

    @Test(arguments: names)
    func `at no budget below its cost does a policy pass`(_ name: String) throws {
        let policy = try PolicyBuilder.shipped(name)
        let cost = try Self.outcome(name).cost
        for budget in 0..<cost {
            let outcome = policy.evaluate(
                application: PolicyBuilder.application, evidence: PolicyBuilder.evidence,
                now: PolicyBuilder.now, budget: budget)
            #expect(outcome.verdict == .fail)
            #expect(outcome.findings.last?.reason == Finding.Reason.budgetExceeded)
        }
        #expect(try Self.outcome(name, budget: cost).verdict == .pass)
    }

    @Test(
        arguments: [
            ("deposit.amount", JSON.string("1000")), ("credit.score", "700"),
            ("credit.expires", "tomorrow"), ("deposit.amount", .null), ("deposit", .array([])),
        ] as [(String, JSON)])
    func `a fact of the wrong kind refuses`(_ path: String, _ value: JSON) throws {
        let outcome = try Self.outcome(
            "deposit-and-credit", evidence: PolicyBuilder.evidence.with(path, value))
        #expect(outcome.verdict == .fail)
    }
}
