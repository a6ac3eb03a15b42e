import Auditing
import Credentials
import Cryptography
import Encoding
import Storage

/// `review`: people decide on the applications that a policy refers to them.
enum ReviewCommands {
    static let all =
        [list, show, claim] + [approve, deny, comment] + [export, sign, bring]

    static let identifier = Argument("ID", "the application's id, as review list shows it")
    static let subject = Argument("CASE", "the application's id, or a file of review export")
    static let remote: [Option] = [.auditor, .authority] + Option.signing

    private static let everything = Option.flag("all", "closed cases too")
    private static let release = Option.flag("release", "let go of it")

    static let list = Command(
        path: ["review", "list"],
        summary: "List the applications that wait for reviewers, those due first",
        discussion: """
            Reviewers name their key with --key; on the auditor's own machine that is not needed.
            """,
        options: [Invocation.dueWithin, everything] + remote,
        examples: [
            .init("accredit review list --auditor https://a3.example --key rita", "the queue"),
            .init(
                "accredit review list --auditor https://a3.example --key rita --due 24h",
                "what is due within a day"),
        ],
        run: { invocation in
            let due = try invocation.seconds(Invocation.dueWithin, in: 0...315_360_000)
            let (client, _) = try await invocation.reviews()
            let list = try await client.list(all: invocation.flag(everything), dueSeconds: due)
            await client.logOut()
            invocation.console.result(list) { table(list, invocation.console) }
        })

    private static func table(_ list: JSON, _ console: Console) -> String {
        let entries = list["reviews"]?.arrayValue ?? []
        guard !entries.isEmpty else { return "no cases" }
        let now = SystemClock.now()
        return console.table(
            Table(
                ["APPLICATION", "OPERATOR", "DUE", "STATE", "APPROVALS", "LOOKED AT BY"],
                entries.map { entry in
                    let due = entry["due"]?.stringValue ?? ""
                    let left = (try? Instant(rfc3339: due)).map {
                        $0.milliseconds(since: now) / 1000
                    }
                    let claims = (entry["claims"]?.arrayValue ?? []).compactMap {
                        $0["name"]?.stringValue
                    }
                    return [
                        entry["application"]?.stringValue ?? "",
                        entry["operator"]?.stringValue ?? "",
                        left.map { $0 > 0 ? "in \(ReviewReport.span($0))" : "over" } ?? due,
                        entry["lack"]?.stringValue ?? entry["state"]?.stringValue ?? "",
                        "\(entry["approvals"]?.text ?? "") of \(entry["needed"]?.text ?? "")",
                        claims.joined(separator: ", "),
                    ]
                }))
    }

    static let show = Command(
        path: ["review", "show"],
        summary: "Show a case, and check its evidence here",
        discussion: """
            Everything that can be checked is checked again on this machine: the application's
            signature, the device's answer to its challenge, the credit statement, the policy on the
            same facts, the decisions so far, and with --node the deposit. Exits 6 when something
            does not hold.
            """,
        arguments: [subject],
        options: [Invocation.creditSources, .node] + remote,
        examples: [
            .init(
                "accredit review show 3f5a… --auditor https://a3.example --key rita",
                "the case with its evidence"),
            .init("accredit review show case.json", "a case carried here, without a network"),
        ],
        run: { invocation in
            let dossier: ReviewDossier
            let isFile: Bool
            if let file = try invocation.caseFile() {
                (dossier, isFile) = (file, true)
            } else {
                let id = try Invocation.digest(invocation.requiredArgument("CASE"), "CASE")
                let (client, _) = try await invocation.reviews()
                dossier = try await client.dossier(id)
                await client.logOut()
                isFile = false
            }
            let report = try await invocation.report(dossier, isOffline: isFile)
            invocation.console.result(report.json) {
                report.table(invocation.console, at: SystemClock.now())
            }
            guard report.failed.isEmpty else {
                throw Failure(
                    .verification, "review.checks", "not everything in this case is in order",
                    why: report.failed.map { "\($0.name): \($0.detail)" }.joined(
                        separator: "\n       "))
            }
        })

    static let claim = Command(
        path: ["review", "claim"],
        summary: "Tell the other reviewers that you look at a case",
        discussion: "A claim counts for eight hours and keeps nobody from deciding.",
        arguments: [identifier], options: [release] + remote,
        examples: [
            .init(
                "accredit review claim 3f5a… --auditor https://a3.example --key rita",
                "others see your name"),
            .init(
                "accredit review claim 3f5a… --release --auditor https://a3.example --key rita",
                "others see it no longer"),
        ],
        run: { invocation in
            let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID")
            _ = try invocation.required(.key)
            let (client, _) = try await invocation.reviews()
            let answer = try await client.claim(id, release: invocation.flag(release))
            await client.logOut()
            invocation.console.result(answer) {
                Table.members(answer, ["application", "reviewer", "until"])
            }
        })
}
