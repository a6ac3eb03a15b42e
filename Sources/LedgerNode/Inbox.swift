import Consensus
import Cryptography
import Ledger
import Synchronization

/// What can happen to the core, one thing at a time and in order.
enum CoreInput: Sendable {
    case message(SignedMessage, parcel: Parcel)
    case timeout(Timeout)
    /// It may be time to begin the next height.
    case tick
    /// A peer's block whose certificate was verified for its height.
    case fetched(Block, CommitCertificate, FetchReply)
    /// A peer's blocks in a row, whose signatures were verified.
    case fetchedRun([CheckedBlock], FetchReply)
    /// The chain was compared with the peers.
    case synchronised
    /// The work of a block's header was found.
    case worked(ExecutedBlock, round: UInt32)
    /// Somebody asks what was heard of a representative.
    case heard(PublicKey, HeardReply)
}

/// How a message came.
struct Parcel: Sendable {
    let byteCount: Int
    /// The node whose connection brought it; nil for what this node kept for later.
    let carrier: Identity?
}

/// Answers the one who fetched a block, once.
final class FetchReply: Sendable {
    private let continuation: Mutex<CheckedContinuation<String?, Never>?>

    init(_ continuation: CheckedContinuation<String?, Never>) {
        self.continuation = Mutex(continuation)
    }

    /// - Parameter reason: why the block was refused; nil when it is on the chain now.
    func answer(_ reason: String?) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: reason)
    }
}

/// The queue in front of the core. Messages of peers are counted and bounded, all together and for
/// each peer, so that one that floods finds no room while the others do; what the node says to
/// itself is bounded by its nature and never refused.
final class Inbox: Sendable {
    let inputs: AsyncStream<CoreInput>
    private let continuation: AsyncStream<CoreInput>.Continuation
    private struct Load: Sendable {
        var count = 0
        var byteCount = 0

        func hasRoom(_ added: Int, count most: Int, byteCount mostBytes: Int) -> Bool {
            count < most && byteCount + added <= mostBytes
        }

        mutating func add(_ byteCount: Int) {
            count += 1
            self.byteCount += byteCount
        }

        mutating func remove(_ byteCount: Int) {
            count -= 1
            self.byteCount -= byteCount
        }
    }

    private struct Waiting: Sendable {
        var all = Load()
        var ofPeer: [Identity: Load] = [:]
    }

    private let waiting = Mutex(Waiting())
    private let isTickQueued = Atomic<Bool>(false)
    private let awaitsTransactions = Atomic<Bool>(true)

    init() { (inputs, continuation) = AsyncStream.makeStream(bufferingPolicy: .unbounded) }

    /// - Parameter carrier: who brought it; nil for what this node kept for later.
    /// - Returns: false when too many messages wait already, or too many of this peer.
    func offer(
        _ message: SignedMessage, byteCount: Int, from carrier: Identity? = nil
    ) -> Bool {
        let hasRoom = waiting.withLock { waiting in
            guard
                waiting.all.hasRoom(
                    byteCount, count: Limits.waitingMessagesMaximum,
                    byteCount: Limits.waitingMessagesByteCountMaximum)
            else { return false }
            if let carrier {
                var load = waiting.ofPeer[carrier] ?? Load()
                guard
                    load.hasRoom(
                        byteCount, count: Limits.waitingMessagesPerPeerMaximum,
                        byteCount: Limits.waitingBytesPerPeerMaximum)
                else { return false }
                load.add(byteCount)
                waiting.ofPeer[carrier] = load
            }
            waiting.all.add(byteCount)
            return true
        }
        if hasRoom {
            continuation.yield(
                .message(message, parcel: Parcel(byteCount: byteCount, carrier: carrier)))
        }
        return hasRoom
    }

    func tick() {
        // What the caller did before is seen by whoever takes the tick that is queued already.
        guard !isTickQueued.exchange(true, ordering: .sequentiallyConsistent) else { return }
        continuation.yield(.tick)
    }

    /// A transaction waits since this was called, for which it may be time.
    func noteTransaction() {
        if awaitsTransactions.load(ordering: .sequentiallyConsistent) { tick() }
    }

    /// Whether the core is to hear of transactions that come in. To be set before it looks whether
    /// one waits: then it finds the transaction, or who brings it finds this.
    func hear(ofTransactions awaits: Bool) {
        awaitsTransactions.store(awaits, ordering: .sequentiallyConsistent)
    }

    func post(_ timeout: Timeout) { continuation.yield(.timeout(timeout)) }
    func worked(_ block: ExecutedBlock, round: UInt32) {
        continuation.yield(.worked(block, round: round))
    }
    func synchronised() { continuation.yield(.synchronised) }

    /// Hands a fetched block to the core.
    /// - Returns: why it was refused; nil when it is on the chain now.
    func commit(_ block: Block, _ certificate: CommitCertificate) async -> String? {
        await withCheckedContinuation { continuation in
            let reply = FetchReply(continuation)
            let result = self.continuation.yield(.fetched(block, certificate, reply))
            if case .terminated = result { reply.answer("the node is stopping") }
        }
    }

    func heard(from key: PublicKey) async -> [SignedMessage] {
        await withCheckedContinuation { continuation in
            let reply = HeardReply(continuation)
            let result = self.continuation.yield(.heard(key, reply))
            if case .terminated = result { reply.answer([]) }
        }
    }

    /// Hands fetched blocks in a row to the core.
    /// - Returns: why one was refused; those before it are on the chain then.
    func commit(_ run: [CheckedBlock]) async -> String? {
        await withCheckedContinuation { continuation in
            let reply = FetchReply(continuation)
            let result = self.continuation.yield(.fetchedRun(run, reply))
            if case .terminated = result { reply.answer("the node is stopping") }
        }
    }

    /// Called by the core when it takes an input out.
    func noteTaken(_ input: CoreInput) {
        switch input {
        case .message(_, let parcel):
            waiting.withLock { waiting in
                waiting.all.remove(parcel.byteCount)
                guard let carrier = parcel.carrier, var load = waiting.ofPeer[carrier] else {
                    return
                }
                load.remove(parcel.byteCount)
                waiting.ofPeer[carrier] = load.count > 0 ? load : nil
            }
        case .tick: isTickQueued.store(false, ordering: .sequentiallyConsistent)
        case .timeout, .fetched, .fetchedRun, .synchronised, .worked, .heard: break
        }
    }

    func finish() { continuation.finish() }
}
