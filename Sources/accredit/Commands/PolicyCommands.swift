import Cryptography
import Encoding
import Policies
import Storage

/// `policy`: what an auditor's rules say, before any application meets them.
enum PolicyCommands {
    static let all = [check, test]

    static let file = Argument("FILE", "the policy document; - for standard input")

    static let check = Command(
        path: ["policy", "check"],
        summary: "Check a policy: its shape, its expressions and their types",
        discussion: "An auditor refuses the same documents when it starts. Exits 6 on failure.",
        arguments: [file],
        examples: [
            .init("accredit policy check Policies/full-review.json", "every rule is checked"),
            .init("accredit policy check - --output json", "from standard input"),
        ],
        run: { invocation in
            let path = try invocation.requiredArgument("FILE")
            let bytes = try InputFile.read(path)
            let policy: PolicyDocument
            do {
                policy = try PolicyDocument.parse(bytes, zones: ZoneTable(ZoneFiles.read))
            } catch {
                throw Failure(
                    .verification, "policy.invalid", "\(path) is no policy an auditor would load",
                    why: "\(error)")
            }
            let rows = policy.rules.map { [$0.id, $0.reason, $0.expression] }
            invocation.console.result([
                "name": .string(policy.name), "version": .string(policy.version),
                "language": JSON(policy.language),
                "digest": .string(Digest.sha256(bytes).text), "budget": JSON(policy.budget),
                "appliesTo": policy.appliesTo.map { .array($0.map { .string($0) }) } ?? .null,
                "matchConditions": .array(policy.matchConditions.map { .string($0.name) }),
                "rules": .array(policy.rules.map { .string($0.id) }),
            ]) {
                invocation.console.table(Table(["RULE", "REASON", "EXPRESSION"], rows))
            }
        })
}
