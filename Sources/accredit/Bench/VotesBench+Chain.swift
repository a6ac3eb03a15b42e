import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs

/// What is measured on the stored chain, once the node has stopped.
extension VotesBench {
    struct Chain {
        /// Seconds that reading the state takes, after the votes.
        var loadSeconds = 0.0
        /// Votes that candidates have.
        var votes: UInt64 = 0
        /// CPU seconds that an empty block takes, without and with an election in it.
        var emptyBlock = 0.0
        var electionBlock = 0.0
        var ranked = 0
        var changeCount: UInt64 = 0
        /// CPU seconds for counting all of them again.
        var recountSeconds = 0.0
    }

    private static let sampleCount = 9

    func measureChain(
        _ ledger: BenchLedger, _ genesis: Genesis, votes: UInt64
    ) throws -> Chain {
        var chain = Chain()
        let archive = try ChainArchive(data: ledger.data(named: Self.large))
        let start = CPUTime.wall()
        let state = try archive.state()
        chain.loadSeconds = CPUTime.wall() - start
        chain.votes = state.results.reduce(0) { $0 + $1.votes }
        guard chain.votes == votes else {
            throw Failure(
                .failure, "bench.wrong",
                "\(votes) votes were handed in, the ledger counts \(chain.votes)")
        }
        try elect(state, Identity(ledger.candidates[0].node.key.publicKey), &chain)
        try recount(archive, genesis, state, &chain)
        return chain
    }

    /// Empty blocks beside the stored chain up to the next election.
    private func elect(
        _ stored: LedgerState, _ proposer: Identity, _ chain: inout Chain
    ) throws {
        var state = stored
        func next() throws -> ExecutedBlock {
            try state.propose(
                pending: [], time: state.tip.time.adding(milliseconds: 1), proposer: proposer,
                round: 0)
        }
        func seconds() throws -> Double {
            try (0..<Self.sampleCount).map { _ in
                let start = CPUTime.thread()
                _ = try next()
                return CPUTime.thread() - start
            }.median
        }
        chain.emptyBlock = try seconds()
        while state.tip.height + 1 < state.nextElectionHeight { try state.commit(try next()) }
        chain.electionBlock = try seconds()
        guard let election = try next().election else {
            throw Failure(.failure, "bench.wrong", "no election was held when it was due")
        }
        chain.ranked = election.ranking.count
    }

    private func recount(
        _ archive: ChainArchive, _ genesis: Genesis, _ state: LedgerState, _ chain: inout Chain
    ) throws {
        var recount = VoteRecount(genesis: genesis)
        for height in 1...max(1, try archive.height()) {
            guard let block = try archive.block(height) else { continue }
            let header = try BlockHeader(bytes: block.header)
            let entries = try zip(block.transactions, block.results).map { compact, result in
                let transaction = try Transaction(compact: compact)
                return VoteRecount.Entry(
                    sender: transaction.sender, sequence: transaction.sequence,
                    body: transaction.body, code: result.code)
            }
            let before = recount.changeCount
            let start = CPUTime.thread()
            try recount.follow(height: height, time: header.time, entries: entries)
            // Admitting candidates checks their bundles' signatures, which is not counting.
            if recount.changeCount > before { chain.recountSeconds += CPUTime.thread() - start }
        }
        chain.changeCount = recount.changeCount
        guard recount.tallyRoot == state.roots.tallies else {
            throw Failure(.failure, "bench.wrong", "counting again gives other tallies")
        }
    }
}
