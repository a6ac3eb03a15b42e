import Encoding
import Web

/// The public's page: who has how many votes, now or at a time, and where the seat line runs.
extension PageRoutes {
    /// What the page is made of.
    private struct Results {
        let before: Instant?
        let document: JSON
        let status: JSON
        let seats: Int
        let minimumSeats: UInt64
        let seatsRule: String?
        let candidates: [JSON]
        let lines: [JSON]

        var height: UInt64 { document.number("height") }
        var time: Instant? { Component.instant(document["time"]) }
        var isFinal: Bool { document["final"]?.boolValue ?? false }
        var cast: UInt64 { lines.reduce(0) { $0 + $1.number("votes") } }

        func candidate(_ did: String) -> JSON? {
            candidates.first { $0.text("node").hasSameBytes(as: did) }
        }
    }

    func results(_ request: Request) async throws -> Page {
        let before = try Self.cutOff(request)
        let query = before.map { [(name: "before", value: $0.rfc3339)] } ?? []
        let parameters = try await source.document("/v1/parameters")
        let status = try await source.document("/v1/status")
        let document = try await source.document("/v1/results", query)
        let rule = parameters["parameters"]?["seats"]
        let results = Results(
            before: before, document: document, status: status,
            seats: rule?.int64Value.map { Int($0) } ?? status.list("representatives").count,
            minimumSeats: parameters["parameters"]?.number("minimumSeats") ?? 0,
            seatsRule: rule?.stringValue,
            candidates: try await source.document("/v1/candidates").list("candidates"),
            lines: document.list("results"))
        let time = before.map { "?before=\(HarmlessText.segment($0.rfc3339))" } ?? ""
        let cutOff = (before ?? results.time)?.rfc3339 ?? "TIME"
        let content = try await content(results)
        return Page(
            title: before == nil
                ? "Results" : "Results before \(Words.utc(before ?? .distantPast))",
            section: .results, twin: "/v1/results\(time)",
            commands: [
                "accredit election results --before \(cutOff) --node https://ANOTHER-NODE",
                "accredit election results --before \(cutOff) --proof --out results.proof",
                "accredit election verify results.proof --genesis genesis.json",
            ],
            content: content)
    }

    /// The query item `before`: a time in UTC as RFC 3339 has it, or as a form's field sends it.
    private static func cutOff(_ request: Request) throws(Problem) -> Instant? {
        guard let text = request.query("before"), !text.isEmpty else { return nil }
        for suffix in ["", "Z", ":00Z"] {
            if let instant = try? Instant(rfc3339: text + suffix) { return instant }
        }
        throw .badRequest(
            "The cut-off is not a time: \(text.quotedForMessage)",
            fix: "Write it as 2026-01-31T12:00:00Z.")
    }

    private func content(_ results: Results) async throws -> HTML {
        let pace = try await pace()
        let turnout = try await source.documentIfAny(
            "/v1/turnout", [("height", "\(results.height)")])
        let summary: HTML = """
            <p class="lead">\(Self.standing(results))</p>
            \(Component.figures(figures(results, turnout, pace)))
            """
        let ranking: HTML = """
            \(Self.picker(results))
            \(Component.live("ranking-list", Self.ranking(results)))
            \(Self.downloads(results))
            """
        return """
            <h1>Results</h1>
            \(Component.live("summary", summary))
            \(Component.section("ranking", "Ranking", ranking))
            \(try await chart(results))
            """
    }

    private static func standing(_ results: Results) -> HTML {
        let word =
            results.isFinal
            ? Component.badge("Final", .good) : Component.badge("Provisional", .warning)
        let height = Component.block(results.height)
        guard let before = results.before else {
            return """
                \(word) Votes counted up to block \(height), \
                \(Component.time(results.document["time"])). They may change until the election.
                """
        }
        let reason: HTML =
            results.isFinal
            ? "A later block exists, so no vote before the cut-off can be added."
            : "No block at or after the cut-off exists yet; votes before it may still be added."
        return """
            \(word) Votes counted before \(Component.time(before)): up to block \(height), \
            \(Component.time(results.document["time"])). \(reason)
            """
    }

    private func figures(
        _ results: Results, _ turnout: JSON?, _ pace: Pace?
    ) -> [(label: HTML, value: HTML, note: HTML)] {
        var figures: [(label: HTML, value: HTML, note: HTML)] = []
        let cast = results.cast
        if let turnout, turnout.number("allowance") > 0 {
            let allowance = turnout.number("allowance")
            let (voters, accounts) = (turnout.number("voters"), turnout.number("accounts"))
            figures.append(
                (
                    "Votes cast", "\(Words.grouped(cast))",
                    """
                    \(Words.percent(cast, of: allowance)) of \(Words.grouped(allowance)); \
                    \(Words.grouped(allowance > cast ? allowance - cast : 0)) not cast
                    """
                ))
            figures.append(
                (
                    "Turnout", "\(Words.percent(voters, of: accounts))",
                    """
                    \(Words.grouped(voters)) of \(Words.count(accounts, "account")) voted at \
                    least once
                    """
                ))
        } else {
            figures.append(("Votes cast", "\(Words.grouped(cast))", "by all accounts"))
        }
        figures.append(
            (
                "Seats", "\(results.seats)",
                results.seatsRule.map { "by the rule \(Component.code($0))" }
                    ?? "an election needs \(Words.count(results.minimumSeats, "eligible candidate"))"
            ))
        figures.append(nextElection(results.status, pace))
        return figures
    }

