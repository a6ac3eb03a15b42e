import Consensus
import Cryptography
import Ledger
import Synchronization

/// What can happen to the core, one thing at a time and in order.
enum CoreInput: Sendable {
    /// A message and the bytes it came in.
    case message(SignedMessage, byteCount: Int)
    case timeout(Timeout)
    /// It may be time to begin the next height.
    case tick
    /// A peer's block whose certificate was verified for its height.
    case fetched(Block, CommitCertificate, FetchReply)
    /// The chain was compared with the peers.
    case synchronised
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

/// The queue in front of the core. Messages of strangers are counted and bounded; what the node
/// says to itself is bounded by its nature and never refused.
final class Inbox: Sendable {
    let inputs: AsyncStream<CoreInput>
    private let continuation: AsyncStream<CoreInput>.Continuation
    private let waiting = Mutex((count: 0, byteCount: 0))
    private let isTickQueued = Atomic<Bool>(false)

    init() { (inputs, continuation) = AsyncStream.makeStream(bufferingPolicy: .unbounded) }

    /// - Returns: false when too many messages wait already.
    func offer(_ message: SignedMessage, byteCount: Int) -> Bool {
        let hasRoom = waiting.withLock { waiting in
            guard waiting.count < Limits.waitingMessagesMaximum,
                waiting.byteCount + byteCount <= Limits.waitingMessagesByteCountMaximum
            else { return false }
            waiting.count += 1
            waiting.byteCount += byteCount
            return true
        }
        if hasRoom { continuation.yield(.message(message, byteCount: byteCount)) }
        return hasRoom
    }

    func tick() {
        guard !isTickQueued.exchange(true, ordering: .relaxed) else { return }
        continuation.yield(.tick)
    }

    func post(_ timeout: Timeout) { continuation.yield(.timeout(timeout)) }
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

    /// Called by the core when it takes an input out.
    func noteTaken(_ input: CoreInput) {
        switch input {
        case .message(_, let byteCount):
            waiting.withLock { waiting in
                waiting.count -= 1
                waiting.byteCount -= byteCount
            }
        case .tick: isTickQueued.store(false, ordering: .relaxed)
        case .timeout, .fetched, .synchronised: break
        }
    }

    func finish() { continuation.finish() }
}
