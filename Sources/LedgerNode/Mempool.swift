import Cryptography
import Encoding
import Ledger
import Synchronization

/// Transactions that wait for a block, each in its lane: bounded in number and bytes, in total, for
/// each lane and for each sender, in the order they came. Lost at a restart: senders hand them in
/// again, which changes nothing when they were committed meanwhile.
///
/// What is asked for every block costs as much as a block has transactions, however many wait.
final class Mempool: Sendable {
    enum Refusal: Error, Equatable {
        case full(Lane)
        case senderFull(Lane)
        /// Another transaction of the sender waits with the same number.
        case sequenceTaken(Digest)
    }

    /// A sender's number can be waited for by one transaction.
    private struct Slot: Hashable, Sendable {
        /// See `Identity.accountName`.
        let sender: Digest
        let sequence: UInt64

        init(_ transaction: Transaction) {
            self.init(sender: transaction.accountName, sequence: transaction.sequence)
        }

        init(sender: Digest, sequence: UInt64) {
            self.sender = sender
            self.sequence = sequence
        }

        var next: Slot { Slot(sender: sender, sequence: sequence &+ 1) }
    }

    private struct Waiting: Sendable {
        let verified: VerifiedTransaction
        let id: Digest
        let slot: Slot
        let lane: Lane
        let notAfter: Instant
        let byteCount: Int
        /// Handed to this node by a client, so that this node keeps telling the representatives.
        let isOwn: Bool
        var sentAt: Instant

        init(_ verified: VerifiedTransaction, isOwn: Bool, at now: Instant) {
            let transaction = verified.transaction
            self.verified = verified
            id = transaction.id
            slot = Slot(transaction)
            lane = Lane(transaction.body)
            notAfter = transaction.notAfter
            byteCount = transaction.byteCount
            self.isOwn = isOwn
            sentAt = now
        }
    }

    private struct Queue: Sendable {
        /// In the order they came; who is not in `ids` any more has left.
        var arrived: [Waiting] = []
        var count = 0
        var byteCount = 0
    }

    private struct Load: Sendable {
        var count = 0
        var urgentCount = 0
        var byteCount = 0
    }

    private struct Known: Sendable {
        let id: Digest
        let lane: Lane
        let byteCount: Int
    }

    private struct State: Sendable {
        var queues = Array(repeating: Queue(), count: Lane.allCases.count)
        var ids: Set<Digest> = []
        var slots: [Slot: Known] = [:]
        /// By sender, as slots name them.
        var loads: [Digest: Load] = [:]
        /// Those that wait for an earlier number of their sender's, which is not here.
        var parked: Set<Slot> = []
        var count = 0
        /// Time of the block after which everything was looked through.
        var sweptAt = Instant.distantPast

        mutating func forget(_ slot: Slot) {
            guard let known = slots.removeValue(forKey: slot) else { return }
            ids.remove(known.id)
            if !parked.isEmpty { parked.remove(slot) }
            queues[known.lane.rawValue].count -= 1
            queues[known.lane.rawValue].byteCount -= known.byteCount
            count -= 1
            guard var load = loads[slot.sender] else { return }
            load.count -= 1
            load.byteCount -= known.byteCount
            if known.lane.isUrgent { load.urgentCount -= 1 }
            loads[slot.sender] = load.count > 0 ? load : nil
        }

        /// The numbers from `slot` on wait for nothing any more.
        mutating func unpark(from slot: Slot) {
            guard !parked.isEmpty else { return }
            var next = slot
            while parked.remove(next) != nil { next = next.next }
        }

        /// Takes those that have left, and those whose time is over, out of the queues.
        mutating func sweep(at time: Instant) {
            sweptAt = time
            for lane in queues.indices {
                // Taken out for that time: to forget one changes the queue it stood in.
                var arrived: [Waiting] = []
                swap(&arrived, &queues[lane].arrived)
                arrived.removeAll { waiting in
                    guard ids.contains(waiting.id) else { return true }
                    guard waiting.notAfter <= time else { return false }
                    forget(waiting.slot)
                    return true
                }
                queues[lane].arrived = arrived
            }
        }
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    func count(in lane: Lane) -> Int { state.withLock { $0.queues[lane.rawValue].count } }

