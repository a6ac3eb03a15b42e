import Cryptography
import Encoding
import Ledger
import Synchronization

/// Verifies signatures of transactions, each once: what a client handed in is not verified again
/// when it comes in a block. The cache is keyed by the digest of the whole compact text, for two
/// signatures over one payload share an id, and filled by own checks alone.
final class TransactionVerifier: Sendable {
    private struct Generations: Sendable {
        var recent: [Digest: VerifiedTransaction] = [:]
        var older: [Digest: VerifiedTransaction] = [:]
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
        remember(verified, digest)
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
            var verified: [VerifiedTransaction] = []
            for compact in compacts {
                let digest = Digest.sha256(Array(compact.utf8))
                if let known = lookUp(digest) {
                    verified.append(known)
                } else {
                    let new = try Transaction(compact: compact).verified(keys: keys)
                    remember(new, digest)
                    verified.append(new)
                }
            }
            return verified
        }
    }

    private func lookUp(_ digest: Digest) -> VerifiedTransaction? {
        generations.withLock { $0.recent[digest] ?? $0.older[digest] }
    }

    private func remember(_ verified: VerifiedTransaction, _ digest: Digest) {
        generations.withLock { generations in
            if generations.recent.count >= Limits.verifiedCountMaximum / 2 {
                generations.older = generations.recent
                generations.recent = [:]
            }
            generations.recent[digest] = verified
        }
    }
}
