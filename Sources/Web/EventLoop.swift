import CLinux
import Glibc

/// One thread, one epoll set, and every socket that was given to it. The thread is the actor's
/// executor and that of its connections' tasks, so that the compiler checks what usual event loops
/// leave to discipline: a connection is touched by its own loop only.
@safe actor EventLoop {
    nonisolated let executor: LoopExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    private let epoll: Int32
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)
    private var channels: [UInt64: Channel] = [:]
    private var nextChannel: UInt64 = 1
    /// No deadline falls before this; it may be too early, never too late.
    private var nextDeadline = Int64.max
    /// Where sockets are read into; connections at rest hold no buffer of their own.
    var scratch = [UInt8](repeating: 0, count: 16 * 1024)
    /// For the identifiers of requests.
    var randomness = RandomStock()
    private var date = (second: Int64(-1), text: "")
    /// Kept connections of clients, by client and origin.
    var pool = ConnectionPool()
    /// The channel each outgoing call is on, 0 before it has one; a call not here was cancelled.
    var calls: [UInt64: UInt64] = [:]
    var errnoOfAccept: Int32 = 0

    /// Deadlines are rounded up to multiples of this, so that they are looked for rarely.
    private static let deadlineGrain: Int64 = 16
    /// How often in a row jobs that jobs have queued are run before the sockets are looked at:
    /// asking after them is a system call, and most jobs queue one more.
    private static let roundsPerTurn = 4

    private init() throws(WebError) {
        executor = try LoopExecutor()
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else {
            throw WebError(.system, "cannot make an epoll set: \(systemText(errno))")
        }
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue
        unsafe event.data.u64 = 0
        guard unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, executor.wakeDescriptor, &event) == 0 else {
            throw WebError(.system, "cannot watch an eventfd: \(systemText(errno))")
        }
    }

    deinit { _ = Glibc.close(epoll) }

    static func started() throws(WebError) -> EventLoop {
        let loop = try EventLoop()
        try startThread {
            loop.executor.claimThread()
            while true { loop.turn() }
        }
        return loop
    }

    /// A function of its own: values that live in a loop without end are never given back.
    private nonisolated func turn() {
        for _ in 0..<Self.roundsPerTurn where executor.hasJobs { executor.runJobs() }
        assumeIsolated { $0.poll() }
    }

    private func poll() {
        var timeout: Int32 = 0
        if !executor.hasJobs {
            let left = nextDeadline == .max ? -1 : nextDeadline - monotonicMilliseconds()
            timeout = nextDeadline == .max ? -1 : Int32(max(0, min(left, 60_000)))
        }
        let count = unsafe epoll_wait(epoll, &events, Int32(events.count), timeout)
        for index in 0..<max(0, Int(count)) {
            let event = unsafe events[index]
            let id = unsafe event.data.u64
            if id == 0 {
                executor.acknowledgeWake()
                continue
            }
            let flags = unsafe event.events
            let closing = EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue
            channels[id]?.noteReadiness(
                reading: flags & EPOLLIN.rawValue != 0, writing: flags & EPOLLOUT.rawValue != 0,
                hungUp: flags & closing != 0)
        }
        if nextDeadline != .max, monotonicMilliseconds() >= nextDeadline { expire() }
    }

    private func expire() {
        let now = monotonicMilliseconds()
        nextDeadline = .max
        for channel in channels.values where channel.isWaiting {
            if channel.deadline <= now {
                channel.resume(.timedOut)
            } else {
                nextDeadline = min(nextDeadline, channel.deadline)
            }
        }
    }

    // MARK: channels

    /// Takes a non-blocking socket. An error of the system leaves the descriptor to the caller.
    func register(_ descriptor: Int32, owner: UInt64) throws(WebError) -> Channel {
        let channel = Channel(id: nextChannel, descriptor: descriptor, owner: owner)
        nextChannel += 1
        var event = unsafe epoll_event()
        unsafe event.events =
            EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        unsafe event.data.u64 = channel.id
        guard unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            throw WebError(.system, "cannot watch a socket: \(systemText(errno))")
        }
        channels[channel.id] = channel
        return channel
    }

    func release(_ channel: Channel) {
        guard channels.removeValue(forKey: channel.id) != nil else { return }
        channel.abort()
        _ = Glibc.close(channel.descriptor)
    }

    /// Waits until the socket is ready, the monotonic `deadline` passes, or somebody aborts.
    func wait(
        for direction: Channel.Direction, _ channel: Channel, until deadline: Int64
    ) async throws(WebError) {
        guard !channel.isAborted else { throw WebError(.closed, "the connection was cut off") }
        guard !channel.isReady(for: direction) else { return }
        var rounded = deadline
        if deadline < .max - Self.deadlineGrain {
            rounded = (deadline / Self.deadlineGrain + 1) * Self.deadlineGrain
        }
        nextDeadline = min(nextDeadline, rounded)
        let outcome = await unsafe withUnsafeContinuation { continuation in
            unsafe channel.park(continuation, for: direction, until: rounded)
        }
        switch outcome {
        case .ready: return
        case .timedOut: throw WebError(.timeout, "the other side kept silent past the deadline")
        case .aborted: throw WebError(.closed, "the connection was cut off")
        }
    }

    /// Cuts off one channel, if it still is there.
    func abort(channel id: UInt64) { channels[id]?.abort() }

    /// Cuts off what works for `owner`: everything, or what is idle.
    func abort(owner: UInt64, onlyIdle: Bool) {
        for channel in channels.values where channel.owner == owner {
            if channel.isIdle || !onlyIdle { channel.abort() }
        }
    }

    /// The Date field, made once a second (RFC 9110 §5.6.7).
    func currentDate() -> String {
        let second = wallClockSeconds()
        if date.second != second { date = (second, HTTPDate.text(seconds: second)) }
        return date.text
    }
}