    func contains(_ id: Digest) -> Bool { state.withLock { $0.ids.contains(id) } }

    /// Whether any of the first waiting transactions of each lane is of the kind asked for.
    func contains(
        in lanes: [Lane] = Lane.allCases, where matches: (VerifiedTransaction) -> Bool
    ) -> Bool {
        state.withLock { state in
            for lane in lanes {
                var looked = 0
                for waiting in state.queues[lane.rawValue].arrived
                where state.ids.contains(waiting.id) && !state.parked.contains(waiting.slot) {
                    if matches(waiting.verified) { return true }
                    looked += 1
                    if looked == Limits.pendingLookCount { break }
                }
            }
            return false
        }
    }

    /// The first number from `sequence` on with which no transaction of the sender waits.
    func freeSequence(of sender: Identity, from sequence: UInt64) -> UInt64 {
        let name = sender.accountName
        return state.withLock { state in
            var slot = Slot(sender: name, sequence: sequence)
            while state.slots[slot] != nil { slot = slot.next }
            return slot.sequence
        }
    }

    /// Where those are that do not wait here.
    func placesOfNew(_ all: [VerifiedTransaction]) -> [Int] {
        state.withLock { state in all.indices.filter { !state.ids.contains(all[$0].id) } }
    }

    /// Adds a transaction that the ledger found worth waiting for.
    /// - Parameter isEarly: an earlier number of its sender's comes first.
    /// - Returns: false when it waits already.
    func insert(
        _ verified: VerifiedTransaction, isOwn: Bool, isEarly: Bool = false, at now: Instant
    ) throws(Refusal) -> Bool {
        let waiting = Waiting(verified, isOwn: isOwn, at: now)
        return try state.withLock { state throws(Refusal) in
            try Self.insert(waiting, isEarly: isEarly, &state)
        }
    }

    /// The same of each of many, in order.
    func insert(
        _ all: [(verified: VerifiedTransaction, isEarly: Bool)], isOwn: Bool, at now: Instant
    ) -> [Result<Bool, Refusal>] {
        let waiting = all.map { Waiting($0.verified, isOwn: isOwn, at: now) }
        return state.withLock { state in
            zip(waiting, all).map { waiting, item in
                Result { () throws(Refusal) in
                    try Self.insert(waiting, isEarly: item.isEarly, &state)
                }
            }
        }
    }

    private static func insert(
        _ waiting: Waiting, isEarly: Bool, _ state: inout State
    ) throws(Refusal) -> Bool {
        let lane = waiting.lane
        if state.ids.contains(waiting.id) { return false }
        if let other = state.slots[waiting.slot] { throw .sequenceTaken(other.id) }
        try checkRoom(for: waiting, lane, state)
        let known = Known(id: waiting.id, lane: lane, byteCount: waiting.byteCount)
        state.slots[waiting.slot] = known
        state.ids.insert(waiting.id)
        state.queues[lane.rawValue].arrived.append(waiting)
        state.queues[lane.rawValue].count += 1
        state.queues[lane.rawValue].byteCount += waiting.byteCount
        state.count += 1
        if isEarly, isAlone(waiting.slot, state) {
            state.parked.insert(waiting.slot)
        } else {
            state.unpark(from: waiting.slot.next)
        }
        var load = state.loads[waiting.slot.sender] ?? Load()
        load.count += 1
        load.byteCount += waiting.byteCount
        if lane.isUrgent { load.urgentCount += 1 }
        state.loads[waiting.slot.sender] = load
        return true
    }

    /// Lets a transaction go that was taken for an early one, and those that waited for it.
    func unpark(_ transaction: Transaction) {
        state.withLock { $0.unpark(from: Slot(transaction)) }
    }

    /// Takes out one that no block takes any more.
    func remove(_ verified: VerifiedTransaction) {
        state.withLock { state in
            guard state.ids.contains(verified.id) else { return }
            state.forget(Slot(verified.transaction))
        }
    }

