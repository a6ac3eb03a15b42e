import Encoding
import Web

/// Everybody who may be voted for, and one of them in full.
extension PageRoutes {
    func candidates(_ request: Request) async throws -> Page {
        let document = try await source.document("/v1/candidates")
        let list = document.list("candidates").sorted { $0.number("votes") > $1.number("votes") }
        let rows = list.prefix(Limits.rankingMaximum).map { candidate -> [HTML] in
            [
                Component.candidate(candidate.text("node")),
                Component.quoted(candidate.text("endpoint"), to: 80),
                Self.standing(candidate.text("status")),
                "\(Words.grouped(candidate.number("votes")))",
                Component.block(candidate.number("registered")),
                Component.time(candidate["validUntil"]),
            ]
        }
        let columns: [Component.Column] = [
            .text("Candidate"), .text("Endpoint"), .text("Standing"), .number("Votes"),
            .number("Since block"), .text("Credentials end"),
        ]
        let content =
            rows.isEmpty
            ? Component.note("Nobody stands for election at the moment.")
            : Component.table("Candidates by votes", columns, rows)
        return Page(
            title: "Candidates", section: .candidates, twin: "/v1/candidates",
            commands: ["accredit candidate list"],
            content: """
                <h1>Candidates</h1>
                <p class="lead">\(Words.count(UInt64(list.count), "node")) may be voted for. Each \
                was admitted on the credentials of a quorum of auditors, and leaves the list when \
                the earliest of them ends.</p>
                \(Component.live("list", Component.section("all", "On the list", content)))
                """)
    }

    static func standing(_ status: String) -> HTML {
        switch status {
        case "representative": Component.badge("Representative", .good)
        case "candidate": Component.badge("Candidate", .plain)
        case "ordinary": Component.badge("Ordinary node", .plain)
        case _: Component.badge(HarmlessText.shortened(status, to: 40), .plain)
        }
    }

    func candidate(_ request: Request) async throws -> Page {
        let did = request["did"]
        let path = "/v1/candidates/\(HarmlessText.segment(did))"
        let candidate = try await source.document(path)
        let status = try await source.document("/v1/status")
        let now = Component.instant(status["time"]) ?? .distantPast
        let credentials = candidate.list("credentials").compactMap { $0["claims"] }
        let auditors = try await source.document("/v1/auditor-set").list("auditors")
        let history = try await history(of: did)
        let deposits = candidate.list("deposits")
        let timeline = Self.timeline(credentials, auditors, now: now)
        let identity = candidate.text("node")
        return Page(
            title: "Candidate \(Words.short(identity))", section: .candidates, twin: path,
            commands: Self.commands(candidate),
            content: """
                <h1>Candidate</h1>
                <p class="lead">\(Component.whole(identity))</p>
                \(Component.live("facts", Self.facts(candidate, now: now)))
                \(Component.section("auditors", "What the auditors said", Self.verdicts(credentials, auditors)))
                \(Component.section("expiry", "When the credentials end", timeline))
                \(Component.section("judged", "Qualifications", Self.qualifications(credentials, auditors)))
                \(deposits.isEmpty ? .empty : Self.deposits(deposits))
                \(Component.live("history", chart(did, history, status)))
                """)
    }

    private static func commands(_ candidate: JSON) -> [String] {
        let id = candidate.text("transaction")
        guard !id.isEmpty else { return ["accredit candidate list"] }
        return [
            "accredit receipt get \(id) --out admission.json",
            "accredit receipt verify admission.json --genesis genesis.json",
            "accredit candidate list --node https://ANOTHER-NODE",
        ]
    }

    private static func facts(_ candidate: JSON, now: Instant) -> HTML {
        let state = candidate.text("state")
        let end = Component.instant(candidate["validUntil"])
        let remaining: HTML =
            end.map { end in
                end <= now
                    ? Component.badge("Ended", .bad)
                    : "in \(Component.countdown(to: end, from: now))"
            } ?? .empty
        let listed =
            state == "listed"
            ? standing(candidate.text("status"))
            : Component.badge(state == "lapsed" ? "Lapsed" : "Left the list", .bad)
        var entries: [(HTML, HTML)] = [
            ("Role", listed),
            ("Votes now", "<strong>\(Words.grouped(candidate.number("votes")))</strong>"),
            ("Credentials end", "\(Component.time(candidate["validUntil"])) \(remaining)"),
            ("Endpoint", Component.quoted(candidate.text("endpoint"), to: 200)),
            ("On the list since block", block(candidate["registered"]?["height"])),
            ("Application", Component.whole(candidate.text("application"))),
            ("Consensus key (Ed25519)", Component.whole(candidate.text("consensusKey"))),
            ("Account", Component.account(candidate.text("node"))),
        ]
        if candidate["transaction"] != nil {
            entries.append(("Admitted by", Component.transaction(candidate.text("transaction"))))
        }
        return Component.section("standing", "Standing", Component.facts(entries))
    }

    private static func block(_ json: JSON?) -> HTML {
        json?.uint64Value.map { Component.block($0) } ?? "–"
    }

    private static func deposits(_ deposits: [JSON]) -> HTML {
        let rows = deposits.map { deposit -> [HTML] in
            [
                Component.deposit(deposit.text("id")),
                Component.quoted(deposit.text("auditor"), to: 120),
                "\(Component.amount(deposit["amount"]))",
            ]
        }
        let table = Component.table(
            "Deposits", [.text("Deposit"), .text("For auditor"), .number("Amount")], rows)
        return Component.section("deposits", "Deposits held", table)
    }

    private func chart(_ did: String, _ history: [Plot.Point], _ status: JSON) -> HTML {
        guard let first = history.first, let last = history.last,
            let until = Component.instant(status["time"]), first.time < until
        else {
            return Component.section(
                "votes", "Votes over time", Component.note("No vote has changed the tally yet."))
        }
        let plot = Plot(
            from: first.time, until: until,
            lines: [Plot.Line(name: Component.candidate(did), points: history)],
            summary: "Votes from \(Words.utc(first.time)) to \(Words.utc(until)): "
                + "\(Words.count(UInt64(history.count), "change")), now "
                + "\(Words.count(last.votes, "vote")).")
        let rows = history.suffix(Limits.listedChangesMaximum).reversed().map { point -> [HTML] in
            [Component.time(point.time), "\(Words.grouped(point.votes))"]
        }
        let table = Component.table(
            "Changes of the tally, newest first", [.text("Time"), .number("Votes after")], rows)
        let path: HTML = "/v1/candidates/\(HarmlessText.segment(did))/history"
        let content: HTML = """
            \(plot.html)
            <details><summary>\(Words.count(UInt64(rows.count), "newest change"))</summary>
            \(table)
            </details>
            <p class="actions"><a href="\(path)" download="history.json">Download JSON</a> \
            <a href="\(path)?format=csv" download="history.csv">Download CSV</a></p>
            """
        return Component.section("votes", "Votes over time", content)
    }
}
