import Cryptography
import Encoding
import Ledger

/// `deposit`: amounts locked for one auditor and one node.
enum DepositCommands {
    static let all = [pay, list, refund]

    private static let auditor = Option.value("auditor", "ISSUER", "the auditor's issuer URL")
    private static let nodeKey = Option.value(
        "for", "DID", "the node that applies; the paying account itself when absent")
    private static let ofNode = Option.value("for", "DID", "the node; that of --key when absent")
    private static let due = Option.flag("due", "the deposits that may go back now")
    private static let yes = Option.flag("yes", "send it; there is no way back")
    private static let amount = Option.value("amount", "AMOUNT", "how much; a whole number")

    static let pay = Command(
        path: ["deposit", "pay"],
        summary: "Lock an amount for one auditor and one node",
        discussion: """
            The id that is printed goes into the application (accredit application create
            --deposit ID). Once the node is ordinary again the auditor refunds the deposit to the
            account that paid it.
            """,
        options: [auditor, nodeKey, amount] + Option.transaction,
        examples: [
            .init(
                "accredit deposit pay --auditor https://a1.example --amount 500 --key node1",
                "a deposit by the node itself"),
            .init(
                "accredit deposit pay --auditor https://a1.example --for did:key:zDnae… --amount 500"
                    + " --key alice", "a deposit by somebody for a node"),
        ],
        run: { invocation in
            let issuer = try invocation.required(auditor)
            let value = try invocation.requiredPayment(amount)
            let node =
                try invocation.text(nodeKey)
                ?? invocation.did()
            try await invocation.transact(
                .depositPay(
                    auditor: issuer, node: try Invocation.identity(node, "--for"), amount: value))
        })

    static let list = Command(
        path: ["deposit", "list"],
        summary: "List deposits",
        discussion: """
            With --due: the held deposits of an auditor whose nodes are ordinary, so that the ledger
            would give them back now. The auditor's server sends those by itself on which no
            credential or application rests any more (deposit report tells).
            """,
        options: [ofNode, auditor, due, .key, .keys] + Option.ledger,
        examples: [
            .init("accredit deposit list --for did:key:zDnae…", "the deposits for one node"),
            .init(
                "accredit deposit list --key node1 --auditor https://a1.example --output json",
                "those of one auditor"),
            .init(
                "accredit deposit list --due --auditor https://a1.example",
                "what the ledger would give back now"),
        ],
        run: { invocation in
            if invocation.flag(due) { return try await listDue(invocation) }
            let node = try invocation.text(ofNode) ?? invocation.did()
            let issuer = try invocation.text(auditor).map { "&auditor=\(Service.escaped($0))" }
            let query = "?node=\(Service.escaped(node))\(issuer ?? "")"
            let json = try await invocation.ledger().service.get("/v1/deposits\(query)")
            invocation.console.result(json) {
                let rows = json["deposits"]?.arrayValue ?? []
                if rows.isEmpty { return "no deposits" }
                return invocation.console.table(
                    .columns(rows, ["id", "state", "amount", "payer", "node", "auditor"]))
            }
        })

    static let refund = Command(
        path: ["deposit", "refund"],
        summary: "Send a deposit back to the account that paid it; the auditor's account signs",
        discussion: """
            The auditor's server does this by itself; this is the way for a deposit that nobody
            ever used, and without a server. Refused by the ledger while the node is a candidate or
            a representative, and a second time. Either --dry-run or --yes has to be given.
            """,
        arguments: [Argument("ID", "the deposit's id, as deposit list shows it")],
        options: [yes] + Option.transaction,
        examples: [
            .init("accredit deposit refund 3f5a… --key auditor1 --dry-run", "what would be done"),
            .init("accredit deposit refund 3f5a… --key auditor1 --yes", "refund one deposit"),
        ],
        run: { invocation in
            let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID")
            guard invocation.flag(yes) != invocation.flag(.dryRun) else {
                throw Failure.usage(
                    "say --dry-run to see what would be done, or --yes to do it",
                    fix: "accredit deposit refund \(id.text) --dry-run")
            }
            if invocation.flag(.dryRun) {
                let deposit = try await invocation.ledger().service.get(
                    "/v1/deposits/\(id.text)")
                invocation.console.message(
                    Table.members(
                        deposit, ["id", "state", "amount", "payer", "node", "nodeStatus"]))
            }
            try await invocation.transact(.depositRefund(deposit: id))
        })

    private static func listDue(_ invocation: Invocation) async throws {
        let issuer = try invocation.required(auditor)
        let rows = try await DepositReport.pages(
            try invocation.ledger().service,
            "/v1/deposits?auditor=\(Service.escaped(issuer))&state=due&limit=100", "deposits")
        invocation.console.result(["deposits": .array(rows)]) {
            if rows.isEmpty { return "no deposits" }
            return invocation.console.table(
                .columns(rows, ["id", "amount", "payer", "node", "height"]))
        }
    }
}

extension Invocation {
    /// An id given on the command line: 64 lowercase hexadecimal digits.
    static func digest(_ text: String, _ origin: String) throws(Failure) -> Digest {
        do {
            return try Digest(hexadecimal: text)
        } catch {
            throw .usage(
                "\(origin) is \"\(text)\"", code: "usage.bad-value",
                why: "an id is 64 digits from 0-9 and a-f")
        }
    }
}
