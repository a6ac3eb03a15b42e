import Cryptography
import Encoding
import Ledger
import Synchronization

/// Transactions that wait for a block: bounded in number, bytes and per sender, in the order they
/// came, each sender's in the order of their sequence numbers. Lost at a restart: senders hand
/// them in again, which changes nothing when they were committed meanwhile.
final class Mempool: Sendable {
    struct Entry: Sendable {
        let verified: VerifiedTransaction
        /// Handed to this node by a client, so that this node keeps telling the representatives.
        let isOwn: Bool
        let order: UInt64
        var sentAt: Instant
    }

    enum Refusal: Error, Equatable {
        case full
        case senderFull
        /// Another transaction of the sender waits with the same number.
        case sequenceTaken(Digest)
    }

    fileprivate struct State: Sendable {
        var entries: [Digest: Entry] = [:]
        /// Ids of each sender by sequence number.
        var bySender: [Identity: [UInt64: Digest]] = [:]
        var byteCount = 0
        var nextOrder: UInt64 = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.entries.count } }
    var isEmpty: Bool { state.withLock { $0.entries.isEmpty } }

    func contains(_ id: Digest) -> Bool { state.withLock { $0.entries[id] != nil } }

    /// Whether any waiting transaction is of the kind asked for.
    func contains(where matches: (VerifiedTransaction) -> Bool) -> Bool {
        state.withLock { $0.entries.values.contains { matches($0.verified) } }
    }

    /// Adds a transaction that the ledger found worth waiting for.
    /// - Returns: false when it waits already.
    func insert(
        _ verified: VerifiedTransaction, isOwn: Bool, at now: Instant
    ) throws(Refusal) -> Bool {
        try state.withLock { state throws(Refusal) in
            let transaction = verified.transaction
            if state.entries[transaction.id] != nil { return false }
            if let other = state.bySender[transaction.sender]?[transaction.sequence] {
                throw .sequenceTaken(other)
            }
            guard state.entries.count < Limits.pendingCountMaximum,
                state.byteCount + transaction.byteCount <= Limits.pendingByteCountMaximum
            else { throw .full }
            guard
                state.bySender[transaction.sender, default: [:]].count
                    < Limits.pendingPerSenderMaximum
            else { throw .senderFull }
            state.entries[transaction.id] = Entry(
                verified: verified, isOwn: isOwn, order: state.nextOrder, sentAt: now)
            state.nextOrder += 1
            state.bySender[transaction.sender, default: [:]][transaction.sequence] = transaction.id
            state.byteCount += transaction.byteCount
            return true
        }
    }

    /// What a block may be made of, in order.
    func pending() -> [VerifiedTransaction] {
        state.withLock { state in
            var queues: [Identity: ArraySlice<UInt64>] = [:]
            let arrived = state.entries.values.sorted { $0.order < $1.order }
            var result: [VerifiedTransaction] = []
            result.reserveCapacity(arrived.count)
            for entry in arrived {
                let sender = entry.verified.transaction.sender
                let numbers = state.bySender[sender, default: [:]]
                // The place of a sender's transaction in the queue goes to the lowest number left.
                var queue = queues[sender] ?? numbers.keys.sorted()[...]
                if let number = queue.popFirst(), let id = numbers[number],
                    let next = state.entries[id]
                {
                    result.append(next.verified)
                }
                queues[sender] = queue
            }
            return result
        }
    }

    /// Removes what was committed in a block of this time, what waited with a number that is used
    /// up by that, and what has lost its chance.
    func remove(committed: [VerifiedTransaction], at time: Instant) {
        state.withLock { state in
            for verified in committed {
                let transaction = verified.transaction
                state.remove(transaction.id)
                if let other = state.bySender[transaction.sender]?[transaction.sequence] {
                    state.remove(other)
                }
            }
            let late = state.entries.filter { $0.value.verified.transaction.notAfter <= time }
            for id in late.keys { state.remove(id) }
        }
    }

    /// Own transactions that were last sent before `time`; counted as sent at `now`.
    func ownUnsent(since time: Instant, now: Instant) -> [VerifiedTransaction] {
        state.withLock { state in
            let due = state.entries.values.filter { $0.isOwn && $0.sentAt <= time }
                .sorted { $0.order < $1.order }.prefix(Limits.transactionsPerBatchMaximum)
            for entry in due { state.entries[entry.verified.id]?.sentAt = now }
            return due.map(\.verified)
        }
    }
}

extension Mempool.State {
    fileprivate mutating func remove(_ id: Digest) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        let transaction = entry.verified.transaction
        byteCount -= transaction.byteCount
        bySender[transaction.sender]?[transaction.sequence] = nil
        if bySender[transaction.sender]?.isEmpty == true { bySender[transaction.sender] = nil }
    }
}
