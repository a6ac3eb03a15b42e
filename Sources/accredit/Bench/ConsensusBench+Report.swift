import Encoding

extension ConsensusBench {
    private static let committed = "votes committed by four nodes"
    private static let together = "the same, \(togetherCount) in a request"
    private static let alone = "by the CPU time of the nodes alone"
    private static let aloneTogether = "by the CPU time of the nodes, \(togetherCount) in a request"
    private static let limit = "OpenSSL ES256 verify by four nodes on these cores"
    private static let limitTogether = "the same, measured beside \(togetherCount) in a request"

    func report(_ findings: Findings) -> BenchReport {
        let (full, together) = (Self.middle(findings.full), Self.middle(findings.together))
        let half = Self.middle(findings.half)
        let cores = Double(CPUTime.coreCount)
        // What the cores would do if the client and other programs took nothing of them.
        func alone(_ take: Take) -> Double {
            cores * Double(voteCount) / max(take.outcome.nodes, .ulpOfOne)
        }
        var report = BenchReport(name: "consensus")
        report.facts = facts(findings)
        report.rates = [
            (Self.committed, full.rate, full, Self.limit),
            (Self.alone, alone(full), full, Self.limit),
            (Self.together, together.rate, together, Self.limitTogether),
            (Self.aloneTogether, alone(together), together, Self.limitTogether),
        ].map { name, rate, take, limit in
            BenchReport.Rate(name: name, perSecond: rate, limit: (limit, rate / take.ceiling))
        }
        report.rates += [
            BenchReport.Rate(name: Self.limit, perSecond: full.ceiling),
            BenchReport.Rate(name: Self.limitTogether, perSecond: together.ceiling),
            BenchReport.Rate(
                name: "OpenSSL ES256 verify on one core", perSecond: full.raw.verify),
            BenchReport.Rate(
                name: "disk: 4 KiB written and synced", perSecond: Double(findings.syncs)),
        ]
        report.bars = [
            BenchReport.Bar(
                what: Self.committed, measure: .perSecond(full.rate, atLeast: 5_000)),
            BenchReport.Bar(what: Self.committed, measure: .ratio(full.ratio, atLeast: 0.4)),
            BenchReport.Bar(
                what: Self.together, measure: .perSecond(together.rate, atLeast: 5_000)),
            BenchReport.Bar(what: Self.together, measure: .ratio(together.ratio, atLeast: 0.4)),
            BenchReport.Bar(
                what: "milliseconds until 95 of 100 votes were in a block at half that rate",
                measure: .count(Self.milliseconds(half.percentile(95)), atMost: 1_000)),
            BenchReport.Bar(
                what: "milliseconds until a vote alone was in a block, half of them",
                measure: .count(Self.milliseconds(findings.idle.percentile(50)), atMost: 50)),
        ]
        let elections = elections(half)
        if elections > 0 {
            report.bars.append(
                BenchReport.Bar(
                    what: "milliseconds without a block at most across \(elections) elections",
                    measure: .count(
                        Self.milliseconds(Self.electionGap(half)),
                        atMost: 2 * BenchLedger.blockIntervalMilliseconds)))
        }
        return report
    }

    private func facts(_ findings: Findings) -> [(name: String, value: JSON)] {
        let full = Self.middle(findings.full).outcome
        let together = Self.middle(findings.together).outcome
        let half = Self.middle(findings.half)
        func parts(_ takes: [Take]) -> JSON {
            JSON(takes.map { BenchReport.percent($0.ratio) }.joined(separator: ", "))
        }
        func micros(_ seconds: Double) -> JSON { JSON(Int(seconds * 1e6 / Double(voteCount))) }
        func times(_ outcome: OpenLoop.Outcome) -> JSON {
            JSON(
                [50, 95, 99].map { "\(Self.milliseconds(outcome.percentile($0)))" }
                    .joined(separator: ", "))
        }
        return [
            ("votes", JSON(sentCount)),
            ("takes, the middle one counts, of the limit", parts(findings.full)),
            ("the same, \(Self.togetherCount) in a request", parts(findings.together)),
            ("blocks at the full rate", JSON(full.lastHeight - full.firstHeight)),
            ("CPU microseconds a vote, four nodes together", micros(full.nodes)),
            ("CPU microseconds a vote at half the rate", micros(half.nodes)),
            ("CPU microseconds a vote, together", micros(together.nodes)),
            ("CPU microseconds a vote of the client, who signed before", micros(full.client)),
            ("CPU microseconds a vote of the client, together", micros(together.client)),
            ("milliseconds at half the rate, 50, 95 and 99 of 100", times(half)),
            ("milliseconds of a vote alone, 50, 95 and 99 of 100", times(findings.idle)),
            (
                "milliseconds between blocks, median and most",
                JSON(
                    "\(Self.milliseconds(half.gaps.median)), "
                        + "\(Self.milliseconds(half.longestGap()))")
            ),
            (
                "takes, the middle one counts: most milliseconds across elections",
                JSON(
                    findings.half.map { "\(Self.milliseconds(Self.electionGap($0)))" }
                        .joined(separator: ", "))
            ),
            ("elections in such a take", JSON(elections(half))),
            (
                "seconds until votes at the full rates were counted again",
                JSON(BenchReport.hundredths(findings.settled))
            ),
            ("block interval, milliseconds", JSON(BenchLedger.blockIntervalMilliseconds)),
            ("memory of the largest node, MiB", JSON(findings.memory >> 20)),
            (
                "measured",
                JSON(
                    "votes over HTTPS to four processes, each vote's time from when it was meant "
                        + "to be sent until it was read in a block from one of them")
            ),
        ]
    }

    /// Of an even number the lower one.
    static func middle<T>(_ takes: [T]) -> T { takes[(takes.count - 1) / 2] }

    /// The longest time without a block across an election: until the block that holds it, the one
    /// after it, and the first one of the representatives it chose.
    static func electionGap(_ outcome: OpenLoop.Outcome) -> Double {
        outcome.longestGap { $0 >= UInt64(electionInterval) && $0 % UInt64(electionInterval) <= 2 }
    }

    private func elections(_ outcome: OpenLoop.Outcome) -> UInt64 {
        let interval = UInt64(Self.electionInterval)
        return outcome.lastHeight / interval - outcome.firstHeight / interval
    }

    private static func milliseconds(_ seconds: Double) -> Int {
        Int((seconds * 1000).rounded(.up))
    }
}
