import Cryptography
import Encoding
import Ledger
import Synchronization

/// Transactions that wait for a block: bounded in number, bytes and per sender, in the order they
/// came. Lost at a restart: senders hand them in again, which changes nothing when they were
/// committed meanwhile.
final class Mempool: Sendable {
    enum Refusal: Error, Equatable {
        case full
        case senderFull
        /// Another transaction of the sender waits with the same number.
        case sequenceTaken(Digest)
    }

    /// A sender's number can be waited for by one transaction.
    private struct Slot: Hashable, Sendable {
        let sender: Identity
        let sequence: UInt64
    }

    /// What is asked of every waiting transaction after every block stands beside it.
    private struct Waiting: Sendable {
        let verified: VerifiedTransaction
        let id: Digest
        let slot: Slot
        let notAfter: Instant
        let byteCount: Int
        /// Handed to this node by a client, so that this node keeps telling the representatives.
        let isOwn: Bool
        var sentAt: Instant
    }

    private struct State: Sendable {
        var arrived: [Waiting] = []
        var ids: Set<Digest> = []
        var slots: [Slot: Digest] = [:]
        var countBySender: [Identity: Int] = [:]
        var byteCount = 0

        mutating func forget(_ waiting: Waiting) {
            ids.remove(waiting.id)
            slots[waiting.slot] = nil
            let count = countBySender[waiting.slot.sender, default: 1] - 1
            countBySender[waiting.slot.sender] = count > 0 ? count : nil
            byteCount -= waiting.byteCount
        }
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.arrived.count } }

    func contains(_ id: Digest) -> Bool { state.withLock { $0.ids.contains(id) } }

    /// Whether any waiting transaction is of the kind asked for.
    func contains(where matches: (VerifiedTransaction) -> Bool) -> Bool {
        state.withLock { $0.arrived.contains { matches($0.verified) } }
    }

    /// Adds a transaction that the ledger found worth waiting for.
    /// - Returns: false when it waits already.
    func insert(
        _ verified: VerifiedTransaction, isOwn: Bool, at now: Instant
    ) throws(Refusal) -> Bool {
        let transaction = verified.transaction
        let waiting = Waiting(
            verified: verified, id: transaction.id,
            slot: Slot(sender: transaction.sender, sequence: transaction.sequence),
            notAfter: transaction.notAfter, byteCount: transaction.byteCount, isOwn: isOwn,
            sentAt: now)
        return try state.withLock { state throws(Refusal) in
            if state.ids.contains(waiting.id) { return false }
            if let other = state.slots[waiting.slot] { throw .sequenceTaken(other) }
            guard state.arrived.count < Limits.pendingCountMaximum,
                state.byteCount + waiting.byteCount <= Limits.pendingByteCountMaximum
            else { throw .full }
            let count = state.countBySender[waiting.slot.sender] ?? 0
            guard count < Limits.pendingPerSenderMaximum else { throw .senderFull }
            state.countBySender[waiting.slot.sender] = count + 1
            state.slots[waiting.slot] = waiting.id
            state.ids.insert(waiting.id)
            state.arrived.append(waiting)
            state.byteCount += waiting.byteCount
            return true
        }
    }

    /// What a block may be made of, in the order it came; the ledger brings each sender's into the
    /// order of their numbers.
    func pending() -> [VerifiedTransaction] {
        let arrived = state.withLock { $0.arrived }
        return arrived.map(\.verified)
    }

    /// Takes out what a block of `time` committed, and what can stand in no later block: its time
    /// is over, or its sender's number was used.
    func remove(committed: [VerifiedTransaction], at time: Instant) {
        var ids: Set<Digest> = []
        var used: [Identity: UInt64] = [:]
        for verified in committed {
            let transaction = verified.transaction
            ids.insert(transaction.id)
            used[transaction.sender] = max(used[transaction.sender] ?? 0, transaction.sequence)
        }
        state.withLock { state in
            var kept: [Waiting] = []
            for waiting in state.arrived {
                let isUsed = used[waiting.slot.sender].map { waiting.slot.sequence <= $0 } ?? false
                if isUsed || waiting.notAfter <= time || ids.contains(waiting.id) {
                    state.forget(waiting)
                } else {
                    kept.append(waiting)
                }
            }
            state.arrived = kept
        }
    }

    /// Own transactions that were last sent before `time`; counted as sent at `now`.
    func ownUnsent(since time: Instant, now: Instant) -> [VerifiedTransaction] {
        state.withLock { state in
            var due: [VerifiedTransaction] = []
            for index in state.arrived.indices
            where state.arrived[index].isOwn && state.arrived[index].sentAt <= time {
                guard due.count < Limits.transactionsPerBatchMaximum else { break }
                state.arrived[index].sentAt = now
                due.append(state.arrived[index].verified)
            }
            return due
        }
    }
}
