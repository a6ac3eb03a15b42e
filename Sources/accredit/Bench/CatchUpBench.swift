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
    /// How many nodes do it, one after the other. The host lends the cores more or less speed from
    /// one moment to the next, so the middle one counts.
    let takeCount: Int
    /// On the disk to be measured.
    let folder: String
    /// CPU seconds on each core to measure the limits.
    var probeSeconds = 0.5

    private static let seats = 4
    private static let quorum = 3
    private static let voterCount = 1000
    private static let name = "signatures verified"
    private static let limit = "the same verifications by OpenSSL alone on all cores"

    /// One node's way, and what OpenSSL did right before and after it.
    private struct Take {
        let span: CPUTime.Span
        let heldBytes: Int
        let es256: Double
        let ed25519: Double

        /// CPU seconds of OpenSSL alone for so many signatures.
        func work(_ signatures: (votes: Double, certificates: Double)) -> Double {
            signatures.votes / es256 + signatures.certificates / ed25519
        }
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
            // A chain whose newest block is of this moment is not fetched many blocks at a time.
            while SystemClock.now().milliseconds(since: ledger.start) < 5_000 {
                try await Task.sleep(for: .milliseconds(100))
            }
            var takes: [Take] = []
            var before = try await rates()
            for number in 1...takeCount {
                progress.step("catching up, node \(number) of \(takeCount)")
                let (span, heldBytes) = try await catchUp(
                    chain, try configuration("behind-\(number)", ledger, genesis),
                    ledger.folder.identity)
                let after = try await rates()
                takes.append(
                    Take(
                        span: span, heldBytes: heldBytes,
                        es256: RawRates.mean(before.es256, after.es256).verify,
                        ed25519: RawRates.mean(before.ed25519, after.ed25519).verify))
                before = after
            }
            return report(takes)
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

    private func configuration(
        _ name: String, _ ledger: BenchLedger, _ genesis: JSON
    ) throws -> NodeConfiguration {
        var configuration = try ledger.configuration(named: name)
        configuration.genesis = try ledger.folder.write(genesis.bytes, "\(name)-four.json")
        configuration.nodeKey = try ledger.folder.write(
            try PrivateKey.generate(.es256), "\(name)-ordinary-node")
        configuration.consensusKey = try ledger.folder.write(
            try PrivateKey.generate(.ed25519), "\(name)-ordinary-consensus")
        return configuration
    }

    // Inlined into `run` it may crash the optimizer of Swift 6.3.1.
    @inline(never)
    private func catchUp(
        _ chain: GrownChain, _ configuration: NodeConfiguration, _ identity: TLSIdentity
    ) async throws -> (span: CPUTime.Span, heldBytes: Int) {
        let (server, endpoint) = try chain.serve(identity)
        var configuration = configuration
        configuration.peers = [endpoint]
        let held = AllocatedMemory.byteCount()
        let (wall, processor) = (CPUTime.wall(), CPUTime.process())
        let node = try await LedgerNodeServer.start(configuration: configuration)
        while node.height < UInt64(blockCount) { try await Task.sleep(for: .milliseconds(5)) }
        let span = CPUTime.Span(
            wall: CPUTime.wall() - wall, processor: CPUTime.process() - processor)
        let heldBytes = AllocatedMemory.byteCount() - held
        await node.stop()
        await server.stop()
        return (span, heldBytes)
    }

    private func report(_ takes: [Take]) -> BenchReport {
        let signatures = (
            votes: Double((blockCount - 1) * votesPerBlock),
            certificates: Double(blockCount * Self.quorum)
        )
        let votes = signatures.votes
        let verified = signatures.votes + signatures.certificates
        let cores = Double(CPUTime.coreCount)
        func ratio(_ take: Take) -> Double { take.work(signatures) / cores / take.span.wall }
        let takes = takes.sorted { ratio($0) < ratio($1) }
        // Of an even number the lower one.
        let take = takes[(takes.count - 1) / 2]
        let (span, work) = (take.span, take.work(signatures))
        let held = (takes.map(\.heldBytes).max() ?? 0) / 1_048_576
        var report = BenchReport(name: "catch-up")
        report.facts = [
            ("blocks", JSON(blockCount)), ("votes in a block", JSON(votesPerBlock)),
            ("signatures in a certificate", JSON(Self.quorum)),
            (
                "nodes one after the other, the middle one counts",
                JSON(takes.map { BenchReport.percent(ratio($0)) }.joined(separator: ", "))
            ),
            ("seconds", JSON(BenchReport.hundredths(span.wall))),
            ("cores used", JSON(BenchReport.hundredths(span.cores))),
            (
                "part of the CPU time that OpenSSL alone would take",
                JSON(BenchReport.hundredths(work / span.processor))
            ),
            (
                "CPU microseconds for each vote",
                JSON(BenchReport.hundredths(span.processor * 1e6 / max(votes, 1)))
            ),
            ("MiB that a node holds after it, at most", JSON(held)),
            (
                "measured",
                JSON(
                    "a node without a chain, from its start; the peer that hands the blocks "
                        + "out runs on the same cores")
            ),
        ]
        report.rates = [
            BenchReport.Rate(
                name: Self.name, perSecond: verified / span.wall, limit: (Self.limit, ratio(take))),
            BenchReport.Rate(name: "transactions caught up", perSecond: votes / span.wall),
            BenchReport.Rate(
                name: "blocks caught up", perSecond: Double(blockCount) / span.wall),
            BenchReport.Rate(name: Self.limit, perSecond: verified * cores / work),
            BenchReport.Rate(name: "OpenSSL ES256 verify on one core", perSecond: take.es256),
            BenchReport.Rate(name: "OpenSSL Ed25519 verify on one core", perSecond: take.ed25519),
        ]
        report.bars = [
            BenchReport.Bar(what: Self.name, measure: .ratio(ratio(take), atLeast: 0.6)),
            BenchReport.Bar(
                what: "MiB that a node holds", measure: .count(held, atMost: 300)),
        ]
        return report
    }
}
