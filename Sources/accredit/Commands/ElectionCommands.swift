import Encoding

/// `election`: who won, and who would.
enum ElectionCommands {
    static let all = [show, results]

    private static let before = Option.value(
        "before", "TIME", "only votes in blocks before this time, e.g. 2026-11-21T12:00:00Z")

    static let show = Command(
        path: ["election", "show"],
        summary: "Show one election, or the list of all",
        arguments: [Argument("NUMBER", "which election; all when absent", .optional)],
        options: Option.ledger,
        examples: [
            .init("accredit election show", "all elections"),
            .init("accredit election show 2", "the ranking of the second after genesis"),
        ],
        run: { invocation in
            let service = try invocation.ledger().service
            guard let text = invocation.argument("NUMBER") else {
                let json = try await service.get("/v1/elections")
                invocation.console.result(json) {
                    let rows = json["elections"]?.arrayValue ?? []
                    if rows.isEmpty { return "no elections yet" }
                    return invocation.console.table(
                        Table(
                            ["N", "HEIGHT", "ACTS FROM", "SEATS", "NOTE"],
                            rows.map { row in
                                [
                                    row["n"]?.plain, row["height"]?.plain,
                                    row["actsFrom"]?.plain,
                                    row["seats"]?.arrayValue.map { String($0.count) },
                                    row["note"]?.plain,
                                ].map { $0 ?? "" }
                            }))
                }
                return
            }
            guard let number = UInt64(text) else {
                throw Failure.usage(
                    "NUMBER is \"\(text)\"", code: "usage.bad-value",
                    why: "elections are counted 0, 1, 2 …; 0 is genesis")
            }
            let json = try await service.get("/v1/elections/\(number)")
            invocation.console.result(json) {
                describe(json, invocation.console)
            }
        })

    static let results = Command(
        path: ["election", "results"],
        summary: "Show the votes of every candidate now, or before a cut-off time",
        options: [before] + Option.ledger,
        examples: [
            .init("accredit election results", "the votes as they stand"),
            .init("accredit election results --before 2026-11-21T12:00:00Z", "as they stood then"),
        ],
        run: { invocation in
            var path = "/v1/results"
            if let time = try invocation.cutoff(before) {
                path += "?before=\(Service.escaped(time.rfc3339))"
            }
            let json = try await invocation.ledger().service.get(path)
            invocation.console.result(json) {
                let rows = json["results"]?.arrayValue ?? []
                let heading = Table.members(json, ["before", "height", "time", "final"])
                if rows.isEmpty { return heading + "\nno candidates" }
                return heading + "\n\n"
                    + invocation.console.table(.columns(rows, ["candidate", "votes"]))
            }
        })

    /// The ranking with a mark at those who won a seat.
    private static func describe(_ json: JSON, _ console: Console) -> String {
        let seats = json["seats"]?.arrayValue ?? []
        let rows = (json["ranking"]?.arrayValue ?? []).map { row in
            let isSeated = row["node"].map { seats.contains($0) } ?? false
            return [
                row["node"]?.plain ?? "", row["votes"]?.plain ?? "",
                row["eligible"]?.plain ?? "", isSeated ? "yes" : "no", row["reason"]?.plain ?? "",
            ]
        }
        let heading = Table.members(json, ["n", "height", "actsFrom", "note"])
        guard !rows.isEmpty else { return heading + "\n\nno candidates" }
        return heading + "\n\n"
            + console.table(Table(["NODE", "VOTES", "ELIGIBLE", "SEAT", "REASON"], rows))
    }
}
