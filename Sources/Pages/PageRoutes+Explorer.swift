import Encoding
import Web

/// The chain at a glance, and its blocks.
extension PageRoutes {
    func explorer(_ request: Request) async throws -> Page {
        let status = try await source.document("/v1/status")
        let blocks = try await source.document(
            "/v1/blocks", [("limit", "\(Limits.paceBlocksCount)")]
        ).list("blocks")
        let pace = Pace(blocks: blocks)
        let representatives = try await source.document("/v1/representatives")
        let late = status["late"]?.stringValue.map { Component.note("\($0)") } ?? .empty
        let latest = """
            \(Self.table(of: Array(blocks.prefix(Limits.latestBlocksCount))))
            <p class="actions"><a href="/blocks">All blocks</a></p>
            """ as HTML
        let deciding = """
            \(Self.table(of: representatives))
            <p class="actions"><a href="/representatives">More about representatives</a></p>
            """ as HTML
        let summary: HTML = """
            \(late)
            \(Component.figures(figures(status, pace, representatives)))
            """
        return Page(
            title: "Explorer", section: .explorer, twin: "/v1/status",
            commands: ["accredit status --node https://ANOTHER-NODE"],
            content: """
                <h1>Explorer</h1>
                <p class="lead">Search takes a height, or the id of a block, transaction, \
                deposit, account, candidate or auditor.</p>
                \(Component.live("summary", summary))
                \(Component.live("blocks", Component.section("latest", "Latest blocks", latest)))
                \(Component.live(
                    "deciding", Component.section("deciding", "Who makes blocks", deciding)))
                """)
    }

    private func figures(
        _ status: JSON, _ pace: Pace?, _ representatives: JSON
    ) -> [(label: HTML, value: HTML, note: HTML)] {
        let count = representatives.list("representatives").count
        let interval = pace?.millisecondsPerBlock.map(Words.duration(milliseconds:)) ?? "–"
        return [
            (
                "Height", Component.block(status.number("height")),
                Component.time(status["time"])
            ),
            (
                "Block interval", "\(interval)",
                "mean of the newest \(Limits.paceBlocksCount) blocks"
            ),
            (
                "Transactions", "\(pace?.rate ?? "–") /s",
                "\(Words.count(status.number("pending"), "transaction")) waiting at this node"
            ),
            (
                "Representatives", "\(count)",
                "\(Words.grouped(representatives.number("quorum"))) must approve a block"
            ),
            nextElection(status, pace),
        ]
    }

    func blocks(_ request: Request) async throws -> Page {
        var query = [(name: "limit", value: "\(Limits.listedBlocksMaximum)")]
        let before = request.query("before")
        if let before { query.append(("before", before)) }
        let document = try await source.document("/v1/blocks", query)
        let list = document.list("blocks")
        let older = document["next"]?.uint64Value.map { "/blocks?before=\($0)" as HTML }
        let newest: HTML? = before == nil ? nil : "/blocks"
        let table = Self.table(of: list)
        let pager = Component.pager(newest: newest, older: older, "blocks")
        return Page(
            title: "Blocks", section: .explorer,
            twin: "/v1/blocks?limit=\(Limits.listedBlocksMaximum)"
                + (before.map { "&before=\(HarmlessText.segment($0))" } ?? ""),
            commands: ["accredit status --node https://ANOTHER-NODE"],
            content: """
                <h1>Blocks</h1>
                \(before == nil ? Component.live("list", Self.framed(table)) : Self.framed(table))
                \(pager)
                """)
    }

    private static func framed(_ table: HTML) -> HTML {
        Component.section("list", "Newest first", table)
    }

    static func table(of blocks: [JSON]) -> HTML {
        let rows = blocks.map { block -> [HTML] in
            let refused = block.number("refused")
            let missing = block.list("missing").count
            let signers = block.list("signers").count
            return [
                Component.block(block.number("height")), Component.time(block["time"]),
                Component.candidate(block.text("proposer")),
                """
                \(Words.grouped(block.number("transactions")))\
                \(refused > 0 ? " (\(Words.grouped(refused)) refused)" : "")
                """,
                "\(signers) of \(signers + missing)",
            ]
        }
        guard !rows.isEmpty else { return Component.note("There is no block yet.") }
        return Component.table(
            "Blocks, newest first",
            [
                .text("Height"), .text("Time"), .text("Proposed by"), .number("Transactions"),
                .number("Signatures"),
            ], rows)
    }

