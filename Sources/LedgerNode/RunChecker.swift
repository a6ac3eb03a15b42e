import Consensus
import Cryptography
import Encoding
import Ledger
import Replication

/// A block whose signatures are all good: those of its transactions, and of its certificate for a
/// set of representatives. Whether that set decides its height is for the state before it to say.
struct CheckedBlock: Sendable {
    let block: Block
    let certificate: CommitCertificate
    /// `RepresentativeSet.digest` of those whose quorum signed; nil while that was not checked.
    let certifiedBy: Digest?
}

/// Checks everything about fetched blocks that needs no execution, on all cores, before the core
/// of the node takes them one after the other.
struct RunChecker: Sendable {
    let verifier: TransactionVerifier
    let network: String
    /// The sets that are known to decide soon, by the digest of their members in headers.
    let sets: [Digest: RepresentativeSet]

    init(_ services: NodeServices) {
        verifier = services.verifier
        network = services.genesis.network
        sets = services.chain.read { state in
            var sets: [Digest: RepresentativeSet] = [:]
            for height in state.tip.height + 1...state.tip.height + 2 {
                let digest = state.representatives(at: height).digest
                if sets[digest] == nil { sets[digest] = try? state.representativeSet(at: height) }
            }
            return sets
        }
    }

    /// - Throws: what the first wrong block has wrong.
    // Inlined into another asynchronous function it may crash the optimizer of Swift 6.3.1.
    @inline(never)
    func check(_ run: BlockRun, from height: UInt64) async throws -> [CheckedBlock] {
        let parts = Self.parts(run.entries)
        let results = await withTaskGroup(
            of: (Int, Result<[CheckedBlock], any Error>).self
        ) { group in
            for part in parts {
                group.addTask {
                    (
                        part.lowerBound,
                        Result {
                            try part.map { try check(run.entries[$0], height + UInt64($0)) }
                        }
                    )
                }
            }
            var results: [Int: Result<[CheckedBlock], any Error>] = [:]
            for await (start, result) in group { results[start] = result }
            return results
        }
        var checked: [CheckedBlock] = []
        for part in parts { checked += try results[part.lowerBound]?.get() ?? [] }
        return checked
    }

    /// Ranges of about as many signatures each.
    private static func parts(_ entries: [BlockRun.Entry]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var (start, count) = (0, 0)
        for (index, entry) in entries.enumerated() {
            count += entry.transactions.count + 3
            if count >= Limits.verificationChunkCount {
                parts.append(start..<index + 1)
                (start, count) = (index + 1, 0)
            }
        }
        if start < entries.count { parts.append(start..<entries.count) }
        return parts
    }

    private func check(_ entry: BlockRun.Entry, _ height: UInt64) throws -> CheckedBlock {
        let header = try BlockHeader(bytes: entry.header)
        guard header.height == height else {
            throw LedgerError(.block, "asked for block \(height), got \(header.height)")
        }
        let certificate = try CommitCertificate(json: try JSON.parse(entry.certificate))
        // By then the same members may decide for another term: that is for the state to say.
        let set = sets[header.representatives].flatMap { set in
            let isBySet =
                (try? certificate.verify(
                    set: set, network: network, height: height, valueID: header.id)) != nil
            return isBySet ? set : nil
        }
        let transactions = try verifier.verify(fetched: entry.transactions)
        return CheckedBlock(
            block: Block(header: header, transactions: transactions), certificate: certificate,
            certifiedBy: set?.digest)
    }
}
