import Cryptography
import Encoding
import Policies
import Storage

/// `policy`: what an auditor's rules say, before any application meets them.
enum PolicyCommands {
    static let all = [check, test, explain, diff]

    static let file = Argument("FILE", "the policy document; - for standard input")

    static let check = Command(
        path: ["policy", "check"],
        summary: "Check a policy: its shape, its expressions, their types and costs",
        discussion: """
            An auditor refuses the same documents when it starts. Exits 6 on failure. COST is the
            most a rule can cost when the facts are as the schema says, in units of about 50 ns.
            """,
        arguments: [file],
        examples: [
            .init("accredit policy check Policies/full-review.json", "every rule is checked"),
            .init("accredit policy check - --output json", "from standard input"),
        ],
        run: { invocation in
            let path = try invocation.requiredArgument("FILE")
            let policy = try PolicyFiles.policy(path)
            let costs = policy.costBounds
            let rows = policy.rules.map { rule in
                let cost = costs.first { $0.part.hasSameBytes(as: rule.id) }
                return [rule.id, rule.reason, text(cost?.bound), rule.expression]
            }
            warn(of: policy, costs, invocation.console)
            invocation.console.result([
                "name": .string(policy.name), "version": .string(policy.version),
                "language": JSON(policy.language),
                "digest": .string(Digest.sha256(policy.bytes).text), "budget": JSON(policy.budget),
                "appliesTo": policy.appliesTo.map { .array($0.map { .string($0) }) } ?? .null,
                "matchConditions": .array(policy.matchConditions.map { .string($0.name) }),
                "rules": .array(policy.rules.map { .string($0.id) }),
                "costBound": policy.costBound.map { JSON($0) } ?? .null,
                "costBounds": .array(
                    costs.map { cost in
                        ["part": .string(cost.part), "bound": cost.bound.map { JSON($0) } ?? .null]
                    }),
            ]) {
                let total = "at most \(text(policy.costBound)) units of \(policy.budget) in all"
                let table = Table(["RULE", "REASON", "COST", "EXPRESSION"], rows)
                return invocation.console.table(table) + "\n" + total
            }
        })

    private static func text(_ bound: Int?) -> String { bound.map(String.init) ?? "unbounded" }

    /// An auditor runs a policy whose cost is not bounded, and refuses what exceeds the budget; its
    /// author should know.
    private static func warn(
        of policy: PolicyDocument, _ costs: [PolicyDocument.PartCost], _ console: Console
    ) {
        for cost in costs where cost.bound == nil {
            console.message(
                "warning: \(cost.part) may cost any amount; give maxItems and maxLength in the "
                    + "schema to the lists, maps and strings it reads")
        }
        guard let bound = policy.costBound, bound > policy.budget else { return }
        console.message(
            "warning: a judgement may cost \(bound) units, and the budget is \(policy.budget): an "
                + "application that costs more is refused")
    }
}
