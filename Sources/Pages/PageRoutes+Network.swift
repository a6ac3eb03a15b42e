import Encoding
import Web

/// Who decides, who judges, and by which rules.
extension PageRoutes {
    func representatives(_ request: Request) async throws -> Page {
        let document = try await source.document("/v1/representatives")
        let status = try await source.document("/v1/status")
        let offences = try await source.documentIfAny("/v1/offences") ?? .null
        let uptime = document["uptime"] ?? .null
        let quorum = Words.grouped(document.number("quorum"))
        let count = document.list("representatives").count
        let now: HTML = """
            <p>\(quorum) of \(count) must approve a block. Uptime counts blocks \
            \(Words.grouped(uptime.number("from"))) to \(Words.grouped(uptime.number("to"))), of \
            those each node had to decide. A certificate closes with the quorum, so even a node \
            that is always there is missing from some.</p>
            \(Self.table(of: document))
            """
        return Page(
            title: "Representatives", section: .representatives, twin: "/v1/representatives",
            commands: ["accredit status --node https://ANOTHER-NODE"],
            content: """
                <h1>Representatives</h1>
                <p class="lead">The elected nodes that make blocks until the next election takes \
                effect.</p>
                \(Component.live("now", Component.section("now", "Deciding now, with uptime", now)))
                \(Component.live("next", Self.next(document)))
                \(Component.live("silent", Self.silent(document)))
                \(Component.live("offences", Self.offences(offences)))
                \(Component.live("consensus", Self.consensus(status)))
                """)
    }

    static func table(of document: JSON) -> HTML {
        let uptime = document["uptime"]?.list("nodes") ?? []
        let rows = document.list("representatives").map { member -> [HTML] in
            let did = member.text("node")
            let line = uptime.first { $0.text("node").hasSameBytes(as: did) }
            let (signed, blocks) = (line?.number("signed") ?? 0, line?.number("blocks") ?? 0)
            return [
                Component.candidate(did), Component.quoted(member.text("endpoint"), to: 80),
                """
                <span class="share">\(Words.percent(signed, of: blocks))</span>\
                \(Meter.bar(signed, of: blocks))
                """,
                "\(Words.grouped(signed)) of \(Words.grouped(blocks))",
                "\(Words.grouped(line?.number("proposed") ?? 0))",
            ]
        }
        return Component.table(
            "Representatives with uptime",
            [
                .text("Node"), .text("Endpoint"), .text("Share signed"), .number("Signed"),
                .number("Proposed"),
            ], rows)
    }

    private static func next(_ document: JSON) -> HTML {
        let now = document.list("representatives").map { $0.text("node") }
        let next = document.list("next").map { $0.text("node") }
        guard now != next else { return .empty }
        let items = next.map { "<li>\(Component.candidate($0))</li>" as HTML }
        return Component.section(
            "next", "Deciding from the block after the next", "<ul class=\"plain\">\(items)</ul>")
    }

    /// Members that let their turns to propose pass, where they lose their seats for it.
    private static func silent(_ document: JSON) -> HTML {
        let items = document.list("silent").map { line -> HTML in
            """
            <li>\(Component.candidate(line.text("node"))) let \
            \(Words.count(line.number("turns"), "turn")) to propose pass since block \
            \(Words.grouped(line.number("since"))).</li>
            """
        }
        guard !items.isEmpty else { return .empty }
        return Component.section("silent", "Silent", "<ul class=\"plain\">\(items)</ul>")
    }

    /// Nodes that are proven to have contradicted themselves.
    private static func offences(_ document: JSON) -> HTML {
        let rows = document.list("offenders").map { offender -> [HTML] in
            let last = offender["last"] ?? .null
            return [
                Component.candidate(offender.text("node")), Component.quoted(last.text("kind")),
                Component.block(last.number("height")), Component.block(last.number("recorded")),
                lasting(offender, "suspended", until: "suspendedUntil"),
                lasting(offender, "held", until: "heldUntil"),
            ]
        }
        guard !rows.isEmpty else { return .empty }
        let table = Component.table(
            "Nodes that signed two contradicting statements",
            [
                .text("Node"), .text("Of a"), .number("At block"), .number("Proven in block"),
                .text("Suspended"), .text("Deposits held"),
            ], rows)
        return Component.section("offences", "Contradicted themselves", table)
    }

    private static func lasting(_ offender: JSON, _ name: String, until end: String) -> HTML {
        guard offender[name]?.boolValue == true else { return "no" }
        guard let height = offender[end]?.uint64Value else { return "yes" }
        return "before block \(Words.grouped(height))"
    }

    private static func consensus(_ status: JSON) -> HTML {
        guard let consensus = status["consensus"] else { return .empty }
        var rows: [(HTML, HTML)] = [
            ("Deciding block", "\(Words.grouped(consensus.number("height")))"),
            ("Round", "\(Words.grouped(consensus.number("round")))"),
            ("State", Component.quoted(consensus.text("explanation"))),
        ]
        if let why = status["why"], why["trouble"]?.boolValue == true {
            let reasons = why.list("reasons").filter { $0["trouble"]?.boolValue == true }
            let items = reasons.map { "<li>\(Component.quoted($0.text("text")))</li>" as HTML }
            rows.append(("What is wrong", "<ul class=\"plain\">\(items)</ul>"))
        }
        let facts = Component.facts(rows)
        return Component.section("consensus", "The block being agreed on", facts)
    }

