import CLinux
import Glibc
import Synchronization

/// An HTTP/1.1 server over TCP, with TLS when it has an identity. One socket listens; what it
/// accepts is handed in turn to the event loops of this process, one per core.
package final class HTTPServer: Sendable {
    private enum State {
        case ready
        case running(Task<Void, Never>, ListenerPlace)
        case stopped
    }

    private struct ListenerPlace: Sendable {
        let loop: EventLoop
        let owner: UInt64
    }

    private let core: ServerCore
    private let address: SocketAddress
    private let tls: TLSIdentity?
    private let peers: PeerOffer?
    private let state = Mutex<State>(.ready)

    /// - Parameter peers: with `tls`: the identity for those who call as peers (`PeerIdentity`).
    ///   What they show stands in `Request.peer`.
    package init(
        router: Router, address: SocketAddress, tls: TLSIdentity? = nil,
        peers: (@Sendable () -> PeerIdentity)? = nil,
        limits: ServerLimits = ServerLimits(), metrics: MetricRegistry? = nil,
        log: @escaping @Sendable (RequestLog) -> Void = { _ in }
    ) {
        self.address = address
        self.tls = tls
        self.peers = peers.map(PeerOffer.init)
        core = ServerCore(
            router: router.withOpenAPI(), limits: limits,
            metrics: metrics.map(ServerMetrics.init), log: log)
    }

    /// Listens, and answers the bound address, port 0 resolved. A port in use is an error: it is
    /// never shared with a process left over.
    package func start() throws(WebError) -> SocketAddress {
        let loops = try EventLoops.shared.get()
        let context = try tls.map { identity throws(WebError) in
            try TLSContext.server(identity, peers: peers)
        }
        let listener = try Self.listen(address)
        let bound = unsafe SystemAddress { pointer, length in
            _ = unsafe getsockname(listener, pointer, length)
        }
        let place = ListenerPlace(loop: loops[0], owner: EventLoops.newOwner())
        let isStarted = state.withLock { state in
            guard case .ready = state else { return false }
            let core = core
            let task = Task(executorPreference: place.loop.executor) {
                await place.loop.accept(listener, place.owner, for: core, context)
            }
            state = .running(task, place)
            return true
        }
        guard isStarted else {
            _ = close(listener)
            throw WebError(.system, "this server was started before; make another one")
        }
        return bound.socketAddress
    }

    /// Stops listening, closes idle connections, lets requests under way finish, and cuts off what
    /// is left after the drain limit. Returns when nothing of the server runs any more.
    package func stop() async {
        let running = state.withLock { state -> (Task<Void, Never>, ListenerPlace)? in
            guard case .running(let task, let place) = state else {
                state = .stopped
                return nil
            }
            state = .stopped
            return (task, place)
        }
        guard let (task, place) = running, let loops = try? EventLoops.shared.get() else { return }
        core.beginStopping()
        await place.loop.abort(owner: place.owner, onlyIdle: false)
        for loop in loops.all { await loop.abort(owner: core.owner, onlyIdle: true) }
        let limit = core.limits.drainMilliseconds
        let core = core
        let watchdog = Task {
            guard (try? await Task.sleep(for: .milliseconds(limit))) != nil else { return }
            task.cancel()
            for loop in loops.all { await loop.abort(owner: core.owner, onlyIdle: false) }
        }
        await task.value
        watchdog.cancel()
    }

    private static func listen(_ address: SocketAddress) throws(WebError) -> Int32 {
        let system = try SystemAddress(address)
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let listener = socket(system.family, kind, 0)
        guard listener >= 0 else {
            throw WebError(.system, "cannot make a socket: \(systemText(errno))")
        }
        // Takes over a port whose last connections linger, never one that somebody listens on.
        // SO_REUSEPORT would: two processes would share the port, and nobody would notice.
        setOption(listener, SOL_SOCKET, SO_REUSEADDR)
        if system.family == AF_INET6 { setOption(listener, Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
        let isBound = unsafe system.withPointer { unsafe bind(listener, $0, $1) } == 0
        guard isBound, Glibc.listen(listener, Limits.listenBacklog) == 0 else {
            let number = errno
            _ = close(listener)
            throw refusal(address, number)
        }
        return listener
    }

    private static func refusal(_ address: SocketAddress, _ number: Int32) -> WebError {
        switch number {
        case EADDRINUSE:
            WebError(
                .portInUse,
                "port \(address.port) on \(address.host) is in use by another program; stop it "
                    + "(ss -ltnp 'sport = :\(address.port)' names it) or choose another port")
        case EACCES:
            WebError(
                .system,
                "this user may not listen on port \(address.port); choose a port above 1023")
        case EADDRNOTAVAIL:
            WebError(
                .address,
                "this machine has no address \(address.host); listen on one it has, or on 0.0.0.0")
        case _:
            WebError(.system, "cannot listen on \(address): \(systemText(number))")
        }
    }
}

func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32) {
    var one: Int32 = 1
    _ = unsafe setsockopt(descriptor, level, name, &one, socklen_t(MemoryLayout<Int32>.size))
}
