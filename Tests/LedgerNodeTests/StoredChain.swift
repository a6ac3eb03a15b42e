import Consensus
import Cryptography
import Encoding
import Ledger
import Storage
import TestSupport

@testable import LedgerNode

/// A store, its state, and blocks of two transactions each, without a node.
final class StoredChain {
    let network: TestNetwork
    let genesis: Genesis
    private(set) var store: BlockStore
    var state: LedgerState
    private let path: String
    private let lotSize: Int
    private var sequence: UInt64 = 0

    init(
        path: String, network: TestNetwork, lotSize: Int = Limits.lotTransactionsCount
    ) throws {
        self.network = network
        self.path = path
        self.lotSize = lotSize
        genesis = try Genesis(
            bytes: try DurableFile.read(network.genesisPath, maximumByteCount: 1 << 20))
        store = try BlockStore(path: path, genesis: genesis, lotSize: lotSize)
        state = try store.loadState()
    }

    /// As a start after a stop or a crash finds it.
    func reopen() throws {
        store.close()
        store = try BlockStore(path: path, genesis: genesis, lotSize: lotSize)
        state = try store.loadState()
    }

    func next() throws -> ExecutedBlock {
        let transfer = try network.sign(
            .data(content: "block \(sequence)"), by: network.voters[0], sequence: sequence)
        let other = try network.sign(
            .data(content: "block \(sequence)"), by: network.voters[Int(sequence % 40) + 1],
            sequence: sequence / 40)
        sequence += 1
        return try state.propose(
            pending: [
                try transfer.verified(keys: KeyCache()), try other.verified(keys: KeyCache()),
            ], time: state.tip.time.adding(milliseconds: 1000),
            proposer: network.nodes[0].identity, round: 0)
    }

    private func certificate(_ block: ExecutedBlock) throws -> CommitCertificate {
        let header = block.block.header
        return try CommitCertificate(
            json: [
                "height": JSON(header.height), "round": 0, "block": JSON(header.id.text),
                "bitmap": "", "signatures": [],
            ])
    }

    func store(_ block: ExecutedBlock) async throws {
        try await store.append(block, try certificate(block), pages: store.duePages(state))
    }

    /// Agreed on here: on the disk when this returns.
    @discardableResult
    func add() async throws -> ExecutedBlock {
        let block = try next()
        try await store(block)
        try state.commit(block)
        return block
    }

    /// Fetched with others: on the disk once the store is settled.
    func enqueue() throws -> ExecutedBlock {
        let block = try next()
        store.enqueue(block, try certificate(block), pages: store.duePages(state))
        try state.commit(block)
        return block
    }
}
