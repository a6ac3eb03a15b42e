package import Encoding
import Synchronization

/// Tells everybody who listens what happens, as server-sent events (WHATWG HTML §9.2). Listeners
/// are bounded in number; who does not keep up is dropped and may come back.
package final class EventBroadcast: Sendable {
    private struct Listener: Sendable {
        let host: String
        let continuation: AsyncStream<[UInt8]>.Continuation
    }

    private struct State: Sendable {
        var next: UInt64 = 0
        var listeners: [UInt64: Listener] = [:]
        /// The newest event, which each listener gets first.
        var newest: [UInt8] = []
        var heartbeat: Task<Void, Never>?
        var isFinished = false
    }

    private let heartbeatMilliseconds: Int
    private let listenersMaximum: Int
    private let listenersPerAddressMaximum: Int
    private let state = Mutex(State())

    package convenience init() {
        self.init(
            heartbeatMilliseconds: Limits.heartbeatMilliseconds,
            listenersMaximum: Limits.listenersMaximum,
            listenersPerAddressMaximum: Limits.listenersPerAddressMaximum)
    }

    /// - Parameter heartbeatMilliseconds: how often a comment is sent, so that whatever stands
    ///   between keeps the connection and a vanished reader is noticed.
    init(heartbeatMilliseconds: Int, listenersMaximum: Int, listenersPerAddressMaximum: Int) {
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.listenersMaximum = listenersMaximum
        self.listenersPerAddressMaximum = listenersPerAddressMaximum
    }

    /// How many listen now.
    package var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// Tells all listeners, and those to come until there is a newer one.
    /// - Parameter name: one line; the `event` field.
    package func publish(id: UInt64, name: String, _ data: JSON) {
        let event = Array("id: \(id)\nevent: \(name)\ndata: \(data.text)\n\n".utf8)
        state.withLock { $0.newest = event }
        send(event)
    }

    /// The answer to who wants to listen: a stream that begins with the newest event.
    /// - Throws: a `Problem` with status 503 when too many listen.
    package func listen(_ request: Request) throws(Problem) -> Response {
        let (chunks, continuation) = AsyncStream.makeStream(
            of: [UInt8].self, bufferingPolicy: .bufferingOldest(Limits.eventsWaitingMaximum))
        let listener = Listener(host: request.remote.host, continuation: continuation)
        let id = state.withLock { state -> UInt64? in
            let near = state.listeners.values.count { $0.host == listener.host }
            guard !state.isFinished, state.listeners.count < listenersMaximum,
                near < listenersPerAddressMaximum
            else { return nil }
            state.next += 1
            state.listeners[state.next] = listener
            continuation.yield(
                Array("retry: \(Limits.eventRetryMilliseconds)\n\n".utf8) + state.newest)
            if state.heartbeat == nil { state.heartbeat = beating() }
            return state.next
        }
        guard let id else {
            throw Problem(
                type: "listeners", title: "Too many listen", status: 503,
                detail: "As many listen for events as this server serves.",
                fix: "Close other pages of this server, or ask again later.",
                headers: [("retry-after", "10")])
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id) }
        var response = Response(
            headers: [("content-type", "text/event-stream"), ("cache-control", "no-store")])
        response.stream = ResponseStream(chunks) { continuation.finish() }
        return response
    }

    /// Ends every stream and takes no listener any more.
    package func finish() {
        let (listeners, heartbeat) = state.withLock { state in
            state.isFinished = true
            return (Array(state.listeners.values), state.heartbeat)
        }
        heartbeat?.cancel()
        for listener in listeners { listener.continuation.finish() }
    }

    private func remove(_ id: UInt64) {
        state.withLock { $0.listeners[id] = nil }
    }

    /// Outside the lock: ending a stream takes it out of the table at once.
    private func send(_ bytes: [UInt8]) {
        for listener in state.withLock({ Array($0.listeners.values) }) {
            switch listener.continuation.yield(bytes) {
            case .enqueued, .terminated: break
            case .dropped: listener.continuation.finish()
            @unknown case _: break
            }
        }
    }

    private func beating() -> Task<Void, Never> {
        let pause = Duration.milliseconds(heartbeatMilliseconds)
        return Task { [weak self] in
            while (try? await Task.sleep(for: pause)) != nil {
                guard let self, self.isNeeded else { return }
                self.send(Array(": still here\n\n".utf8))
            }
        }
    }

    /// False, once, when nobody listens: then the heart stops until somebody comes.
    private var isNeeded: Bool {
        state.withLock { state in
            if state.listeners.isEmpty { state.heartbeat = nil }
            return !state.listeners.isEmpty
        }
    }
}
