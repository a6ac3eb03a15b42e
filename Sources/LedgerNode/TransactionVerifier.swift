import Cryptography
import Encoding
import Ledger
import Synchronization

/// Verifies signatures of transactions, each once: what a client handed in is not verified again
/// when it comes in a block. The cache is keyed by the digest of the whole compact text, for two
/// signatures over one payload share an id, and filled by own checks alone. What is in a block is
/// forgotten some blocks later, so that a node holds what waits and not what it has done.
final class TransactionVerifier: Sendable {
    private struct Generations: Sendable {
        var recent: [Digest: VerifiedTransaction] = [:]
        var older: [Digest: VerifiedTransaction] = [:]
        /// Of the newest blocks, the oldest first.
        var committed: [[Digest]] = []

        func find(_ digest: Digest) -> VerifiedTransaction? { recent[digest] ?? older[digest] }

        mutating func add(_ verified: VerifiedTransaction, _ digest: Digest) {
            if recent.count >= Limits.verifiedCountMaximum / 2 {
                older = recent
                recent = [:]
            }
            recent[digest] = verified
        }

        mutating func forget(committed digests: [Digest]) {
            committed.append(digests)
            guard committed.count > Limits.verifiedBlocksMaximum else { return }
            for digest in committed.removeFirst() {
                if recent.removeValue(forKey: digest) == nil {
                    older.removeValue(forKey: digest)
                }
            }
        }
    }

    private let generations = Mutex(Generations())
    private let keys = KeyCache(capacity: Limits.senderKeysMaximum)

    /// Verifies one transaction where it is called: a hop to another thread and back would cost a
    /// good part of what the signature does.
    /// - Throws: `signature`.
    func verify(_ transaction: Transaction) throws(LedgerError) -> VerifiedTransaction {
        let digest = Digest.sha256(transaction.bytes)
        if let known = lookUp(digest) { return known }
        let verified = try transaction.verified(keys: keys)
        remember([(digest, verified)])
        return verified
    }

    /// Verifies those of an old block where it is called. They are neither looked up nor kept: they
    /// were not here before and do not come again.
    /// - Throws: `shape` or `signature`.
    func verify(fetched compacts: [String]) throws(LedgerError) -> [VerifiedTransaction] {
        var transactions: [Transaction] = []
        transactions.reserveCapacity(compacts.count)
        for compact in compacts { transactions.append(try Transaction(compact: compact)) }
        var verified: [VerifiedTransaction] = []
        verified.reserveCapacity(compacts.count)
        let known = keys.known(transactions.map(\.sender.text))
        for (transaction, key) in zip(transactions, known) {
            if let key {
                verified.append(try transaction.verified(key))
            } else {
                verified.append(try transaction.verified(keys: keys))
            }
        }
        return verified
    }

    /// The transactions of a block, in order, each looked up or verified; several tasks share the
    /// work.
    /// - Throws: what the first wrong one has wrong.
    func verify(_ compacts: [String]) async throws(LedgerError) -> [VerifiedTransaction] {
        let chunkCount = Limits.verificationChunkCount
        let starts = Array(stride(from: 0, to: compacts.count, by: chunkCount))
        let parts = await withTaskGroup(
            of: (Int, Result<[VerifiedTransaction], LedgerError>).self
        ) { group in
            for start in starts {
                let chunk = compacts[start..<min(start + chunkCount, compacts.count)]
                group.addTask { (start, self.verifyChunk(chunk)) }
            }
            var parts: [Int: Result<[VerifiedTransaction], LedgerError>] = [:]
            for await (start, result) in group { parts[start] = result }
            return parts
        }
        var verified: [VerifiedTransaction] = []
        verified.reserveCapacity(compacts.count)
        for start in starts {
            if let part = parts[start] { verified += try part.get() }
        }
        return verified
    }

    /// A transaction of a block on the chain, read again only if nobody needed it lately.
    /// - Throws: `shape`.
    func read(_ compact: String) throws(LedgerError) -> Transaction {
        if let known = lookUp(Digest.sha256(Array(compact.utf8))) { return known.transaction }
        return try Transaction(compact: compact)
    }

    private func verifyChunk(
        _ compacts: ArraySlice<String>
    ) -> Result<[VerifiedTransaction], LedgerError> {
        Result { () throws(LedgerError) in
            let digests = compacts.map { Digest.sha256(Array($0.utf8)) }
            // Once for the chunk: tasks that look one by one wait for each other.
            let known = generations.withLock { generations in
                digests.map { generations.find($0) }
            }
            var verified: [VerifiedTransaction] = []
            verified.reserveCapacity(compacts.count)
            var new: [(Digest, VerifiedTransaction)] = []
            defer { remember(new) }
            for (compact, (digest, known)) in zip(compacts, zip(digests, known)) {
                if let known {
                    verified.append(known)
                } else {
                    let transaction = try Transaction(compact: compact).verified(keys: keys)
                    new.append((digest, transaction))
                    verified.append(transaction)
                }
            }
            return verified
        }
    }

    /// Called once for each block on the chain, in order.
    func forget(committed transactions: [VerifiedTransaction]) {
        // A node that fetches old blocks knows none, and need not work out their digests.
        let digests = count == 0 ? [] : transactions.map { Digest.sha256($0.transaction.bytes) }
        generations.withLock { $0.forget(committed: digests) }
    }

    /// How many are known.
    var count: Int { generations.withLock { $0.recent.count + $0.older.count } }

    private func lookUp(_ digest: Digest) -> VerifiedTransaction? {
        generations.withLock { $0.find(digest) }
    }

    private func remember(_ verified: [(Digest, VerifiedTransaction)]) {
        guard !verified.isEmpty else { return }
        generations.withLock { generations in
            for (digest, transaction) in verified { generations.add(transaction, digest) }
        }
    }
}
