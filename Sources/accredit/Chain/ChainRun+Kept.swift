import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs

/// Chains of which only the newest blocks are there.
extension ChainRun {
    /// - Throws: `Failure` when the source does not have all blocks.
    func requireAll(_ reason: String) async throws {
        let base = try await source.base()
        guard base > 1 else { return }
        throw Failure(
            .notFound, "chain.kept", "\(source.name) has blocks from \(base) on", why: reason,
            fix: "ask a node that keeps all blocks; accredit ledger verify checks what is there")
    }

    /// Checks what can be checked without the blocks before: who signed the headers, that each
    /// follows the one before, transactions and their signatures, and the records of the newest
    /// block. That the records follow from the transactions is believed of the representatives
    /// who certified it.
    func verifyKept(from base: UInt64) async throws -> Result {
        let total = try await source.newest()
        var teller = Teller(console, "blocks verified", total: total)
        defer { teller.progress.finish() }
        var trust = try TrustChain(genesis: genesis)
        for handover in try await source.handovers() where handover.header.height < total {
            try trust.follow(handover)
        }
        let keys = KeyCache(capacity: 4096)
        var previous: BlockHeader?
        var count = 0
        var height = base
        while height <= total {
            let block = try await source.block(height)
            let header = try BlockHeader(bytes: block.header)
            guard header.height == height,
                previous.map({ $0.id == header.previous && $0.time < header.time }) ?? true
            else { throw wrong(height, "does not follow the one before") }
            try trust.verify(header, block.certificate)
            guard
                MerkleTree.root(block.transactions.map { Array($0.utf8) })
                    == header.transactionsRoot
            else { throw wrong(height, "does not have the transactions of its header") }
            for compact in block.transactions {
                _ = try Transaction(compact: compact).verified(keys: keys)
            }
            count += block.transactions.count
            previous = header
            teller.tell(height)
            height += 1
        }
        if let previous { try await source.checkState(previous) }
        return Self.result(
            "blocks kept", source.name,
            [
                ("keptFrom", JSON(base)), ("height", JSON(total)),
                ("stateRoot", .string(previous?.stateRoot.text ?? "")),
                ("transactions", JSON(count)),
                (
                    "notChecked",
                    .string("that records follow from transactions, which needs every block")
                ),
            ])
    }

    private func wrong(_ height: UInt64, _ what: String) -> Failure {
        Failure(.verification, "chain.block", "block \(height) of \(source.name) \(what)")
    }
}
