import Consensus
import Cryptography
import Encoding
import Ledger
import Replication
import Storage
import Web

/// Taking many fetched blocks at once: each is executed on the state before it as always, while the
/// disk follows behind. Nothing is agreed on or signed between them, and nobody is told of them
/// before they are durable.
extension NodeCore {
    /// - Returns: why a block was refused; those before it are on the chain.
    func take(_ run: [CheckedBlock]) async throws -> String? {
        let before = services.chain.read { ($0.status(of: services.identity), $0.tip.height) }
        var refusal: String?
        var newest: (block: ExecutedBlock, certificate: CommitCertificate)?
        var own: CommitCertificate?
        for checked in run where checked.block.header.height > services.chain.tip.height {
            do {
                let executed = try execute(checked)
                try enqueue(executed, checked.certificate)
                if isOwn(checked.certificate) { own = checked.certificate }
                newest = (executed, checked.certificate)
            } catch let error as NodeError {
                throw error
            } catch let error as LedgerError {
                refusal = error.detail
            } catch let error as ConsensusError {
                refusal = "the certificate: \(error.detail)"
            }
            if refusal != nil { break }
        }
        try await services.store.settle()
        guard let newest else { return refusal }
        tell(newest.block, newest.certificate, before)
        try await overtake(own)
        return refusal
    }

    private func execute(_ checked: CheckedBlock) throws -> ExecutedBlock {
        let header = checked.block.header
        try services.chain.read { state in
            guard checked.certifiedBy != state.seats(at: header.height) else { return }
            try checked.certificate.verify(
                set: try state.representativeSet(at: header.height),
                network: services.genesis.network, height: header.height, valueID: header.id)
        }
        let executed = try services.chain.snapshot().verify(checked.block)
        if let failure = services.chain.failure { throw NodeError(.data, failure) }
        return executed
    }

    private func enqueue(
        _ executed: ExecutedBlock, _ certificate: CommitCertificate
    ) throws {
        let header = executed.block.header
        let pages = services.chain.read(services.store.duePages)
        services.store.enqueue(executed, certificate, pages: pages)
        try services.chain.commit(executed)
        services.mempool.remove(committed: executed.block.transactions, at: header.time)
        services.verifier.forget(committed: executed.block.transactions)
        services.explorer?.note(executed)
        services.metrics.add(
            "accredit_node_transactions_total", Double(executed.block.transactions.count))
        services.metrics.add("accredit_node_blocks_total")
        if executed.election != nil { note(executed, certificate) }
    }

    /// Whether this node's consensus key signed.
    private func isOwn(_ certificate: CommitCertificate) -> Bool {
        let list = services.chain.read { $0.representatives(at: certificate.height).list }
        let key = services.keys.consensus.publicKey.bytes
        guard let place = list.firstIndex(where: { $0.consensusKey == key }) else { return false }
        return certificate.signers.contains(place)
    }

    private func tell(
        _ newest: ExecutedBlock, _ certificate: CommitCertificate,
        _ before: (status: NodeStatus, height: UInt64)
    ) {
        let height = newest.block.header.height
        if newest.election == nil { note(newest, certificate) }
        services.log.event(
            "blocks-fetched", [("from", JSON(before.height + 1)), ("to", JSON(height))])
        let after = services.chain.read { $0.status(of: services.identity) }
        if before.status != after {
            services.log.event(
                "role-changed",
                [
                    ("from", .string(before.status.rawValue)), ("to", .string(after.rawValue)),
                    ("height", JSON(height)),
                ])
        }
        let now = SystemClock.monotonicMilliseconds()
        services.board.update { $0.committedAt = now }
        services.noteDeciders()
        services.signal.reach(height)
    }
}
