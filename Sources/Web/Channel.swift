/// One socket as its event loop sees it: what it is ready for, and who waits. Belongs to the loop.
@safe final class Channel {
    enum Direction { case reading, writing }
    enum Outcome: Sendable { case ready, timedOut, aborted }

    let id: UInt64
    let descriptor: Int32
    /// The server or client this socket works for; what `drain` and `abort` go by.
    let owner: UInt64

    /// Readiness as last told by epoll, which tells edges only: cleared when a call says "again".
    var isReadable = true
    var isWritable = true
    /// The peer has closed its half: no further edge will come, so reading must go on to the end.
    var hasHungUp = false
    /// Between two requests: a drain may close it at once.
    var isIdle = false
    private(set) var isAborted = false
    /// Called when the peer goes or somebody cuts the connection off while nobody waits for it.
    var onEnd: (@Sendable () -> Void)?

    private var waiter: UnsafeContinuation<Outcome, Never>?
    private var direction = Direction.reading
    private(set) var deadline = Int64.max

    init(id: UInt64, descriptor: Int32, owner: UInt64) {
        self.id = id
        self.descriptor = descriptor
        self.owner = owner
    }

    func isReady(for direction: Direction) -> Bool {
        switch direction {
        case .reading: isReadable
        case .writing: isWritable
        }
    }

    func park(
        _ continuation: UnsafeContinuation<Outcome, Never>, for direction: Direction,
        until deadline: Int64
    ) {
        unsafe waiter = continuation
        self.direction = direction
        self.deadline = deadline
    }

    var isWaiting: Bool { unsafe waiter != nil }

    func noteReadiness(reading: Bool, writing: Bool, hungUp: Bool) {
        if hungUp {
            hasHungUp = true
            onEnd?()
        }
        if reading || hungUp { isReadable = true }
        if writing || hungUp { isWritable = true }
        if isReady(for: direction) { resume(.ready) }
    }

    func abort() {
        isAborted = true
        onEnd?()
        resume(.aborted)
    }

    func resume(_ outcome: Outcome) {
        guard let continuation = unsafe waiter else { return }
        unsafe waiter = nil
        deadline = .max
        unsafe continuation.resume(returning: outcome)
    }
}