    private static func ranking(_ results: Results) -> HTML {
        guard !results.lines.isEmpty else {
            return Component.note("Nobody stands for election yet, so there is nothing to rank.")
        }
        let highest = results.lines.map { $0.number("votes") }.max() ?? 0
        let cast = results.cast
        let sitting = results.status.list("representatives").compactMap(\.stringValue)
        var items: [HTML] = []
        for (index, line) in results.lines.prefix(Limits.rankingMaximum).enumerated() {
            if index == results.seats { items.append(seatLine(results)) }
            let did = line.text("candidate")
            let known = results.candidate(did)
            let endpoint: HTML =
                known.map {
                    "<span class=\"muted\">\(Component.quoted($0.text("endpoint"), to: 80))</span>"
                } ?? "<span class=\"muted\">no longer on the list</span>"
            let isSitting = sitting.contains { $0.hasSameBytes(as: did) }
            let badge = isSitting ? Component.badge("Representative", .plain) : .empty
            let votes = line.number("votes")
            items.append(
                """
                <li><span class="rank">\(index + 1)</span>\
                <span class="who">\(Component.candidate(did)) \(endpoint) \(badge)</span>\
                <span class="tally"><strong>\(Words.grouped(votes))</strong> \
                <span class="muted">\(Words.percent(votes, of: cast))</span></span>\
                \(Meter.bar(votes, of: highest, isOut: index >= results.seats))</li>

                """)
        }
        if results.lines.count <= results.seats { items.append(seatLine(results)) }
        let rest = results.lines.count - Limits.rankingMaximum
        let more: HTML =
            rest > 0
            ? "<p>\(Words.grouped(rest)) more are in the data.</p>" : .empty
        return "<ol class=\"ranking\">\n\(items)</ol>\n\(more)"
    }

    private static func seatLine(_ results: Results) -> HTML {
        var text = "Seat line: the first \(results.seats) would be seated"
        let votes = results.lines.map { $0.number("votes") }
        if votes.count > results.seats, results.seats > 0 {
            let margin =
                votes[results.seats - 1] - min(votes[results.seats], votes[results.seats - 1])
            text += ", margin \(Words.count(margin, "vote"))"
        } else if votes.count < results.seats {
            text += ", \(results.seats - votes.count) without a candidate"
        }
        return "<li class=\"seat-line\"><span>\(text)</span></li>\n"
    }

    private static func picker(_ results: Results) -> HTML {
        let value = results.before ?? results.time
        let field = value.map { String($0.rfc3339.prefix(19)) } ?? ""
        let back: HTML =
            results.before == nil
            ? .empty : "<p class=\"actions\"><a href=\"/\">Back to the newest results</a></p>"
        return """
            <form class="picker" action="/" method="get">
            <div><label for="before">Count only votes before (UTC)</label>
            <input id="before" name="before" type="datetime-local" step="1" value="\(field)" \
            required></div>
            <button type="submit">Show</button>
            </form>
            \(back)
            """
    }

    private static func downloads(_ results: Results) -> HTML {
        let before = results.before.map { "before=\(HarmlessText.segment($0.rfc3339))" }
        let data = before.map { "?\($0)" } ?? ""
        let sheet = before.map { "?\($0)&format=csv" } ?? "?format=csv"
        return """
            <p class="actions"><a href="/v1/results\(data)" download="results.json">\
            Download JSON</a> <a href="/v1/results\(sheet)" download="results.csv">\
            Download CSV</a></p>
            """
    }

    /// The newest tallies of the leading candidates over time.
    private func chart(_ results: Results) async throws -> HTML {
        guard let until = results.time else { return .empty }
        var lines: [Plot.Line] = []
        for line in results.lines.prefix(Limits.chartLinesMaximum) {
            let did = line.text("candidate")
            let points = try await history(of: did).filter { $0.time <= until }
            if !points.isEmpty {
                lines.append(Plot.Line(name: Component.candidate(did), points: points))
            }
        }
        guard let from = lines.compactMap({ $0.points.first?.time }).min(), from < until else {
            return .empty
        }
        let leader = results.lines.first
        let plot = Plot(
            from: from, until: until, lines: lines, marks: try await electionTimes(since: from),
            summary: "Votes of the leading \(lines.count) candidates from \(Words.utc(from)) to "
                + "\(Words.utc(until)). First is \(Words.short(leader?.text("candidate") ?? "")) "
                + "with \(Words.count(leader?.number("votes") ?? 0, "vote")). The list above "
                + "gives all figures.")
        return Component.live(
            "chart", Component.section("over-time", "Results over time", plot.html))
    }
}
