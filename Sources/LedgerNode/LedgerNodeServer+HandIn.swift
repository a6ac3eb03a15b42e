package import Cryptography

/// The node's waiting room for callers in its own process, without the way over HTTP.
extension LedgerNodeServer {
    /// Takes a compact transaction in, exactly as `POST /v1/transactions` does: shape, signature,
    /// the ledger's check, waiting room.
    /// - Throws: the `Problem` that the HTTP interface would answer.
    package func submit(_ compact: String) async throws -> Digest {
        try await TransactionDesk(services: services).submit(compact, isOwn: true)
    }

    /// How many transactions wait for a block.
    package var pendingCount: Int { services.mempool.count }
}