    private static func checkRoom(
        for waiting: Waiting, _ lane: Lane, _ state: State
    ) throws(Refusal) {
        let queue = state.queues[lane.rawValue]
        guard queue.count < lane.countMaximum,
            queue.byteCount + waiting.byteCount <= lane.byteCountMaximum
        else { throw .full(lane) }
        guard let load = state.loads[waiting.slot.sender] else { return }
        guard load.count < Limits.pendingPerSenderMaximum,
            load.byteCount + waiting.byteCount <= Limits.pendingPerSenderByteCountMaximum,
            !lane.isUrgent || load.urgentCount < lane.perSenderMaximum
        else { throw .senderFull(lane) }
    }

    /// Whether the number before does not wait here, or waits for one that does not.
    private static func isAlone(_ slot: Slot, _ state: State) -> Bool {
        guard slot.sequence > 0 else { return false }
        let before = Slot(sender: slot.sender, sequence: slot.sequence - 1)
        return state.slots[before] == nil || state.parked.contains(before)
    }

    /// What a block within `bounds` may be made of: first of each lane as much as its share of a
    /// block, then what is left in the order of the lanes, all in the order it came, and about
    /// twice as much as fits. The ledger brings each sender's into the order of their numbers.
    func pending(within bounds: BlockLimits) -> [VerifiedTransaction] {
        state.withLock { state in
            var chosen: [VerifiedTransaction] = []
            var byteCount = 0
            var starts = Array(repeating: 0, count: state.queues.count)
            for lane in Lane.allCases {
                let share = max(bounds.transactionCount * lane.share / 16, 1)
                let bytes = bounds.blockByteCount * lane.share / 16
                starts[lane.rawValue] = Self.take(
                    lane, from: 0, state, count: share, byteCount: bytes, &chosen, &byteCount)
            }
            for lane in Lane.allCases where chosen.count < 2 * bounds.transactionCount {
                _ = Self.take(
                    lane, from: starts[lane.rawValue], state,
                    count: 2 * bounds.transactionCount - chosen.count,
                    byteCount: 2 * bounds.blockByteCount - byteCount, &chosen, &byteCount)
            }
            return chosen
        }
    }

    /// - Returns: where in the lane to go on.
    private static func take(
        _ lane: Lane, from start: Int, _ state: State, count: Int, byteCount: Int,
        _ chosen: inout [VerifiedTransaction], _ chosenByteCount: inout Int
    ) -> Int {
        let arrived = state.queues[lane.rawValue].arrived
        var (taken, bytes) = (0, 0)
        for index in start..<arrived.count {
            guard taken < count, bytes < byteCount else { return index }
            let waiting = arrived[index]
            guard state.ids.contains(waiting.id) else { continue }
            if !state.parked.isEmpty, state.parked.contains(waiting.slot) { continue }
            chosen.append(waiting.verified)
            taken += 1
            bytes += waiting.byteCount
            chosenByteCount += waiting.byteCount
        }
        return arrived.count
    }

    /// Takes out what a block of `time` committed, and what can stand in no later block: its
    /// sender's number was used or, once in a while, its time is over.
    func remove(committed: [VerifiedTransaction], at time: Instant) {
        state.withLock { state in
            for verified in committed {
                let slot = Slot(verified.transaction)
                state.forget(slot)
                state.unpark(from: slot.next)
            }
            let left = state.queues.reduce(0) { $0 + $1.arrived.count } - state.count
            let isTime =
                time.milliseconds(since: state.sweptAt) >= Limits.pendingSweepMilliseconds
            if isTime || left > state.count { state.sweep(at: time) }
        }
    }

    /// Own transactions that were last sent before `time`; counted as sent at `now`.
    func ownUnsent(since time: Instant, now: Instant) -> [VerifiedTransaction] {
        state.withLock { state in
            var due: [VerifiedTransaction] = []
            for lane in state.queues.indices {
                for index in state.queues[lane].arrived.indices {
                    let waiting = state.queues[lane].arrived[index]
                    guard waiting.isOwn, waiting.sentAt <= time, state.ids.contains(waiting.id)
                    else { continue }
                    guard due.count < Limits.transactionsPerBatchMaximum else { return due }
                    state.queues[lane].arrived[index].sentAt = now
                    due.append(waiting.verified)
                }
            }
            return due
        }
    }
}
