import Cryptography
import Encoding
import Web

/// One transaction, account or deposit.
extension PageRoutes {
    func transaction(_ request: Request) async throws -> Page {
        let id = request["id"]
        let path = "/v1/transactions/\(HarmlessText.segment(id))"
        let state = try await source.document(path)
        guard state.text("state") == "committed" else { return Self.waiting(id, state, path) }
        let receipt = try await source.document(path + "/receipt")
        let height = state.number("height")
        let block = try await source.document(
            "/v1/blocks", [("before", "\(height + 1)"), ("limit", "1")])
        let jws = try? JWS(
            receipt.text("transaction"), maximumByteCount: Limits.transactionByteCountMaximum)
        let limits = JSONLimits(byteCountMaximum: Limits.transactionByteCountMaximum)
        let payload = jws.flatMap { try? JSON.parse($0.payload, limits: limits) }
        let detail = state.text("detail")
        var entries: [(HTML, HTML)] = [
            ("Id", Component.whole(id)), ("Outcome", Self.outcome(state.text("code"))),
        ]
        if !detail.isEmpty { entries.append(("Reason", Component.quoted(detail))) }
        entries += [
            ("Block", "\(Component.block(height)), place \(Words.grouped(state.number("index")))"),
            ("Time", Component.time(block.list("blocks").first?["time"])),
            ("Type", Component.code(payload?.text("type") ?? "–")),
            ("Sender", jws?.header.keyID.map { Component.account($0) } ?? "–"),
            ("Sender’s number", "\(Words.grouped(payload?.number("sequence") ?? 0))"),
            (
                "Counts only before",
                payload?["notAfter"]?.int64Value.map { Component.time(Instant(seconds: $0)) } ?? "–"
            ),
        ]
        let body = payload?["body"] ?? .null
        return Page(
            title: "Transaction \(Words.short(id))", section: .explorer, twin: path + "/receipt",
            commands: [
                "accredit receipt get \(id) --out receipt.json",
                "accredit receipt verify receipt.json --genesis genesis.json",
            ],
            content: """
                <h1>Transaction</h1>
                \(Component.section("facts", "What became of it", Component.facts(entries)))
                \(Self.changes(body))
                \(Component.section("body", "What was signed", Component.json(body, "Body")))
                <p class="actions"><a href="\(path)/receipt" download="receipt.json">\
                Download the receipt</a></p>
                """)
    }

    private static func waiting(_ id: String, _ state: JSON, _ path: String) -> Page {
        let isPending = state.text("state") == "pending"
        return Page(
            status: isPending ? 200 : 404, title: "Transaction \(Words.short(id))",
            section: .explorer, twin: path,
            content: """
                <h1>Transaction</h1>
                <p class="lead">\(Component.whole(id))</p>
                \(Component.live("state", Component.note(
                    isPending
                        ? "It waits at this node and is in no block yet."
                        : "No block holds it, and it does not wait at this node.")))
                """)
    }

    /// The lines of a vote, as links.
    private static func changes(_ body: JSON) -> HTML {
        let rows = body.list("changes").map { change -> [HTML] in
            let votes = change["votes"]?.int64Value ?? 0
            return [
                Component.candidate(change.text("candidate")),
                "\(votes > 0 ? "+" : "")\(Words.grouped(Int(clamping: votes)))",
            ]
        }
        guard !rows.isEmpty else { return .empty }
        let table = Component.table("Votes", [.text("Candidate"), .number("Votes")], rows)
        return Component.section("votes", "Votes given and withdrawn", table)
    }

