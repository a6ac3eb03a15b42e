import Encoding
import Policies
import Testing

/// What a new version of a policy changes.
struct PolicyDifferenceTests {
    private static func policy(_ minimum: Int64, _ rules: [(String, String)]) throws
        -> PolicyDocument
    {
        try PolicyBuilder.document([
            ("parameters", ["minimum": JSON(minimum)]),
            (
                "rules",
                .array(rules.map { ["id": .string($0.0), "expression": .string($0.1)] })
            ),
        ])
    }

    private static let size = ("size", "application.n >= parameters.minimum")

    @Test func `texts are compared by rule and parameter`() throws {
        let difference = PolicyDifference(
            from: try Self.policy(2, [Self.size, ("a", "true")]),
            to: try Self.policy(3, [Self.size, ("b", "true")]))
        #expect(
            difference.changes == [
                "rule a removed: true", "rule b added: true", "parameter minimum: 2 → 3",
            ])
    }

    @Test
    func `what is said of a refusal is part of a policy, and texts that only look alike differ`()
        throws
    {
        func policy(_ letter: String, _ reason: String) throws -> PolicyDocument {
            try PolicyBuilder.document([
                (
                    "rules",
                    [
                        [
                            "id": "name", "expression": .string("'\(letter)' != ''"),
                            "reason": .string(reason), "message": .string("because of \(reason)"),
                        ]
                    ]
                )
            ])
        }
        let difference = PolicyDifference(
            from: try policy("\u{E9}", "Old"), to: try policy("e\u{301}", "New"))
        #expect(
            difference.changes.map { String($0.prefix { $0 != ":" }) } == [
                "rule name", "reason of rule name", "message of rule name",
            ])
    }

    @Test(
        arguments: [(1, true, []), (2, false, ["size"]), (3, true, [])] as [(Int64, Bool, [String])]
    )
    func `an application between two thresholds is judged otherwise`(
        _ n: Int64, _ isSame: Bool, _ rules: [String]
    ) throws {
        let difference = PolicyDifference(
            from: try Self.policy(2, [Self.size]), to: try Self.policy(3, [Self.size]))
        let judged = difference.judge(
            PolicyCase(
                name: "", application: ["n": JSON(n)], evidence: [:], now: PolicyBuilder.now))
        #expect(judged.isSame == isSame)
        #expect(judged.rules.map(\.id) == rules)
        #expect(judged.rules.allSatisfy { $0.onlyInNew })
    }
}
