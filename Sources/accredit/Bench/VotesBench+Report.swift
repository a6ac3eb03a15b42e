import Encoding

extension VotesBench {
    /// The marks that were set before measuring.
    private enum Mark {
        static let throughput = 0.8
        static let electionMicroseconds = 50_000
        static let queryMicroseconds = 5_000
        static let recountPerSecond = 500_000.0
        static let receiptBytes = 8 * 1024
        static let receiptMicroseconds = 20_000
        static let accountBytes = 150
        static let accountsForSize = 500_000
        static let startMilliseconds = 10_000
    }

    private static let limit = "OpenSSL ES256 verify on the cores used"

    func report(_ findings: Findings) -> BenchReport {
        var report = BenchReport(name: "votes")
        let small = findings.small.map { Double(findings.smallSliceCount) / $0.wall }
        let large = findings.large.map { Double(voterCount) / $0.wall }
        let ratio = zip(large, small).map { $0 / $1 }.median
        report.facts = facts(findings)
        let few = "votes committed, \(smallVoterCount) accounts"
        let many = "votes committed, \(accountCount) accounts"
        let chain = findings.chain
        let recount = Double(chain.changeCount) / max(chain.recountSeconds, 1e-9)
        report.rates = [
            BenchReport.Rate(
                name: few, perSecond: small.median,
                limit: (
                    Self.limit,
                    small.median / (findings.raw.verify * findings.small.map(\.cores).median)
                )),
            BenchReport.Rate(name: many, perSecond: large.median, limit: (few, ratio)),
            BenchReport.Rate(
                name: "vote changes counted again on one core", perSecond: recount,
                limit: ("OpenSSL ES256 verify on one core", recount / findings.raw.verify)),
            BenchReport.Rate(
                name: "OpenSSL ES256 verify on one core", perSecond: findings.raw.verify),
            BenchReport.Rate(
                name: "disk: 4 KiB written and synced", perSecond: Double(findings.syncs)),
        ]
        report.bars = bars(findings, ratio: ratio, recount: recount)
        return report
    }

    private func facts(_ findings: Findings) -> [(name: String, value: JSON)] {
        let (chain, queries) = (findings.chain, findings.queries)
        return [
            ("accounts", JSON(accountCount)), ("candidates", JSON(candidateCount)),
            ("voters", JSON(voterCount)), ("rounds measured", JSON(findings.large.count)),
            ("votes cast", JSON(chain.votes)),
            (
                "CPU microseconds a vote, small",
                JSON(Self.cost(findings.small, findings.smallSliceCount))
            ),
            ("CPU microseconds a vote, large", JSON(Self.cost(findings.large, voterCount))),
            ("candidates ranked", JSON(chain.ranked)),
            ("microseconds of an empty block", JSON(Self.micro(chain.emptyBlock))),
            (
                "microseconds of a result with proof, median",
                JSON(Self.micro(queries.cutoff.median))
            ),
            (
                "microseconds to check that proof",
                JSON(Self.micro(queries.cutoffChecks.median))
            ),
            (
                "microseconds of all results with proof, median",
                JSON(Self.micro(queries.sheet.median))
            ),
            ("bytes of all results with proof", JSON(queries.sheetByteCount)),
            ("bytes of the accounts on disk", JSON(findings.preloadBytes)),
            ("bytes of memory that the start takes", JSON(findings.heldBytes)),
            ("milliseconds to read the state after the votes", JSON(Int(chain.loadSeconds * 1000))),
            (
                "measured",
                JSON(
                    "one representative as in bench ledger, both ledgers with the same candidates "
                        + "and as many votes, round by round in turn; accounts stored without "
                        + "signatures, each with votes for three candidates; results and receipts "
                        + "one after the other over HTTPS")
            ),
        ]
    }

    private func bars(
        _ findings: Findings, ratio: Double, recount: Double
    ) -> [BenchReport.Bar] {
        let (chain, queries) = (findings.chain, findings.queries)
        var bars: [BenchReport.Bar] = [
            .init(
                what: "vote rate with \(accountCount) accounts of that with \(smallVoterCount)",
                measure: .ratio(ratio, atLeast: Mark.throughput)),
            .init(
                what: "microseconds of a block with an election over \(chain.votes) votes",
                measure: .count(
                    Self.micro(chain.electionBlock), atMost: Mark.electionMicroseconds)),
            .init(
                what: "microseconds of a result of the past with proof, 99 of 100",
                measure: .count(
                    Self.micro(Self.high(queries.cutoff)), atMost: Mark.queryMicroseconds)),
            .init(
                what: "vote changes counted again on one core",
                measure: .perSecond(recount, atLeast: Mark.recountPerSecond)),
            .init(
                what: "bytes of the longest receipt",
                measure: .count(queries.receiptByteCount, atMost: Mark.receiptBytes)),
            .init(
                what: "microseconds to check a receipt, 99 of 100",
                measure: .count(
                    Self.micro(Self.high(queries.receiptChecks)),
                    atMost: Mark.receiptMicroseconds)),
            .init(
                what: "milliseconds to start with \(accountCount) accounts",
                measure: .count(
                    Int(findings.startSeconds * 1000), atMost: Mark.startMilliseconds)),
        ]
        // The digests of buckets take 32 MiB however many accounts there are.
        let preloaded = accountCount - voterCount
        if preloaded >= Mark.accountsForSize {
            let bytes = Int(findings.preloadBytes) / preloaded
            bars.append(
                .init(
                    what: "bytes of an account on disk",
                    measure: .count(bytes, atMost: Mark.accountBytes)))
        }
        return bars
    }

    private static func cost(_ spans: [CPUTime.Span], _ count: Int) -> Int {
        Int(spans.map(\.processor).median * 1e6 / Double(max(1, count)))
    }

    private static func micro(_ seconds: Double) -> Int { Int((seconds * 1e6).rounded(.up)) }

    /// What 99 of 100 do not exceed.
    private static func high(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    }
}
