import Encoding

/// How fast blocks come, told from the newest of them.
struct Pace {
    let height: UInt64
    let time: Instant
    /// Mean time between two blocks; nil when there are fewer than two.
    let millisecondsPerBlock: Int64?
    /// Transactions in these blocks, and the time they span.
    let transactionCount: UInt64
    let milliseconds: Int64

    /// - Parameter blocks: `GET /v1/blocks`, newest first.
    init?(blocks: [JSON]) {
        guard let newest = blocks.first, let time = Component.instant(newest["time"]) else {
            return nil
        }
        height = newest.number("height")
        self.time = time
        let oldest = blocks.last.flatMap { Component.instant($0["time"]) } ?? time
        milliseconds = time.milliseconds(since: oldest)
        millisecondsPerBlock =
            blocks.count > 1 ? max(1, milliseconds / Int64(blocks.count - 1)) : nil
        transactionCount = blocks.dropLast().reduce(0) { $0 + $1.number("transactions") }
    }

    /// When a later block is to be expected.
    func time(of height: UInt64) -> Instant? {
        guard let millisecondsPerBlock, height >= self.height else { return nil }
        let blocks = Int64(clamping: height - self.height)
        let (wait, overflow) = blocks.multipliedReportingOverflow(by: millisecondsPerBlock)
        return overflow ? nil : time.adding(milliseconds: wait)
    }

    /// Transactions a second, with one decimal place.
    var rate: String {
        guard milliseconds > 0 else { return "0" }
        let tenths = UInt64(
            (Double(transactionCount) * 10_000 / Double(milliseconds)).rounded())
        return "\(Words.grouped(tenths / 10)).\(tenths % 10)"
    }
}

extension PageRoutes {
    func pace() async throws -> Pace? {
        let blocks = try await source.document(
            "/v1/blocks", [("limit", "\(Limits.paceBlocksCount)")])
        return Pace(blocks: blocks.list("blocks"))
    }

    /// The next election in blocks and time, for a row of figures.
    func nextElection(_ status: JSON, _ pace: Pace?) -> (label: HTML, value: HTML, note: HTML) {
        let next = status.number("nextElection")
        let height = status.number("height")
        let left = next > height ? next - height : 0
        var note: HTML = "at block \(Words.grouped(next))"
        if let expected = pace?.time(of: next), let pace {
            note = """
                at block \(Words.grouped(next)), in about \
                \(Component.countdown(to: expected, from: pace.time)) \
                (\(Component.time(expected)))
                """
        }
        return ("Next election", "in \(Words.count(left, "block"))", note)
    }
}
