import Cryptography
import Encoding
import Storage

/// Votes committed by four representatives on this machine, each a process of its own: every node
/// verifies every signature and stores every block durably. Votes are signed before the clock
/// starts and handed in over HTTPS at fixed rates.
struct ConsensusBench {
    /// Votes at the full rate in requests of their own, as many several in a request, and as many
    /// at half of what was committed in requests of their own.
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

    /// What was measured, step by step.
    struct Findings {
        var raw = RawRates(sign: 0, verify: 0)
        var syncs: Int64 = 0
        var idle = OpenLoop.Outcome()
        var full = OpenLoop.Outcome()
        var together = OpenLoop.Outcome()
        var half = OpenLoop.Outcome()
        var memory = 0
        var counted: Int64 = 0
    }

    func run(_ progress: Progress) async throws -> BenchReport {
        try await BenchFolder.with(in: folder) { folder in
            var findings = Findings()
            let probe = try await MachineProbe(folder.path, seconds: probeSeconds, progress)
            (findings.syncs, findings.raw) = (probe.syncs, probe.before)
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
            findings.raw = try await probe.rates()
            try check(findings)
            return report(findings)
        }
    }

    /// Votes a second that four nodes on these cores could verify if they did nothing else.
    static func ceiling(_ raw: RawRates) -> Double {
        raw.verify * Double(CPUTime.coreCount) / Double(BenchNetwork.nodeCount)
    }

    // Inlined into `run` it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    private func measure(
        _ network: BenchNetwork, _ findings: inout Findings, _ progress: Progress
    ) async throws {
        let total = idleCount + 3 * voteCount
        progress.step("signing \(total) votes")
        let rounds = (total + Self.voterCount - 1) / Self.voterCount
        let votes = try await network.ledger.votes(rounds: rounds)
        var rest = votes.enumerated().map { (number: $0, compact: $1) }[...]
        func next(_ count: Int) -> [(number: Int, compact: String)] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        try await network.prepare()
        var loop = OpenLoop(network: network, voterCount: Self.voterCount)
        let limit = Self.ceiling(findings.raw)
        progress.step("committing \(idleCount) votes one by one")
        findings.idle = try await loop.run(next(idleCount), rate: Self.idlePerSecond)
        progress.step("committing \(voteCount) votes as fast as they come")
        findings.full = try await loop.run(next(voteCount), rate: limit)
        let rate = Double(voteCount) / findings.full.wall
        progress.step("committing \(voteCount) votes at half that rate")
        findings.half = try await loop.run(next(voteCount), rate: rate / 2)
        progress.step("committing \(voteCount) votes, \(Self.togetherCount) in a request")
        loop.together = Self.togetherCount
        findings.together = try await loop.run(next(voteCount), rate: limit)
        findings.memory = try network.usage().map(\.memory).max() ?? 0
        let results = try await network.nodes[0].get("/v1/results")["results"]?.arrayValue ?? []
        findings.counted = results.compactMap { $0["votes"]?.int64Value }.reduce(0, +)
    }

    /// Each vote adds one to one candidate, so the totals tell how many were applied.
    private func check(_ findings: Findings) throws {
        let sent = Int64(idleCount + 3 * voteCount)
        guard findings.counted == sent else {
            throw Failure(
                .failure, "bench.wrong",
                "\(sent) votes were committed, the ledger counts \(findings.counted)")
        }
    }
}
