import Consensus
import Cryptography
import Ledger
import Storage
import Synchronization

/// Storing many blocks in a row: they are handed to the writer in piles, each of which is one
/// change of the database, so that what every block touches is written once for all of them. What
/// is not on the disk yet is answered from memory.
extension BlockStore {
    /// Queues a block with everything it changed. The state that it follows must take it over next,
    /// and nobody may be told of the block before `settle` has returned.
    func enqueue(
        _ executed: ExecutedBlock, _ certificate: CommitCertificate, pages: DuePages
    ) {
        let prepared = prepare(executed, certificate, pages: pages)
        records.note(prepared.changes, writing: prepared.written, at: prepared.height)
        note(prepared)
        let pile = queue.withLock { queue -> [Prepared] in
            queue.count += 1
            queue.pile.append(prepared)
            guard queue.pile.count >= Limits.pileBlocksMaximum else { return [] }
            defer { queue.pile = [] }
            return queue.pile
        }
        write(pile)
    }

    private func write(_ pile: [Prepared]) {
        guard !pile.isEmpty else { return }
        database.writeLater { connection in
            for prepared in pile { try prepared.write(connection) }
        } finish: {
            self.finish(pile, $0)
        }
    }

    private func finish(_ pile: [Prepared], _ result: Result<Void, any Error>) {
        if case .success = result {
            for prepared in pile {
                records.end(at: prepared.height)
                lots.withLock { $0.end(at: prepared.height) }
            }
        }
        let waiting = queue.withLock { queue -> [CheckedContinuation<Void, Never>] in
            if case .failure(let error) = result, queue.failure == nil { queue.failure = error }
            queue.count -= pile.count
            guard queue.count == 0 else { return [] }
            defer { queue.waiting = [] }
            return queue.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns once every queued block is on the disk.
    /// - Throws: why one is not; then the state is ahead of the store and the node has to stop.
    func settle() async throws {
        let rest = queue.withLock { queue in
            defer { queue.pile = [] }
            return queue.pile
        }
        write(rest)
        await withCheckedContinuation { continuation in
            let isDone = queue.withLock { queue in
                if queue.count > 0 { queue.waiting.append(continuation) }
                return queue.count == 0
            }
            if isDone { continuation.resume() }
        }
        if let failure = queue.withLock({ $0.failure }) { throw failure }
    }

    /// Blocks that are being stored.
    struct Queue: Sendable {
        var count = 0
        /// Those that the writer was not given yet.
        var pile: [Prepared] = []
        var failure: (any Error)?
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// What storing a block comes to.
    struct Prepared: Sendable {
        let height: UInt64
        let changes: [UnwrittenRecords.Placed]
        let written: UnwrittenRecords.Due
        let leaves: [BucketDigest]
        let ids: [Digest]
        let places: TransactionLots.Due?
        let write: @Sendable (Connection) throws -> Void
    }
}
