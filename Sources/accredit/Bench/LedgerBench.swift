import Cryptography
import Encoding
import Ledger
import LedgerNode
import Web

/// Votes committed by a ledger of one node, the whole product but the voters' way over HTTP: each
/// vote is handed to the node, its shape read and its signature verified; blocks are agreed on with
/// the record of signatures durable before each, executed, and stored durably.
struct LedgerBench {
    let voterCount: Int
    /// Votes of each voter.
    let rounds: Int
    /// On the disk to be measured.
    let folder: String
    /// Whether the same votes are committed once more by a node whose genesis has a contract rule.
    var hasContract = false
    /// CPU seconds on each core, and seconds on the disk, to measure the limits.
    var probeSeconds = 0.5

    private static let committed = "votes committed"
    private static let limit = "OpenSSL ES256 verify on the cores used"

    /// What the run came to.
    private struct Outcome {
        let span: CPUTime.Span
        let blocks: UInt64
        let totals: JSON
    }

    func run(_ progress: Progress) async throws -> BenchReport {
        try await BenchFolder.with(in: folder) { folder in
            let count = voterCount * rounds
            progress.step("making \(voterCount) voters and signing \(count) votes")
            let ledger = try await BenchLedger(folder: folder, voterCount: voterCount)
            let votes = try await ledger.votes(rounds: rounds)
            progress.step("measuring OpenSSL and the disk")
            let syncs = try DeviceMeasurement.durableWritesPerSecond(
                folder: folder.path, milliseconds: Int64(probeSeconds * 1000))
            let before = try await RawRates.measure(.es256, seconds: probeSeconds)
            progress.step("committing \(count) votes")
            let outcome = try await outcome(of: votes, ledger, "plain", contracts: [:])
            var ruled: Outcome?
            if hasContract {
                progress.step("committing \(count) votes under a contract rule")
                ruled = try await self.outcome(
                    of: votes, ledger, "ruled", contracts: BenchLedger.contract)
            }
            let after = try await RawRates.measure(.es256, seconds: probeSeconds)
            var report = report(
                outcome, count: count, raw: RawRates.mean(before, after), syncs: syncs)
            if let ruled { add(ruled, beside: outcome, count: count, to: &report) }
            return report
        }
    }

    /// What it takes a new node to commit these votes, counted there.
    // Inlined into `run` it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    private func outcome(
        of votes: [String], _ ledger: BenchLedger, _ name: String, contracts: JSON
    ) async throws -> Outcome {
        let node = try await ledger.node(named: name, contracts: contracts)
        let outcome: Outcome
        do {
            try await BenchCommit.admit(try await ledger.candidacies(), node)
            outcome = try await commit(votes, node, ledger.folder)
        } catch {
            await node.stop()
            throw error
        }
        await node.stop()
        try check(outcome, count: votes.count)
        return outcome
    }

    // Inlined into `outcome` it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    private func commit(
        _ votes: [String], _ node: LedgerNodeServer, _ folder: BenchFolder
    ) async throws -> Outcome {
        let first = node.height
        let span = try await BenchCommit.run(votes, node)
        let height = node.height
        let totals = try await Service(
            noun: "the ledger node", base: "https://\(node.address)",
            http: HTTPClient(trust: folder.trust)
        ).get("/v1/results")
        return Outcome(span: span, blocks: height - first, totals: totals)
    }

    /// Each vote adds one to one candidate, so the totals tell how many were applied.
    private func check(_ outcome: Outcome, count: Int) throws {
        let totals = outcome.totals["results"]?.arrayValue ?? []
        let applied = totals.compactMap { $0["votes"]?.int64Value }.reduce(0, +)
        guard applied == Int64(count) else {
            throw Failure(
                .failure, "bench.wrong",
                "\(count) votes were handed in, the ledger counts \(applied)")
        }
    }

    private func report(
        _ outcome: Outcome, count: Int, raw: RawRates, syncs: Int64
    ) -> BenchReport {
        let span = outcome.span
        let rate = Double(count) / span.wall
        let limit = raw.verify * span.cores
        let name = Self.committed
        var report = BenchReport(name: "ledger")
        report.facts = [
            ("votes", JSON(count)), ("voters", JSON(voterCount)),
            ("blocks", JSON(outcome.blocks)),
            ("seconds", JSON(BenchReport.hundredths(span.wall))),
            ("cores used", JSON(BenchReport.hundredths(span.cores))),
            ("CPU microseconds a vote", JSON(Int(span.processor * 1e6 / Double(count)))),
            ("elections", "every \(BenchLedger.standardElectionInterval) blocks"),
            (
                "measured",
                JSON(
                    "one representative; signature, shape and number of every vote checked, "
                        + "consensus with its record synced before each signature, execution, "
                        + "state root, block and records in one synced commit; not the way over "
                        + "HTTP")
            ),
        ]
        report.rates = [
            BenchReport.Rate(
                name: name, perSecond: rate, limit: (Self.limit, rate / limit)),
            BenchReport.Rate(name: Self.limit, perSecond: limit),
            BenchReport.Rate(name: "OpenSSL ES256 verify on one core", perSecond: raw.verify),
            BenchReport.Rate(name: "disk: 4 KiB written and synced", perSecond: Double(syncs)),
        ]
        report.bars = [
            BenchReport.Bar(what: name, measure: .ratio(rate / limit, atLeast: 0.4))
        ]
        return report
    }

    /// The rate under a contract rule, held against the rate without.
    private func add(
        _ ruled: Outcome, beside plain: Outcome, count: Int, to report: inout BenchReport
    ) {
        let rule = BenchLedger.contract["vote"]?[0]?["expression"]
        let micros = [plain, ruled].map { Int($0.span.processor * 1e6 / Double(count)) }
        report.facts += [
            ("contract rule on every vote", rule ?? nil),
            ("CPU microseconds a vote, without and with it", "\(micros[0]), \(micros[1])"),
        ]
        report.rates.append(
            BenchReport.Rate(
                name: "\(Self.committed) under a contract rule",
                perSecond: Double(count) / ruled.span.wall,
                limit: (Self.committed, plain.span.wall / ruled.span.wall)))
    }
}
