import Credentials
import Encoding

/// `incident`: many credentials that something went wrong with, gathered first and revoked together.
enum IncidentCommands {
    static let all = [create, list, show, revoke, close]

    private static let id = Argument("ID", "the incident's id, as incident list shows it")
    private static let reason = Option.value(
        "reason", "CODE", "why", standard: StatusReason.unspecified.rawValue,
        choices: StatusReason.allCases.map(\.rawValue))
    private static let signingKey = Option.value(
        "signing-key", "THUMBPRINT", "consents signed with this key of the auditor")
    private static let policy = Option.value(
        "policy", "DIGEST", "consents judged by this policy")
    private static let about = Option.value("about", "DID", "consents about this node")
    private static let from = Option.value("from", "TIME", "consents issued from this time on")
    private static let until = Option.value("until", "TIME", "consents issued before this time")
    private static let credentials = Option.path(
        "credentials", "a file of UUIDs, one a line: these consents")
    private static let yes = Option.flag("yes", "do it; without, only tell what would be done")

    static let create = Command(
        path: ["incident", "create"],
        summary: "Gather the credentials that an incident is about; nothing is revoked yet",
        discussion: """
            All conditions given have to hold, and one has to be given. The credentials are gathered
            now; those issued later are not part of the incident.
            """,
        arguments: [Argument("NAME", "what happened, for people")],
        options: [reason, signingKey, policy, about, from, until, credentials] + Option.operation,
        examples: [
            .init(
                "accredit incident create stale-score-feed --auditor https://a1.example"
                    + " --policy 5f3a… --from 2026-11-20T00:00:00Z --reason issued-in-error"
                    + " --key ops", "all that one policy let through since then"),
            .init(
                "accredit incident create list-from-the-bank --auditor https://a1.example"
                    + " --credentials ids.txt --reason false-evidence --key ops", "a list of them"),
        ],
        run: { invocation in
            var query: [(String, JSON)] = []
            for (name, option) in [
                ("key", signingKey), ("policy", policy), ("node", about), ("from", from),
                ("until", until),
            ] {
                if let text = try invocation.text(option) { query.append((name, .string(text))) }
            }
            if let path = try invocation.text(credentials) {
                let lines = try InputFile.text(path).split(separator: "\n").map {
                    JSON.string(String($0))
                }
                query.append(("credentials", .array(lines)))
            }
            guard !query.isEmpty else {
                throw Failure.usage(
                    "the incident is about nothing in particular", code: "usage.missing-option",
                    fix: "give --signing-key, --policy, --about, --from, --until or --credentials")
            }
            let result = try await invocation.order(
                "incident.create",
                [
                    "name": .string(try invocation.requiredArgument("NAME")),
                    "reason": .string(try invocation.required(reason)),
                    "query": .object(JSONObject(query)),
                ])
            if let result { tell(result, invocation) }
        })

    static let list = Command(
        path: ["incident", "list"],
        summary: "List the incidents of an auditor, on its own machine",
        options: [.ordered, .authority],
        examples: [
            .init("accredit incident list --auditor https://127.0.0.1:7001", "newest first"),
            .init(
                "accredit incident list --auditor https://127.0.0.1:7001 --output json",
                "for a program"),
        ],
        run: { invocation in
            let json = try await auditor(invocation).get("/v1/incidents")
            invocation.console.result(json) {
                let rows = json["incidents"]?.arrayValue ?? []
                if rows.isEmpty { return "no incidents" }
                return invocation.console.table(
                    .columns(
                        rows, ["incident", "name", "state", "credentials", "left", "created"]))
            }
        })

    static let show = Command(
        path: ["incident", "show"],
        summary: "List the credentials of an incident, on the auditor's own machine",
        arguments: [id], options: [.ordered, .authority],
        examples: [
            .init("accredit incident show 7c1e… --auditor https://127.0.0.1:7001", "which ones"),
            .init(
                "accredit incident show 7c1e… --auditor https://127.0.0.1:7001 --output json",
                "for a program"),
        ],
        run: { invocation in
            let json = try await incident(invocation)
            invocation.console.result(json) {
                invocation.console.table(
                    .columns(json["list"]?.arrayValue ?? [], ["credential", "done"]))
            }
        })

    static let revoke = Command(
        path: ["incident", "revoke"],
        summary: "Revoke every credential of an incident; tells how many unless --yes is given",
        discussion: """
            The auditor works through them a hundred at a time, and goes on where it was after a
            stop; incident list shows how many are left.
            """,
        arguments: [id], options: [yes] + Option.operation,
        examples: [
            .init(
                "accredit incident revoke 7c1e… --auditor https://127.0.0.1:7001", "how many?"),
            .init(
                "accredit incident revoke 7c1e… --auditor https://127.0.0.1:7001 --key ops --yes",
                "all of them, for ever"),
        ],
        run: { invocation in
            guard invocation.flag(yes) else {
                let json = try await incident(invocation)
                invocation.console.message(
                    "nothing is done: with --yes, \(json["left"]?.text ?? "?") credentials would "
                        + "be revoked for ever")
                return tell(json, invocation)
            }
            try await order("incident.revoke", invocation)
        })

    static let close = Command(
        path: ["incident", "close"],
        summary: "Close an incident; what is not revoked by then stays good",
        arguments: [id], options: Option.operation,
        examples: [
            .init(
                "accredit incident close 7c1e… --auditor https://a1.example --key ops",
                "it was nothing, or it is done"),
            .init(
                "accredit incident close 7c1e… --auditor https://a1.example --key ops --dry-run",
                "see what would be signed"),
        ],
        run: { try await order("incident.close", $0) })

    private static func order(_ name: String, _ invocation: Invocation) async throws {
        let id = try invocation.requiredArgument("ID")
        let result = try await invocation.order(name, ["incident": .string(id)])
        if let result { tell(result, invocation) }
    }

    private static func auditor(_ invocation: Invocation) throws -> Service {
        Service(
            noun: "the auditor", base: try invocation.required(.ordered),
            http: try invocation.http())
    }

    private static func incident(_ invocation: Invocation) async throws -> JSON {
        let id = try invocation.requiredArgument("ID")
        return try await auditor(invocation).get("/v1/incidents/\(Service.escaped(id))")
    }

    private static func tell(_ incident: JSON, _ invocation: Invocation) {
        invocation.console.result(incident) {
            Table.pairs(
                ["incident", "name", "reason", "state", "credentials", "left"].map { name in
                    (name, incident[name]?.stringValue ?? incident[name]?.text ?? "?")
                })
        }
    }
}