    func auditors(_ request: Request) async throws -> Page {
        let set = try await source.document("/v1/auditor-set")
        let status = try await source.document("/v1/status")
        let now = Component.instant(status["time"]) ?? .distantPast
        let sections = set.list("auditors").enumerated().map { index, auditor -> HTML in
            let rows = auditor.list("keys").map { key -> [HTML] in
                let jwk = key["jwk"] ?? .null
                return [
                    "\(Component.quoted(jwk.text("kty"), to: 8)) \(Component.quoted(jwk.text("crv"), to: 16))",
                    Component.whole(HarmlessText.shortened(jwk.text("x"), to: 64)),
                    Component.time(key["from"]), Component.time(key["until"]),
                    Self.window(key, now: now),
                ]
            }
            let table = Component.table(
                "Keys",
                [
                    .text("Kind"), .text("Public key"), .text("From"), .text("Until"),
                    .text("State"),
                ], rows)
            let facts = Component.facts([
                ("Issuer", Component.quoted(auditor.text("issuer"), to: 200)),
                ("Operator", Component.quoted(auditor.text("operator"), to: 200)),
                ("Account", Component.account(auditor.text("account"))),
            ])
            return """
                <section aria-labelledby="auditor-\(index)">
                <h2 id="auditor-\(index)">\(Component.quoted(auditor.text("name"), to: 120))</h2>
                \(facts)
                <h3>Keys and their windows</h3>
                \(table)
                </section>
                """
        }
        return Page(
            title: "Auditors", section: .auditors, twin: "/v1/auditor-set",
            commands: [
                "accredit auditor-set show --node https://ANOTHER-NODE",
                "accredit bundle verify BUNDLE --node https://ANOTHER-NODE",
            ],
            content: """
                <h1>Auditors</h1>
                <p class="lead">A node is admitted when at least \
                \(Words.count(set.number("threshold"), "auditor")) of \
                \(Words.count(set.number("operators"), "different operator")) consent. A \
                credential counts when the key that signed it was in its window. What a key in \
                other hands signed counts only if the ledger had seen it by that block.</p>
                \(sections)
                """)
    }

    private static func window(_ key: JSON, now: Instant) -> HTML {
        if let lost = key["compromisedSince"]?.uint64Value {
            return Component.badge("In other hands since block \(lost)", .bad)
        }
        guard let from = Component.instant(key["from"]), let until = Component.instant(key["until"])
        else { return "–" }
        if now < from { return Component.badge("Not yet", .warning) }
        if now >= until { return Component.badge("Over", .bad) }
        return Component.badge("Open", .good)
    }

    func parameters(_ request: Request) async throws -> Page {
        let document = try await source.document("/v1/parameters")
        let parameters = document["parameters"]?.objectValue?.members ?? []
        let entries = parameters.map { member -> (HTML, HTML) in
            let words = meanings.first { $0.name == member.name }?.words
            let note: HTML = words.map { "<br><small class=\"muted\">\($0)</small>" } ?? .empty
            let value: HTML =
                switch member.value {
                case .string(let text): Component.code(text)
                case .number(let number):
                    "\(number.int64.map { Words.grouped(Int($0)) } ?? number.text)"
                case .null, .bool, .array, .object: Component.code(member.value.text)
                }
            return ("<code>\(member.name)</code>", "\(value)\(note)")
        }
        let network = Component.facts([
            ("Network", Component.quoted(document.text("network"), to: 120)),
            ("Genesis (SHA-256)", Component.whole(document.text("genesis"))),
            ("Genesis time", Component.time(document["genesisTime"])),
            ("Registrar, who enrols voters", Component.account(document.text("registrar"))),
            ("Sum of all balances", Component.amount(document["supply"])),
            ("Next election at block", "\(Words.grouped(document.number("nextElection")))"),
        ])
        return Page(
            title: "Parameters", section: .parameters, twin: "/v1/parameters",
            commands: [
                "curl --output genesis.json https://NODE/v1/genesis", "sha256sum genesis.json",
            ],
            content: """
                <h1>Parameters</h1>
                <p class="lead">What the network fixed for itself, as of block \
                \(Component.block(document.number("height"))). Everybody applies the same.</p>
                \(Component.section("network", "Network", network))
                \(Component.section("rules", "Rules", Component.facts(entries)))
                <p class="actions"><a href="/v1/genesis" download="genesis.json">\
                Download the genesis file</a></p>
                """)
    }

    private var meanings: [(name: String, words: HTML)] {
        [
            ("approval", "how many representatives must approve a block"),
            ("electionInterval", "blocks between two elections"),
            ("seats", "how many candidates an election seats"),
            ("minimumSeats", "with fewer eligible candidates the sitting representatives stay"),
            ("allowance", "votes of an account that is enrolled without an own number"),
            ("votesPerCandidate", "votes one account may put on one candidate"),
            ("proofOfWorkBits", "zero bits each block's id begins with; 0 means no work"),
            ("blockInterval", "milliseconds between blocks while transactions wait"),
            ("heartbeat", "milliseconds after which an empty block is made"),
            ("termMarginSeconds", "how long past an election credentials must last, in seconds"),
            ("evidence", "what follows when a representative contradicts itself"),
            ("silenceBlocks", "blocks after which a silent representative loses its seat"),
            ("timeouts", "of the agreement between representatives, in milliseconds"),
            ("limits", "bounds on one block"),
            ("contracts", "rules every node evaluates for a type of transaction"),
        ]
    }
}
