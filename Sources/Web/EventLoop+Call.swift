import CLinux
import Glibc

extension EventLoop {
    /// Sends a request over a kept connection or a new one. Never throws across the actor's border:
    /// the result says what went wrong, once, with whom.
    func perform(
        _ call: OutgoingCall, _ addresses: [SystemAddress], token: UInt64
    ) async -> Result<Response, WebError> {
        do throws(WebError) {
            return .success(try await attempt(call, addresses, token))
        } catch {
            let detail =
                error.code == .timeout
                ? "no complete answer before the deadline" : error.detail
            return .failure(WebError(error.code, "\(call.url.authority): \(detail)"))
        }
    }

    private func attempt(
        _ call: OutgoingCall, _ addresses: [SystemAddress], _ token: UInt64
    ) async throws(WebError) -> Response {
        for stale in pool.sweep(now: monotonicMilliseconds()) { close(stale) }
        guard !Task.isCancelled else { throw WebError(.closed, "the call was cancelled") }
        calls[token] = 0
        defer { calls[token] = nil }
        while let kept = pool.take(call.origin) {
            guard call.accepting?(kept.peer) == nil else {
                close(kept)
                continue
            }
            calls[token] = kept.channel.id
            var hasAnswer = false
            do throws(WebError) {
                return try await exchange(call, kept, &hasAnswer)
            } catch {
                // The token is gone when the caller cancelled.
                guard error.code == .closed, !hasAnswer, calls[token] != nil else { throw error }
            }
            break
        }
        let connection = try await connect(call, addresses, token)
        var hasAnswer = false
        return try await exchange(call, connection, &hasAnswer)
    }

    /// Tries each address in turn until one answers.
    private func connect(
        _ call: OutgoingCall, _ addresses: [SystemAddress], _ token: UInt64
    ) async throws(WebError) -> Connection {
        var last = WebError(.connect, "the name has no address")
        for address in addresses {
            do throws(WebError) {
                let channel = try await open(address, call, token)
                let connection: Connection
                do throws(WebError) {
                    let session = try call.context.map { context throws(WebError) in
                        try context.session(
                            descriptor: channel.descriptor, calling: call.url.address)
                    }
                    connection = Connection(channel: channel, session: session)
                    try await handshake(connection, until: call.deadline)
                    if let reason = call.accepting?(connection.peer) {
                        throw WebError(.tls, reason)
                    }
                } catch {
                    release(channel)
                    throw error
                }
                return connection
            } catch {
                guard error.code == .connect else { throw error }
                last = error
            }
        }
        throw last
    }

    private func open(
        _ address: SystemAddress, _ call: OutgoingCall, _ token: UInt64
    ) async throws(WebError) -> Channel {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else {
            throw WebError(.system, "cannot make a socket: \(systemText(errno))")
        }
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        let status = unsafe address.withPointer { unsafe Glibc.connect(descriptor, $0, $1) }
        guard status == 0 || errno == EINPROGRESS else {
            let number = errno
            _ = Glibc.close(descriptor)
            throw WebError(.connect, "cannot connect: \(systemText(number))")
        }
        let channel: Channel
        do throws(WebError) {
            channel = try register(descriptor, owner: call.owner)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
        do throws(WebError) {
            guard calls[token] != nil else { throw WebError(.closed, "the call was cancelled") }
            calls[token] = channel.id
            channel.isWritable = false
            channel.isReadable = false
            try await wait(for: .writing, channel, until: call.deadline)
            var number: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            _ = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length)
            guard number == 0 else {
                throw WebError(.connect, "cannot connect: \(systemText(number))")
            }
            // Readiness seen while connecting says nothing of what is there now.
            channel.isReadable = true
        } catch {
            release(channel)
            throw error
        }
        return channel
    }

    /// One request and its answer. The connection is kept when both sides may use it again, and
    /// closed in every other case.
    private func exchange(
        _ call: OutgoingCall, _ connection: Connection, _ hasAnswer: inout Bool
    ) async throws(WebError) -> Response {
        var isKept = false
        defer { if !isKept { close(connection) } }
        for piece in call.pieces {
            try await write(piece, connection, stall: .max / 2, until: call.deadline)
        }
        for _ in 0..<Limits.interimResponseCount {
            var reader = MessageReader<ResponseHead>()
            reader.bodyByteCountMaximum = call.maximumBodyByteCount
            let head = try await receive(&reader, call, connection, &hasAnswer)
            guard head.status != 101 else {
                throw WebError(.framing, "the server switched to a protocol nobody asked for")
            }
            if head.isInterim { continue }
            let isReusable = !head.wantsClose && connection.input.isEmpty
            if isReusable, !connection.channel.hasHungUp {
                isKept = true
                let now = monotonicMilliseconds()
                if let extra = pool.put(connection, call.origin, now: now) { close(extra) }
            }
            return Response(status: head.status, headers: head.fields, body: reader.body)
        }
        throw WebError(.framing, "the server sent interim answers without end")
    }

    private func receive(
        _ reader: inout MessageReader<ResponseHead>, _ call: OutgoingCall,
        _ connection: Connection, _ hasAnswer: inout Bool
    ) async throws(WebError) -> ResponseHead {
        while true {
            let step: MessageReader<ResponseHead>.Step
            do throws(Rejection) {
                step = try reader.advance(connection.input, &connection.position)
            } catch {
                throw WebError(
                    error.status == 413 ? .tooLarge : .framing,
                    "the answer is refused: \(error.detail)")
            }
            switch step {
            case .needsMore:
                connection.compact()
                guard try await fill(connection, until: call.deadline) else {
                    throw WebError(.closed, "the server closed before the answer was complete")
                }
                hasAnswer = true
            case .head:
                guard let head = reader.head else { continue }
                let hasNoBody =
                    call.isHead || head.isInterim || head.status == 204 || head.status == 304
                if hasNoBody {
                    connection.compact()
                    return head
                }
                guard !head.isUnframed else {
                    throw WebError(
                        .framing, "the answer has no length: it would end with the connection")
                }
            case .complete:
                connection.compact()
                guard let head = reader.head else { continue }
                return head
            }
        }
    }

    func cancel(call token: UInt64) {
        guard let id = calls.removeValue(forKey: token) else { return }
        abort(channel: id)
    }

    func dropPool(of owner: UInt64) {
        for connection in pool.sweep(now: monotonicMilliseconds(), owner: owner) {
            close(connection)
        }
    }
}
