import Encoding

extension ConsensusBench {
    private static let committed = "votes committed by four nodes"
    private static let together = "the same, \(togetherCount) in a request"
    private static let alone = "by the CPU time of the nodes alone"
    private static let aloneTogether = "by the CPU time of the nodes, \(togetherCount) in a request"
    private static let limit = "OpenSSL ES256 verify by four nodes on these cores"

    func report(_ findings: Findings) -> BenchReport {
        let (full, half) = (findings.full, findings.half)
        let (limit, cores) = (Self.ceiling(findings.raw), Double(CPUTime.coreCount))
        let rate = Double(voteCount) / full.wall
        let together = Double(voteCount) / findings.together.wall
        // What the cores would do if the client and other programs took nothing of them.
        func alone(_ outcome: OpenLoop.Outcome) -> Double {
            cores * Double(voteCount) / max(outcome.nodes, .ulpOfOne)
        }
        var report = BenchReport(name: "consensus")
        report.facts = facts(findings)
        report.rates = [
            (Self.committed, rate), (Self.alone, alone(full)), (Self.together, together),
            (Self.aloneTogether, alone(findings.together)),
        ].map { name, rate in
            BenchReport.Rate(name: name, perSecond: rate, limit: (Self.limit, rate / limit))
        }
        report.rates += [
            BenchReport.Rate(name: Self.limit, perSecond: limit),
            BenchReport.Rate(
                name: "OpenSSL ES256 verify on one core", perSecond: findings.raw.verify),
            BenchReport.Rate(
                name: "disk: 4 KiB written and synced", perSecond: Double(findings.syncs)),
        ]
        report.bars = [
            BenchReport.Bar(what: Self.committed, measure: .perSecond(rate, atLeast: 5_000)),
            BenchReport.Bar(what: Self.committed, measure: .ratio(rate / limit, atLeast: 0.4)),
            BenchReport.Bar(what: Self.together, measure: .perSecond(together, atLeast: 5_000)),
            BenchReport.Bar(what: Self.together, measure: .ratio(together / limit, atLeast: 0.4)),
            BenchReport.Bar(
                what: "milliseconds until 95 of 100 votes were in a block at half that rate",
                measure: .count(Self.milliseconds(half.percentile(95)), atMost: 1_000)),
            BenchReport.Bar(
                what: "milliseconds until a vote alone was in a block, half of them",
                measure: .count(Self.milliseconds(findings.idle.percentile(50)), atMost: 50)),
            BenchReport.Bar(
                what: "milliseconds without a block at most, \(elections(half)) elections among "
                    + "them",
                measure: .count(
                    Self.milliseconds(half.gaps.max() ?? 0),
                    atMost: 2 * BenchLedger.blockIntervalMilliseconds)),
        ]
        return report
    }

    private func facts(_ findings: Findings) -> [(name: String, value: JSON)] {
        let (full, half) = (findings.full, findings.half)
        func micros(_ seconds: Double) -> JSON { JSON(Int(seconds * 1e6 / Double(voteCount))) }
        func times(_ outcome: OpenLoop.Outcome) -> JSON {
            JSON(
                [50, 95, 99].map { "\(Self.milliseconds(outcome.percentile($0)))" }
                    .joined(separator: ", "))
        }
        return [
            ("votes", JSON(3 * voteCount + idleCount)),
            ("blocks at the full rate", JSON(full.lastHeight - full.firstHeight)),
            ("CPU microseconds a vote, four nodes together", micros(full.nodes)),
            ("CPU microseconds a vote at half the rate", micros(half.nodes)),
            ("CPU microseconds a vote, together", micros(findings.together.nodes)),
            ("CPU microseconds a vote of the client, who signed before", micros(full.client)),
            ("CPU microseconds a vote of the client, together", micros(findings.together.client)),
            ("milliseconds at half the rate, 50, 95 and 99 of 100", times(half)),
            ("milliseconds of a vote alone, 50, 95 and 99 of 100", times(findings.idle)),
            (
                "milliseconds between blocks, median and most",
                JSON(
                    "\(Self.milliseconds(half.gaps.median)), "
                        + "\(Self.milliseconds(half.gaps.max() ?? 0))")
            ),
            ("elections meanwhile", JSON(elections(half))),
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

    private func elections(_ outcome: OpenLoop.Outcome) -> UInt64 {
        let interval = UInt64(Self.electionInterval)
        return outcome.lastHeight / interval - outcome.firstHeight / interval
    }

    private static func milliseconds(_ seconds: Double) -> Int {
        Int((seconds * 1000).rounded(.up))
    }
}
