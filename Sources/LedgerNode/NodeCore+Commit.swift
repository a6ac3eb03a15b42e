import Consensus
import Cryptography
import Encoding
import Ledger
import Storage
import Web

/// One path for every block, agreed on here or fetched: store durably, take over, tell the others.
extension NodeCore {
    func append(_ executed: ExecutedBlock, _ certificate: CommitCertificate) async throws {
        let before = services.chain.read { $0.status(of: services.identity) }
        let pages = services.chain.read(services.store.duePages)
        try await services.store.append(executed, certificate, pages: pages)
        try services.chain.commit(executed)
        let header = executed.block.header
        services.mempool.remove(committed: executed.block.transactions, at: header.time)
        services.verifier.forget(committed: executed.block.transactions)
        note(executed, certificate)
        let after = services.chain.read { $0.status(of: services.identity) }
        if before != after {
            services.log.event(
                "role-changed",
                [
                    ("from", .string(before.rawValue)), ("to", .string(after.rawValue)),
                    ("height", JSON(header.height)),
                ])
        }
        let now = SystemClock.monotonicMilliseconds()
        services.board.update { $0.committedAt = now }
        services.noteDeciders()
        services.explorer?.note(executed)
        services.signal.reach(header.height)
    }

    func note(_ executed: ExecutedBlock, _ certificate: CommitCertificate) {
        let header = executed.block.header
        let refused = executed.results.count { $0.code != .ok }
        services.log.event(
            "block-committed",
            [
                ("height", JSON(header.height)), ("block", .string(header.id.text)),
                ("blockTime", .string(header.time.rfc3339)),
                ("transactions", JSON(executed.block.transactions.count)),
                ("refused", JSON(refused)), ("round", JSON(UInt64(certificate.round))),
                ("proposer", .string(header.proposer.text)),
            ])
        for node in executed.lapsed {
            services.log.event(
                "candidate-lapsed",
                [("node", .string(node.text)), ("height", JSON(header.height))])
        }
        if let election = executed.election {
            var members: [(String, JSON)] = [
                ("election", JSON(election.number)), ("height", JSON(election.height)),
                ("actsFrom", JSON(election.actsFrom)),
                (
                    "representatives",
                    .array(election.representatives.list.map { .string($0.node.text) })
                ),
            ]
            if let note = election.note { members.append(("note", .string(note))) }
            services.log.event("election-held", members)
        }
        services.metrics.set("accredit_node_height", Double(header.height))
        services.metrics.add(
            "accredit_node_transactions_total", Double(executed.block.transactions.count))
        services.metrics.add("accredit_node_blocks_total")
        services.metrics.set("accredit_node_round", Double(certificate.round))
    }
}
