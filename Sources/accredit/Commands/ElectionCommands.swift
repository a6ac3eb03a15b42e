import Encoding

/// `election`: who won, and who would.
enum ElectionCommands {
    static let all = [
        show, results, ElectionProofCommands.certificate, ElectionProofCommands.verify,
    ]

    private static let before = Option.value(
        "before", "TIME", "only votes in blocks before this time, e.g. 2026-11-21T12:00:00Z")
    private static let candidate = Option.value("candidate", "DID", "only this candidate's votes")
    private static let proof = Option.flag(
        "proof", "as a file that proves them with the genesis file alone")

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
        discussion: """
            Votes in blocks before the time count. With --proof it is one file that election verify
            checks with the genesis file alone; final once a block of that time or later is there.
            """,
        options: [before, candidate, proof, .out] + Option.ledger,
        examples: [
            .init("accredit election results", "the votes as they stand"),
            .init("accredit election results --before 2026-11-21T12:00:00Z", "as they stood then"),
            .init(
                "accredit election results --before 2026-11-21T12:00:00Z --proof --out noon.proof",
                "as a file that proves it"),
        ],
        run: { invocation in
            var query: [String] = []
            let time = try invocation.cutoff(before)
            if let time { query.append("before=\(Service.escaped(time.rfc3339))") }
            if let did = try invocation.text(candidate) {
                query.append("candidate=\(Service.escaped(did))")
            }
            if invocation.flag(proof) {
                guard time != nil else {
                    throw Failure.usage(
                        "--proof is about the votes before a time", fix: "give --before TIME too")
                }
                try invocation.checkOut()
                query.append("proof=true")
            }
            let path = query.isEmpty ? "/v1/results" : "/v1/results?" + query.joined(separator: "&")
            let json = try await invocation.ledger().service.get(
                path, maximumByteCount: Limits.proofByteCountMaximum)
            guard !invocation.flag(proof) else { return try invocation.writeOut(json.text) }
            guard try invocation.text(.out) == nil else {
                throw Failure.usage("--out is where a proof goes", fix: "add --proof")
            }
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