    func account(_ request: Request) async throws -> Page {
        let did = request["did"]
        let path = "/v1/accounts/\(HarmlessText.segment(did))"
        let account = try await source.document(path)
        var query = [(name: "limit", value: "\(Limits.listedTransactionsMaximum)")]
        let before = request.query("before")
        if let before { query.append(("before", before)) }
        let list = try await source.documentIfAny(path + "/transactions", query)
        let identity = account.text("account")
        let older = list?["next"]?.stringValue.map {
            "/accounts/\(HarmlessText.segment(identity))?before=\(HarmlessText.segment($0))" as HTML
        }
        let newest: HTML? =
            before == nil
            ? nil : "/accounts/\(HarmlessText.segment(identity))"
        let lines = list?.list("transactions") ?? []
        let table: HTML =
            lines.isEmpty
            ? Component.note("None is known here.")
            : Self.transactionTable(lines, isOfBlock: false)
        let transactions: HTML = """
            <p>Those it sent, and transfers, deposits, enrolments and candidacies that name it.</p>
            \(table)
            \(Component.pager(newest: newest, older: older, "transactions"))
            """
        return Page(
            title: "Account \(Words.short(identity))", section: .explorer, twin: path,
            commands: ["accredit account show \(identity)"],
            content: """
                <h1>Account</h1>
                <p class="lead">\(Component.whole(identity))</p>
                \(Component.live("facts", Self.facts(of: account)))
                \(Component.live("votes", Self.votes(of: account)))
                \(Component.section("transactions", "Transactions", transactions))
                """)
    }

    private static func facts(of account: JSON) -> HTML {
        let cast = account.number("cast")
        let allowance = account.number("allowance")
        let facts = Component.figures([
            (
                "Balance", Component.amount(account["balance"]),
                "at block \(Component.block(account.number("height")))"
            ),
            (
                "Votes cast", "\(Words.grouped(cast))",
                "of an allowance of \(Words.grouped(allowance))"
            ),
            ("Votes left", "\(Words.grouped(account.number("remaining")))", "may still be cast"),
            (
                "Next number", "\(Words.grouped(account.number("sequence")))",
                "the sequence of its next transaction"
            ),
        ])
        return facts
    }

    private static func votes(of account: JSON) -> HTML {
        func rows(_ member: String, _ state: HTML) -> [[HTML]] {
            account.list(member).map { choice in
                [
                    Component.candidate(choice.text("candidate")),
                    "\(Words.grouped(choice.number("votes")))", state,
                ]
            }
        }
        let all = rows("votes", "counted") + rows("released", "returned: the candidate left")
        let table =
            all.isEmpty
            ? Component.note("This account has no votes on anybody.")
            : Component.table(
                "Votes", [.text("Candidate"), .number("Votes"), .text("State")], all)
        return Component.section("votes", "Its votes", table)
    }

    func deposit(_ request: Request) async throws -> Page {
        let id = request["id"]
        let path = "/v1/deposits/\(HarmlessText.segment(id))"
        let deposit = try await source.document(path)
        let isHeld = deposit.text("state") == "held"
        var entries: [(HTML, HTML)] = [
            ("Id", Component.whole(deposit.text("id"))),
            (
                "State",
                isHeld ? Component.badge("Held", .good) : Component.badge("Refunded", .plain)
            ),
            ("Amount", Component.amount(deposit["amount"])),
            ("Paid by", Component.account(deposit.text("payer"))),
            ("For the node", Component.candidate(deposit.text("node"))),
            ("For the auditor", Component.quoted(deposit.text("auditor"), to: 200)),
            ("Paid in block", Component.block(deposit.number("height"))),
        ]
        if let height = deposit["refundedAt"]?.uint64Value {
            entries.append(("Refunded in block", Component.block(height)))
        }
        return Page(
            title: "Deposit \(Words.short(id))", section: .explorer, twin: path,
            commands: [
                "accredit receipt get \(deposit.text("id")) --out receipt.json",
                "accredit receipt verify receipt.json --genesis genesis.json",
            ],
            content: """
                <h1>Deposit</h1>
                \(Component.section("facts", "What became of it", Component.facts(entries)))
                <p>A deposit goes back to the account that paid it, once, after the node has left \
                the list and its seat.</p>
                <p class="actions"><a href="/transactions/\(id)">The transaction that paid it</a></p>
                """)
    }
}
