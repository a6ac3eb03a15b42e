import Encoding
import FoundationEssentials
import Policies

/// `policy diff`: which applications a new version of a policy would judge otherwise.
extension PolicyCommands {
    private static let against = Option.value(
        "against", "FOLDER", "judge the cases in the .json files of this folder by both")

    static let diff = Command(
        path: ["policy", "diff"],
        summary: "Show what a new policy changes, and which applications it judges otherwise",
        discussion: """
            Lists the rules, parameters, variables and conditions that differ. With --against every
            case of every .json file in the folder (as for policy test; what they expect does not
            matter) is judged by both, and those with another verdict or other rules against them
            are printed. Files that hold no cases are named and left out. Exits 0 either way.
            """,
        arguments: [
            Argument("OLD", "the policy in force"), Argument("NEW", "the policy to come"),
        ],
        options: [against],
        examples: [
            .init(
                "accredit policy diff Policies/full-review.json new.json --against past",
                "before a new policy is put in force"),
            .init(
                "accredit policy diff Policies/full-review.json new.json", "the texts alone"),
        ],
        run: { invocation in
            let difference = PolicyDifference(
                from: try PolicyFiles.policy(try invocation.requiredArgument("OLD")),
                to: try PolicyFiles.policy(try invocation.requiredArgument("NEW")))
            var judged: [(name: String, outcomes: PolicyDifference.Judged)] = []
            if let folder = try invocation.text(against) {
                for path in try PolicyFiles.files(in: folder) {
                    guard let cases = try? PolicyFiles.cases(path) else {
                        invocation.console.message("\(path) holds no cases and is left out")
                        continue
                    }
                    for policyCase in cases {
                        let name = policyCase.name.isEmpty ? path : "\(path): \(policyCase.name)"
                        judged.append((name, difference.judge(policyCase)))
                    }
                }
            }
            let otherwise = judged.filter { !$0.outcomes.isSame }
            invocation.console.result([
                "changes": .array(difference.changes.map { .string($0) }),
                "judged": JSON(judged.count),
                "otherwise": .array(otherwise.map { json($0.name, $0.outcomes) }),
            ]) {
                var lines = difference.changes.isEmpty ? ["the policies agree"] : difference.changes
                if !judged.isEmpty {
                    lines += ["", "\(otherwise.count) of \(judged.count) judged otherwise"]
                }
                for (name, outcomes) in otherwise {
                    lines.append(
                        "\(name): \(outcomes.old.verdict.word) → \(outcomes.new.verdict.word)")
                    lines += outcomes.rules.map {
                        $0.onlyInNew
                            ? "  now refused by \($0.id)" : "  no longer refused by \($0.id)"
                    }
                }
                return lines.map { Escaping.escaped($0) }.joined(separator: "\n")
            }
        })

    private static func json(_ name: String, _ judged: PolicyDifference.Judged) -> JSON {
        [
            "name": .string(name), "old": .string(judged.old.verdict.word),
            "new": .string(judged.new.verdict.word),
            "rules": .array(
                judged.rules.map { ["id": .string($0.id), "onlyInNew": .bool($0.onlyInNew)] }),
        ]
    }
}

extension PolicyFiles {
    /// The paths of the `.json` files directly in a folder, in order of their names.
    static func files(in folder: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".json") }.sorted().map { "\(folder)/\($0)" }
        } catch {
            throw Failure(.notFound, "folder", "\(folder) cannot be listed", why: "\(error)")
        }
    }
}
