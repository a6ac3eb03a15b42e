import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import Web

/// What votes cost on a ledger with very many accounts and candidates, beside the same on a small
/// one: committing them, electing, proving results, counting again, the disk and the start.
struct VotesBench {
    /// Accounts of the large ledger, those of the voters among them.
    let accountCount: Int
    let candidateCount: Int
    /// Accounts that vote on the large ledger.
    let voterCount: Int
    /// Votes of each of them. The first is for warming up.
    let rounds: Int
    /// Votes cast in the end, about.
    let castCount: Int
    /// On the disk to be measured.
    let folder: String
    /// CPU seconds on each core, and seconds on the disk, to measure the limits.
    var probeSeconds = 0.5

    /// Accounts of the small ledger.
    static let smallCount = 1000
    /// So many blocks that none of those with votes holds an election.
    private static let electionInterval = 2000

    /// The name of the large ledger's files.
    static let large = "large"

    /// What was measured, step by step.
    struct Findings {
        var preloadBytes: Int64 = 0
        var startSeconds = 0.0
        /// Memory that the large node holds more than the program did before it.
        var heldBytes = 0
        var small: [CPUTime.Span] = []
        var large: [CPUTime.Span] = []
        var smallSliceCount = 0
        var queries = Queries()
        var chain = Chain()
        var raw = RawRates(sign: 0, verify: 0)
        var syncs: Int64 = 0
    }

    /// Both ledgers and their votes.
    private struct Ledgers {
        let small: BenchLedger
        let large: BenchLedger
        let smallVotes: [String]
        let largeVotes: [String]
        let genesis: Genesis
    }

    var smallVoterCount: Int { min(Self.smallCount, voterCount) }
    /// Votes that one transaction adds.
    var weight: Int { max(1, castCount / (voterCount * rounds)) }

    func run(_ progress: Progress) async throws -> BenchReport {
        try await BenchFolder.with(in: folder) { folder in
            let ledgers = try await prepare(folder, progress)
            return report(try await measure(ledgers, progress))
        }
    }

    private func prepare(
        _ folder: BenchFolder, _ progress: Progress
    ) async throws -> Ledgers {
        let count = voterCount * rounds
        progress.step("making \(voterCount) voters and signing \(2 * count) votes")
        let ledger = try await BenchLedger(
            folder: folder, voterCount: voterCount, candidateCount: candidateCount,
            electionInterval: Self.electionInterval)
        let other = BenchLedger(ledger, voterCount: smallVoterCount)
        return Ledgers(
            small: other, large: ledger,
            smallVotes: try await other.votes(
                rounds: count / smallVoterCount, weight: Int64(weight)),
            largeVotes: try await ledger.votes(rounds: rounds, weight: Int64(weight)),
            genesis: try Genesis(bytes: ledger.genesis().bytes))
    }

    private func measure(_ ledgers: Ledgers, _ progress: Progress) async throws -> Findings {
        var findings = Findings()
        progress.step("storing \(accountCount) accounts")
        findings.preloadBytes = try PreloadedChain.make(
            data: ledgers.large.data(named: Self.large), genesis: ledgers.genesis,
            accounts: max(0, accountCount - voterCount), account: Self.account)
        progress.step("measuring OpenSSL and the disk")
        findings.syncs = try DeviceMeasurement.durableWritesPerSecond(
            folder: folder, milliseconds: Int64(probeSeconds * 1000))
        let before = try await RawRates.measure(.es256, seconds: probeSeconds)
        let configuration = try ledgers.large.configuration(named: Self.large)
        progress.step("starting the ledger of \(accountCount) accounts")
        let held = AllocatedMemory.byteCount()
        let start = CPUTime.wall()
        let large = try await LedgerNodeServer.start(configuration: configuration)
        findings.startSeconds = CPUTime.wall() - start
        findings.heldBytes = AllocatedMemory.byteCount() - held
        do {
            let small = try await ledgers.small.node(named: "small")
            do {
                try await vote(ledgers, small, large, &findings, progress)
            } catch {
                await small.stop()
                throw error
            }
            await small.stop()
        } catch {
            await large.stop()
            throw error
        }
        await large.stop()
        let after = try await RawRates.measure(.es256, seconds: probeSeconds)
        findings.raw = RawRates.mean(before, after)
        progress.step("electing and counting again")
        findings.chain = try measureChain(
            ledgers.large, ledgers.genesis, votes: UInt64(weight * ledgers.largeVotes.count))
        return findings
    }

    private func vote(
        _ ledgers: Ledgers, _ small: LedgerNodeServer, _ large: LedgerNodeServer,
        _ findings: inout Findings, _ progress: Progress
    ) async throws {
        progress.step("admitting \(candidateCount) candidates to both")
        let candidacies = try await ledgers.large.candidacies()
        for ledger in [small, large] {
            try await BenchCommit.admit(candidacies, ledger)
        }
        let from = SystemClock.now()
        let smallSlice = voterCount / smallVoterCount * smallVoterCount
        findings.smallSliceCount = smallSlice
        for round in 0..<rounds {
            progress.step("committing votes", done: round, total: rounds)
            let few = Array(ledgers.smallVotes[round * smallSlice..<(round + 1) * smallSlice])
            let many = Array(ledgers.largeVotes[round * voterCount..<(round + 1) * voterCount])
            let spans = (
                try await BenchCommit.run(few, small), try await BenchCommit.run(many, large)
            )
            guard round > 0 || rounds == 1 else { continue }
            findings.small.append(spans.0)
            findings.large.append(spans.1)
        }
        progress.step("asking for results and receipts")
        let asked = Asked(
            service: Service(
                noun: "the ledger node", base: "https://\(large.address)",
                http: HTTPClient(trust: ledgers.large.folder.trust)),
            genesis: ledgers.genesis, from: from, until: SystemClock.now(),
            candidates: ledgers.large.candidates.map(\.node.did), votes: ledgers.largeVotes)
        findings.queries = try await measureQueries(asked)
    }

    /// An account that nobody can use: its key is not one. It has what one in use would have.
    private static func account(_ number: Int) -> RecordChange {
        let key = Digest.sha256(Array("bench account \(number)".utf8)).bytes
        let choices = (0..<3 as Range<UInt64>).map { place in
            Choice(candidate: UInt64(number % 3000) + 3000 * place, generation: 0, votes: 100)
        }
        return RecordChange(
            account: [0x80, 0x24, 0x02] + key,
            Account(balance: 1_000_000, sequence: 40, allowance: 1000, choices: choices))
    }
}
