import Cryptography
import Encoding
import Storage

/// Votes committed by four representatives on this machine, each a process of its own: every node
/// verifies every signature and stores every block durably. Votes are signed before the clock
/// starts and handed in over HTTPS at fixed rates.
struct ConsensusBench {
    /// Votes of one take at the full rate in requests of their own, of one with several in a
    /// request, and of one at half of what was committed in requests of their own.
    let voteCount: Int
    /// On the disk to be measured.
    let folder: String
    /// The `accredit` that the nodes run.
    let program: String
    /// CPU seconds on each core, and seconds on the disk, to measure the limits.
    var probeSeconds = 0.5
    /// Votes that are sent one by one while nothing else happens.
    var idleCount = 20

    static let electionInterval = 10
    /// Votes in a request when they are handed in together.
    static let togetherCount = 32
    private static let voterCount = 2_000
    private static let idlePerSecond = 1.6

    /// The host lends the cores more or less speed from one moment to the next, so each rate is
    /// taken so many times, in turn, and the middle one counts.
    static let takeCount = 3

    /// Votes handed in as fast as the nodes take them, and what OpenSSL did right before and after.
    struct Take: Sendable {
        let outcome: OpenLoop.Outcome
        let raw: RawRates

        var rate: Double { Double(outcome.latencies.count) / outcome.wall }
        /// Votes a second that four nodes on these cores could verify if they did nothing else.
        var ceiling: Double { ConsensusBench.ceiling(raw) }
        var ratio: Double { rate / ceiling }
    }

    /// What was measured, step by step.
    struct Findings {
        var syncs: Int64 = 0
        var idle = OpenLoop.Outcome()
        /// Of the takes, from the smallest part of the limit to the largest.
        var full: [Take] = []
        var together: [Take] = []
        /// Of the takes at half the rate, from the shortest longest gap across an election on.
        var half: [OpenLoop.Outcome] = []
        /// Seconds until votes committed at the full rates had been counted again.
        var settled = 0.0
        var memory = 0
        var counted: Int64 = 0
    }

    func run(_ progress: Progress) async throws -> BenchReport {
        try await BenchFolder.with(in: folder) { folder in
            var findings = Findings()
            progress.step("measuring the disk")
            findings.syncs = try DeviceMeasurement.durableWritesPerSecond(
                folder: folder.path, milliseconds: Int64(probeSeconds * 1000))
            let network = try await BenchNetwork(
                folder: folder, voterCount: Self.voterCount,
                electionInterval: Self.electionInterval, program: program)
            do {
                try await measure(network, &findings, progress)
            } catch {
                network.stop()
                throw error
            }
            network.stop()
            try check(findings)
            return report(findings)
        }
    }

    private static func ceiling(_ raw: RawRates) -> Double {
        raw.verify * Double(CPUTime.coreCount) / Double(BenchNetwork.nodeCount)
    }

    // Inlined into `run` it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    private func measure(
        _ network: BenchNetwork, _ findings: inout Findings, _ progress: Progress
    ) async throws {
        progress.step("signing \(sentCount) votes")
        let rounds = (sentCount + Self.voterCount - 1) / Self.voterCount
        let votes = try await network.ledger.votes(rounds: rounds)
        var rest = votes.enumerated().map { (number: $0, compact: $1) }[...]
        func next(_ count: Int) -> [(number: Int, compact: String)] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        try await network.prepare()
        var loop = OpenLoop(network: network, voterCount: Self.voterCount)
        progress.step("committing \(idleCount) votes one by one")
        findings.idle = try await loop.run(next(idleCount), rate: Self.idlePerSecond)
        var raw = try await RawRates.measure(.es256, seconds: probeSeconds)
        for take in 1...Self.takeCount {
            progress.step(
                "committing twice \(voteCount) votes as fast as they come, take \(take) of "
                    + "\(Self.takeCount)")
            loop.together = 1
            let full = try await self.take(loop, next(voteCount), after: &raw)
            loop.together = Self.togetherCount
            let together = try await self.take(loop, next(voteCount), after: &raw)
            findings.full.append(full)
            findings.together.append(together)
        }
        findings.full.sort { $0.ratio < $1.ratio }
        findings.together.sort { $0.ratio < $1.ratio }
        progress.step("waiting until the nodes have counted these votes again")
        let began = CPUTime.wall()
        try await network.settle()
        findings.settled = CPUTime.wall() - began
        loop.together = 1
        for take in 1...Self.takeCount {
            progress.step(
                "committing \(voteCount) votes at half that rate, take \(take) of "
                    + "\(Self.takeCount)")
            findings.half.append(
                try await loop.run(next(voteCount), rate: Self.middle(findings.full).rate / 2))
        }
        findings.half.sort { Self.electionGap($0) < Self.electionGap($1) }
        findings.memory = try network.usage().map(\.memory).max() ?? 0
        let results = try await network.nodes[0].get("/v1/results")["results"]?.arrayValue ?? []
        findings.counted = results.compactMap { $0["votes"]?.int64Value }.reduce(0, +)
    }

    /// - Parameter raw: what OpenSSL did right before; afterwards, what it does then.
    // Inlined into `measure` it may crash the optimizer of Swift 6.3.1.
    @inline(never)
    private func take(
        _ loop: OpenLoop, _ votes: [(number: Int, compact: String)], after raw: inout RawRates
    ) async throws -> Take {
        let before = raw
        let outcome = try await loop.run(votes, rate: Self.ceiling(before))
        raw = try await RawRates.measure(.es256, seconds: probeSeconds)
        return Take(outcome: outcome, raw: RawRates.mean(before, raw))
    }

    /// Votes of all steps together.
    var sentCount: Int { idleCount + 3 * Self.takeCount * voteCount }

    /// Each vote adds one to one candidate, so the totals tell how many were applied.
    private func check(_ findings: Findings) throws {
        guard findings.counted == Int64(sentCount) else {
            throw Failure(
                .failure, "bench.wrong",
                "\(sentCount) votes were committed, the ledger counts \(findings.counted)")
        }
    }
}
