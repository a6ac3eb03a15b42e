import Encoding
import Policies

/// `policy test`: a policy's cases, and which of its ways they take.
extension PolicyCommands {
    private static let cases = Option.path(
        "cases", "a file of cases; FILE without .json and with .test.json when absent",
        repeats: true)
    private static let minimumCoverage = Option.value(
        "minimum-coverage", "PERCENT", "fail when fewer arms of rules and branches are taken",
        standard: "0")

    static let test = Command(
        path: ["policy", "test"],
        summary: "Run a policy's test cases, and print which rules and branches they cover",
        discussion: """
            A file of cases has "application", "evidence", "parameters" and "now" common to all,
            and "cases": each with a "name", changes to the common members (merge patches, RFC
            7396: null takes a fact away) and "expect": {"verdict": "granted|refused|referred",
            "findings": [rule, or {"rule", "reason"?, "message"?, "missing"?}]}. Without
            "findings" only the verdict counts. A rule is covered when it was seen both to hold
            and to refuse; so is every operand of && and ||, every condition of ?:, every has()
            and every predicate of all(), exists() and so on. Exits 6 when a case fails or the
            coverage is too small.
            """,
        arguments: [file],
        options: [cases, minimumCoverage],
        examples: [
            .init(
                "accredit policy test Policies/full-review.json",
                "runs Policies/full-review.test.json"),
            .init(
                "accredit policy test Policies/full-review.json --minimum-coverage 100",
                "every rule and branch both ways"),
        ],
        run: { invocation in
            let path = try invocation.requiredArgument("FILE")
            let policy = try TracedPolicy(PolicyFiles.policy(path))
            let minimum = try invocation.integer(minimumCoverage, in: 0...100) ?? 0
            var files = invocation.all(cases)
            if files.isEmpty { files = [PolicyFiles.casesPath(of: path)] }
            var coverage = PolicyCoverage(policy)
            var results: [PolicyCaseResult] = []
            for file in files {
                results += try PolicyFiles.cases(file).map { policy.run($0, &coverage) }
            }
            invocation.console.result(json(results, coverage)) { text(results, coverage) }
            let failed = results.count { !$0.passes }
            guard failed == 0 else {
                throw Failure(
                    .verification, "policy.cases", "\(failed) of \(results.count) cases fail")
            }
            guard coverage.percent >= minimum else {
                throw Failure(
                    .verification, "policy.coverage",
                    "the cases take \(coverage.percent) % of the arms, not \(minimum) %",
                    fix: "add cases that take the arms listed as never taken")
            }
        })

    // MARK: Reports

    private static func text(_ results: [PolicyCaseResult], _ coverage: PolicyCoverage) -> String {
        var lines: [String] = []
        for result in results {
            lines.append("\(result.passes ? "pass" : "FAIL")  \(result.name)")
            lines += result.differences.map { "      \($0)" }
        }
        let (arms, rules) = (coverage.arms, coverage.rules)
        lines += [
            "", "cases     \(results.count { $0.passes }) of \(results.count) pass",
            "rules     \(rules.covered) of \(rules.of) seen to hold and to refuse",
            "branches  \(arms.taken) of \(arms.of) arms taken (\(coverage.percent) %)",
        ]
        for branch in coverage.branches where branch.taken < 2 {
            lines.append("never \(missingArms(branch)): \(branch.text)")
            lines.append("      in \(branch.part)")
        }
        return lines.map { Escaping.escaped($0, keepingLines: true) }.joined(separator: "\n")
    }

    private static func missingArms(_ branch: PolicyCoverage.Branch) -> String {
        switch (branch.holds > 0, branch.fails > 0) {
        case (false, false): "evaluated to true or false"
        case (true, false): "false"
        case (false, true): "true"
        case (true, true): "open"
        }
    }

    private static func json(_ results: [PolicyCaseResult], _ coverage: PolicyCoverage) -> JSON {
        let (arms, rules) = (coverage.arms, coverage.rules)
        return [
            "cases": .array(
                results.map { result in
                    [
                        "name": .string(result.name), "passes": .bool(result.passes),
                        "verdict": result.outcome.map { .string($0.verdict.word) } ?? .null,
                        "cost": result.outcome.map { JSON($0.cost) } ?? .null,
                        "differences": .array(result.differences.map { .string($0) }),
                    ]
                }),
            "coverage": [
                "rules": ["covered": JSON(rules.covered), "of": JSON(rules.of)],
                "arms": ["taken": JSON(arms.taken), "of": JSON(arms.of)],
                "percent": JSON(coverage.percent),
                "branches": .array(
                    coverage.branches.map { branch in
                        [
                            "kind": .string(branch.kind.rawValue), "part": .string(branch.part),
                            "expression": .string(branch.text), "true": JSON(branch.holds),
                            "false": JSON(branch.fails),
                        ]
                    }),
            ],
        ]
    }
}