    func block(_ request: Request) async throws -> Page {
        guard let height = UInt64(request["height"]), height > 0, height < UInt64(Int64.max) else {
            throw Problem.badRequest(
                "A block is named by its height, from 1.", fix: "Search finds it by its id.")
        }
        let found = try await source.document(
            "/v1/blocks", [("before", "\(height + 1)"), ("limit", "1")])
        guard let block = found.list("blocks").first, block.number("height") == height else {
            throw Problem.notFound(
                "There is no block \(Words.grouped(height)) yet.",
                fix: "The newest is \(Words.grouped(found.number("height"))).")
        }
        var query = [(name: "limit", value: "\(Limits.listedTransactionsMaximum)")]
        if let after = request.query("after") { query.append(("after", after)) }
        let inside = try await source.documentIfAny("/v1/blocks/\(height)/transactions", query)
        let more = inside?["next"]?.uint64Value.map { "/blocks/\(height)?after=\($0)" as HTML }
        let transactions: HTML = """
            \(Self.transactions(inside, of: block))
            \(Component.pager(newest: nil, older: more, "transactions"))
            """
        return Page(
            title: "Block \(Words.grouped(height))", section: .explorer,
            twin: "/v1/blocks/\(height)",
            commands: ["curl --cacert AUTHORITY.pem https://ANOTHER-NODE/v1/blocks/\(height)"],
            content: """
                <h1>Block \(Words.grouped(height))</h1>
                \(Self.neighbours(height, newest: found.number("height")))
                \(Component.section("header", "Header", Self.header(block)))
                \(Component.section("transactions", "Transactions", transactions))
                \(Component.section("certificate", "Certificate", Self.certificate(block)))
                """)
    }

    private static func neighbours(_ height: UInt64, newest: UInt64) -> HTML {
        let before: HTML =
            height > 1
            ? "<a href=\"/blocks/\(height - 1)\" rel=\"prev\">Block before</a>" : .empty
        let after: HTML =
            height < newest
            ? "<a href=\"/blocks/\(height + 1)\" rel=\"next\">Block after</a>" : .empty
        return "<nav class=\"actions\" aria-label=\"Neighbouring blocks\">\(before) \(after)</nav>"
    }

    private static func header(_ block: JSON) -> HTML {
        let height = block.number("height")
        let previous: HTML =
            height > 1
            ? "<a href=\"/blocks/\(height - 1)\">\(Component.whole(block.text("previous")))</a>"
            : "\(Component.whole(block.text("previous"))) (the genesis file)"
        return Component.facts([
            ("Id", Component.whole(block.text("id"))), ("Time", Component.time(block["time"])),
            ("Proposed by", Component.candidate(block.text("proposer"))),
            ("Agreed on in round", "\(Words.grouped(block.number("round")))"),
            ("Previous block", previous),
            ("Root of transactions", Component.whole(block.text("transactionsRoot"))),
            ("Root of results", Component.whole(block.text("resultsRoot"))),
            ("Root of the state", Component.whole(block.text("stateRoot"))),
        ])
    }

    private static func certificate(_ block: JSON) -> HTML {
        func names(_ member: String) -> HTML {
            let list = block.list(member).compactMap(\.stringValue)
            guard !list.isEmpty else { return "nobody" }
            return
                "<ul class=\"plain\">\(list.map { "<li>\(Component.candidate($0))</li>" as HTML })</ul>"
        }
        return """
            \(Component.facts([("Signed by", names("signers")), ("Not among them", names("missing"))]))
            <p class="muted">A certificate holds the quorum’s signatures; who answered later is \
            not in it.</p>
            """
    }

    private static func transactions(_ document: JSON?, of block: JSON) -> HTML {
        guard let document else {
            return Component.note("This node keeps no lists of transactions; the data has them.")
        }
        let list = document.list("transactions")
        guard !list.isEmpty else {
            return block.number("transactions") == 0
                ? "<p>None: the block is a heartbeat.</p>"
                : Component.note("The lists are being made; look again in a moment.")
        }
        return transactionTable(list, isOfBlock: true)
    }

    static func transactionTable(_ list: [JSON], isOfBlock: Bool) -> HTML {
        let rows = list.map { line -> [HTML] in
            let place =
                isOfBlock
                ? "\(Words.grouped(line.number("index")))" as HTML
                : Component.block(line.number("height"))
            return [
                place, Component.transaction(line.text("id")), Component.code(line.text("type")),
                Component.account(line.text("sender")), outcome(line.text("code")),
            ]
        }
        return Component.table(
            "Transactions",
            [
                isOfBlock ? .number("Place") : .text("Block"), .text("Transaction"),
                .text("Type"), .text("Sender"), .text("Outcome"),
            ], rows)
    }

    static func outcome(_ code: String) -> HTML {
        code == "ok"
            ? Component.badge("Applied", .good)
            : Component.badge("Refused: \(HarmlessText.shortened(code, to: 60))", .bad)
    }
}
