import Encoding
import Web

/// Elections held, and one of them with its ranking and reasons.
extension PageRoutes {
    func elections(_ request: Request) async throws -> Page {
        let document = try await source.document("/v1/elections")
        let status = try await source.document("/v1/status")
        let rows = document.list("elections").reversed().prefix(Limits.rankingMaximum)
            .map { election -> [HTML] in
                let number = election.number("n")
                let note = election["note"]?.stringValue
                let outcome: HTML =
                    Self.replacements(in: election)
                    ?? note.map { Component.quoted($0) }
                    ?? (number == 0
                        ? "genesis names the first representatives"
                        : "\(Words.count(UInt64(election.list("seats").count), "node")) seated")
                return [
                    "<a href=\"/elections/\(number)\">Election \(Words.grouped(number))</a>",
                    number == 0 ? "genesis" : Component.block(election.number("height")),
                    "\(Words.grouped(election.number("actsFrom")))", outcome,
                ]
            }
        let table = Component.table(
            "Elections, newest first",
            [.text("Election"), .text("Held at block"), .number("Acts from"), .text("Outcome")],
            rows)
        return Page(
            title: "Elections", section: .elections, twin: "/v1/elections",
            commands: ["accredit election show --node https://ANOTHER-NODE"],
            content: """
                <h1>Elections</h1>
                \(Component.live("next", Component.figures([nextElection(status, try await pace())])))
                \(Component.live("list", Component.section("held", "Held so far", table)))
                """)
    }

    func election(_ request: Request) async throws -> Page {
        guard let number = UInt64(request["n"]) else {
            throw Problem.badRequest("An election is named by its number, from 0.")
        }
        let election = try await source.document("/v1/elections/\(number)")
        let seats = election.list("seats").compactMap(\.stringValue)
        let note =
            Self.replacements(in: election).map { Component.note($0) }
            ?? election["note"]?.stringValue.map { Component.note("\(Component.quoted($0))") }
        let ranking = election.list("ranking")
        let sitting = election.list("representatives").compactMap(\.stringValue)
        let acting = sitting.map { "<li>\(Component.candidate($0))</li>" as HTML }
        let table: HTML =
            ranking.isEmpty
            ? Component.note(
                number == 0
                    ? "Genesis seats without a vote." : "Nobody stood at this election.")
            : Self.table(of: ranking, seats: seats)
        let when: HTML =
            number == 0
            ? "From the start."
            : """
            Held at the end of block \(Component.block(election.number("height"))), in force \
            from block \(Words.grouped(election.number("actsFrom"))).
            """
        return Page(
            title: "Election \(Words.grouped(number))", section: .elections,
            twin: "/v1/elections/\(number)",
            commands: ["accredit election show \(number) --node https://ANOTHER-NODE"]
                + (number == 0
                    ? []
                    : [
                        "accredit election certificate \(number) --out election.proof",
                        "accredit election verify election.proof --genesis genesis.json",
                    ]),
            content: """
                <h1>Election \(Words.grouped(number))</h1>
                <p class="lead">\(when)</p>
                \(note ?? .empty)
                \(Component.section("ranking", "Ranking", table))
                \(Component.section(
                    "acting", "Representatives after it", "<ul class=\"plain\">\(acting)</ul>"))
                """)
    }

    /// Who lost a seat between two elections, and why; nil for an election.
    private static func replacements(in election: JSON) -> HTML? {
        let list = election.list("replaces")
        guard !list.isEmpty else { return nil }
        let lines = list.map { replaced -> HTML in
            "\(Component.candidate(replaced.text("node"))): \(Component.quoted(replaced.text("reason")))"
        }
        return "Between two elections, the next in rank took the seat of \(lines)"
    }

    private static func table(of ranking: [JSON], seats: [String]) -> HTML {
        let shown = ranking.prefix(Limits.rankingMaximum)
        let rows = shown.enumerated().map { index, rank -> [HTML] in
            let did = rank.text("node")
            let isSeated = seats.contains { $0.hasSameBytes(as: did) }
            let outcome =
                isSeated
                ? Component.badge("Seated", .good)
                : rank["eligible"]?.boolValue == true
                    ? Component.badge("Not seated", .plain)
                    : Component.badge("Not eligible", .bad)
            let reason =
                rank["reason"]?.stringValue.map { Component.quoted($0) }
                ?? (isSeated ? "–" : "below the seat line")
            return [
                "\(index + 1)", Component.candidate(did),
                "\(Words.grouped(rank.number("votes")))", outcome, reason,
            ]
        }
        return """
            <p>More votes first; at equal votes the earlier registration, then the smaller id.</p>
            \(Component.table(
                "Ranking", [
                    .number("Rank"), .text("Candidate"), .number("Votes"), .text("Outcome"),
                    .text("Reason"),
                ], rows))
            """
    }
}
