import Encoding

extension PageRoutes {
    /// The changes of a candidate's tally, oldest first; empty where there are none.
    func history(of did: String) async throws -> [Plot.Point] {
        let path = "/v1/candidates/\(HarmlessText.segment(did))/history"
        let document = try await source.documentIfAny(path)
        return (document?.list("history") ?? []).compactMap { entry in
            Component.instant(entry["time"]).map {
                Plot.Point(time: $0, votes: entry.number("votes"))
            }
        }
    }

    /// When elections were held, as far as they lie in a span that is charted.
    func electionTimes(since from: Instant) async throws -> [Instant] {
        let held = try await source.document("/v1/elections").list("elections")
        var times: [Instant] = []
        for election in held.suffix(Limits.chartMarksMaximum) where election.number("n") > 0 {
            let block = try await source.documentIfAny(
                "/v1/blocks", [("before", "\(election.number("height") + 1)"), ("limit", "1")])
            if let time = Component.instant(block?.list("blocks").first?["time"]), time >= from {
                times.append(time)
            }
        }
        return times
    }
}
