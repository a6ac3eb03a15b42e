import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import Web

/// How fast a node without a chain takes over one of four representatives from a single peer: every
/// signature of every transaction and certificate verified, every block executed and durable.
struct CatchUpBench {
    let blockCount: Int
    /// Votes in each block.
    let votesPerBlock: Int
    /// On the disk to be measured.
    let folder: String
    /// CPU seconds on each core to measure the limits.
    var probeSeconds = 0.5

    private static let seats = 4
    private static let quorum = 3
    private static let voterCount = 1000
    private static let name = "signatures verified"
    private static let limit = "the same verifications by OpenSSL alone on all cores"

    private struct Outcome {
        let span: CPUTime.Span
        let heldBytes: Int
    }

    func run(_ progress: Progress) async throws -> BenchReport {
        try await BenchFolder.with(in: folder) { folder in
            progress.step("signing \(blockCount * votesPerBlock) votes")
            let ledger = try await BenchLedger(
                folder: folder, voterCount: Self.voterCount, candidateCount: Self.seats,
                electionInterval: 1_000_000)
            let genesis = try Self.genesis(ledger)
            let chain = try GrownChain(
                data: ledger.data(named: "ahead"), genesis: try Genesis(bytes: genesis.bytes))
            defer { chain.close() }
            try await grow(chain, ledger, progress)
            let before = try await rates()
            progress.step("catching up")
            let outcome = try await catchUp(chain, ledger, genesis)
            let after = try await rates()
            return report(
                outcome, es256: RawRates.mean(before.es256, after.es256).verify,
                ed25519: RawRates.mean(before.ed25519, after.ed25519).verify)
        }
    }

    private func rates() async throws -> (es256: RawRates, ed25519: RawRates) {
        (
            try await RawRates.measure(.es256, seconds: probeSeconds),
            try await RawRates.measure(.ed25519, seconds: probeSeconds)
        )
    }

    /// The genesis of a benchmark's ledger with four representatives.
    private static func genesis(_ ledger: BenchLedger) throws -> JSON {
        var members = ledger.genesis().objectValue ?? JSONObject([])
        members["representatives"] = .array(
            ledger.candidates.prefix(seats).enumerated().map { index, candidate in
                [
                    "node": JSON(candidate.node.did),
                    "consensusKey": JSON(
                        Base64URL.encode(candidate.consensus.key.publicKey.bytes)),
                    "endpoint": JSON("https://127.0.0.1:\(index + 1)"),
                ]
            })
        var parameters = members["parameters"]?.objectValue ?? JSONObject([])
        parameters["approval"] = ["ratio": "2/3"]
        parameters["seats"] = JSON(seats)
        parameters["minimumSeats"] = JSON(seats)
        members["parameters"] = .object(parameters)
        return .object(members)
    }

    // Inlined into `run` it may crash the optimizer of Swift 6.3.1.
    @inline(never)
    private func grow(
        _ chain: GrownChain, _ ledger: BenchLedger, _ progress: Progress
    ) async throws {
        var keys: [[UInt8]: Signer] = [:]
        for candidate in ledger.candidates {
            keys[candidate.consensus.key.publicKey.bytes] = candidate.consensus
        }
        let signers = keys
        let candidacies = try await ledger.candidacies()
        let rounds = (blockCount * votesPerBlock + Self.voterCount - 1) / Self.voterCount
        let votes = try await ledger.votes(rounds: max(1, rounds))
        progress.step("making \(blockCount) blocks")
        let blocks =
            [candidacies[...]]
            + (0..<blockCount - 1).map {
                votes[$0 * votesPerBlock..<($0 + 1) * votesPerBlock]
            }
        try await chain.grow(blocks) { key, message in
            guard let signer = signers[key] else { return [] }
            return try signer.key.sign(message)
        }
    }

    // Inlined into `run` it may crash the optimizer of Swift 6.3.1.
    @inline(never)
    private func catchUp(
        _ chain: GrownChain, _ ledger: BenchLedger, _ genesis: JSON
    ) async throws -> Outcome {
        let (server, endpoint) = try chain.serve(ledger.folder.identity)
        var configuration = try ledger.configuration(named: "behind")
        configuration.genesis = try ledger.folder.write(genesis.bytes, "four.json")
        configuration.nodeKey = try ledger.folder.write(
            try PrivateKey.generate(.es256), "ordinary-node")
        configuration.consensusKey = try ledger.folder.write(
            try PrivateKey.generate(.ed25519), "ordinary-consensus")
        configuration.peers = [endpoint]
        // A chain whose newest block is of this moment is not fetched many blocks at a time.
        while SystemClock.now().milliseconds(since: ledger.start) < 5_000 {
            try await Task.sleep(for: .milliseconds(100))
        }
        let held = AllocatedMemory.byteCount()
        let (wall, processor) = (CPUTime.wall(), CPUTime.process())
        let node = try await LedgerNodeServer.start(configuration: configuration)
        while node.height < UInt64(blockCount) { try await Task.sleep(for: .milliseconds(5)) }
        let span = CPUTime.Span(
            wall: CPUTime.wall() - wall, processor: CPUTime.process() - processor)
        let outcome = Outcome(span: span, heldBytes: AllocatedMemory.byteCount() - held)
        await node.stop()
        await server.stop()
        return outcome
    }

    private func report(_ outcome: Outcome, es256: Double, ed25519: Double) -> BenchReport {
        let votes = Double((blockCount - 1) * votesPerBlock)
        let certificates = Double(blockCount * Self.quorum)
        let cores = Double(CPUTime.coreCount)
        let limitSeconds = (votes / es256 + certificates / ed25519) / cores
        let wall = outcome.span.wall
        let ratio = limitSeconds / wall
        let work = limitSeconds * cores
        var report = BenchReport(name: "catch-up")
        report.facts = [
            ("blocks", JSON(blockCount)), ("votes in a block", JSON(votesPerBlock)),
            ("signatures in a certificate", JSON(Self.quorum)),
            ("seconds", JSON(BenchReport.hundredths(wall))),
            ("cores used", JSON(BenchReport.hundredths(outcome.span.cores))),
            (
                "part of the CPU time that OpenSSL alone would take",
                JSON(BenchReport.hundredths(work / outcome.span.processor))
            ),
            (
                "CPU microseconds for each vote",
                JSON(BenchReport.hundredths(outcome.span.processor * 1e6 / max(votes, 1)))
            ),
            ("MiB that the node holds after it", JSON(outcome.heldBytes / 1_048_576)),
            (
                "measured",
                JSON(
                    "a node without a chain, from its start; the peer that hands the blocks "
                        + "out runs on the same cores")
            ),
        ]
        report.rates = [
            BenchReport.Rate(
                name: Self.name, perSecond: (votes + certificates) / wall,
                limit: (Self.limit, ratio)),
            BenchReport.Rate(name: "transactions caught up", perSecond: votes / wall),
            BenchReport.Rate(name: "blocks caught up", perSecond: Double(blockCount) / wall),
            BenchReport.Rate(name: Self.limit, perSecond: (votes + certificates) / limitSeconds),
            BenchReport.Rate(name: "OpenSSL ES256 verify on one core", perSecond: es256),
            BenchReport.Rate(name: "OpenSSL Ed25519 verify on one core", perSecond: ed25519),
        ]
        report.bars = [
            BenchReport.Bar(what: Self.name, measure: .ratio(ratio, atLeast: 0.6)),
            BenchReport.Bar(
                what: "MiB that the node holds",
                measure: .count(outcome.heldBytes / 1_048_576, atMost: 300)),
        ]
        return report
    }
}
