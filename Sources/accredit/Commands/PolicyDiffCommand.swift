import AuditorServer
import Cryptography
import Encoding
import FoundationEssentials
import Policies

/// `policy diff`: which applications a new version of a policy would judge otherwise.
extension PolicyCommands {
    private static let against = Option.value(
        "against", "FOLDER", "judge the cases in the .json files of this folder by both")
    private static let store = Option.value(
        "store", "FOLDER", "judge the applications in this auditor's data folder by both")

    static let diff = Command(
        path: ["policy", "diff"],
        summary: "Show what a new policy changes, and which applications it judges otherwise",
        discussion: """
            Lists the rules, parameters, variables and conditions that differ. With --against
            every case of every .json file in the folder (as for policy test; what they expect,
            and their changes to parameters, do not matter) is judged by both, and those with
            another verdict or other rules against them are printed. Files that hold no cases are
            named and left out. --store does the same with what an auditor was handed in, on the
            evidence it gathered then and at that time; the auditor may be running. Exits 0
            either way.
            """,
        arguments: [
            Argument("OLD", "the policy in force"), Argument("NEW", "the policy to come"),
        ],
        options: [against, store],
        examples: [
            .init(
                "accredit policy diff Policies/full-review.json new.json --against past",
                "before a new policy is put in force"),
            .init(
                "accredit policy diff Policies/full-review.json new.json --store /srv/auditor/data",
                "what it would have meant for all who applied"),
            .init(
                "accredit policy diff Policies/full-review.json new.json", "the texts alone"),
        ],
        run: { invocation in
            let difference = PolicyDifference(
                from: try PolicyFiles.policy(try invocation.requiredArgument("OLD")),
                to: try PolicyFiles.policy(try invocation.requiredArgument("NEW")))
            var report = DifferenceReport(changes: difference.changes)
            if let folder = try invocation.text(against) {
                try judge(casesIn: folder, by: difference, invocation.console, &report)
            }
            if let folder = try invocation.text(store) {
                try judge(storedIn: folder, by: difference, invocation.console, &report)
            }
            invocation.console.result(report.json) { report.text }
        })

    private static func judge(
        casesIn folder: String, by difference: PolicyDifference, _ console: Console,
        _ report: inout DifferenceReport
    ) throws {
        for path in try PolicyFiles.files(in: folder) {
            let cases: [PolicyCase]
            do {
                cases = try PolicyFiles.cases(path)
            } catch {
                let why = (error as? Failure)?.why ?? "\(error)"
                console.message("\(path) holds no cases and is left out: \(why)")
                continue
            }
            for policyCase in cases {
                let name = policyCase.name.isEmpty ? path : "\(path): \(policyCase.name)"
                report.add(name, difference.judge(policyCase))
            }
        }
    }

    private static func judge(
        storedIn folder: String, by difference: PolicyDifference, _ console: Console,
        _ report: inout DifferenceReport
    ) throws {
        guard FileManager.default.fileExists(atPath: "\(folder)/auditor.sqlite") else {
            throw Failure(
                .notFound, "store", "\(folder) has no auditor.sqlite",
                fix: "name the folder that stands as data in the auditor's configuration")
        }
        let waiting = try AuditorArchive(data: folder).visit { past in
            let policyCase = PolicyCase(
                name: past.digest.text, application: past.claims, evidence: past.evidence,
                now: past.received)
            report.add(past.digest.text, difference.judge(policyCase))
        }
        if waiting > 0 {
            console.message("\(waiting) applications are not judged yet and are left out")
        }
    }
}

/// What differs between two policies, and of all that both judged what they judge otherwise.
private struct DifferenceReport {
    let changes: [String]
    private var judgedCount = 0
    private var otherwise: [(name: String, outcomes: PolicyDifference.Judged)] = []
    private var isJudging = false

    init(changes: [String]) { self.changes = changes }

    mutating func add(_ name: String, _ outcomes: PolicyDifference.Judged) {
        judgedCount += 1
        if !outcomes.isSame { otherwise.append((name, outcomes)) }
    }

    var json: JSON {
        [
            "changes": .array(changes.map { .string($0) }), "judged": JSON(judgedCount),
            "otherwise": .array(
                otherwise.map { name, outcomes in
                    [
                        "name": .string(name), "old": .string(outcomes.old.verdict.word),
                        "new": .string(outcomes.new.verdict.word),
                        "rules": .array(
                            outcomes.rules.map {
                                ["id": .string($0.id), "onlyInNew": .bool($0.onlyInNew)]
                            }),
                    ]
                }),
        ]
    }

    var text: String {
        var lines = changes.isEmpty ? ["the policies agree"] : changes
        if judgedCount > 0 {
            let verdicts = otherwise.count { $0.outcomes.old.verdict != $0.outcomes.new.verdict }
            let part = otherwise.isEmpty ? "" : ", \(verdicts) of them with another verdict"
            lines += ["", "\(otherwise.count) of \(judgedCount) judged otherwise\(part)"]
        }
        for (name, outcomes) in otherwise {
            let (old, new) = (outcomes.old.verdict, outcomes.new.verdict)
            lines.append(
                old == new
                    ? "\(name): still \(new.word), by other rules"
                    : "\(name): \(old.word) → \(new.word)")
            lines += outcomes.rules.compactMap(Self.line)
        }
        return lines.map { Escaping.escaped($0) }.joined(separator: "\n")
    }

    /// What became of a rule; a referral is in the verdict already.
    private static func line(_ rule: (id: String, onlyInNew: Bool)) -> String? {
        if rule.id == "referWhen" { return nil }
        return rule.onlyInNew ? "  now refused by \(rule.id)" : "  no longer refused by \(rule.id)"
    }
}

extension PolicyFiles {
    /// The paths of the `.json` files directly in a folder, in order of their names.
    static func files(in folder: String) throws -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw Failure(
                .notFound, "folder", "\(folder) cannot be listed",
                why: "there is no such folder, or this user may not read it")
        }
        return names.filter { $0.hasSuffix(".json") }.sorted().map { "\(folder)/\($0)" }
    }
}
