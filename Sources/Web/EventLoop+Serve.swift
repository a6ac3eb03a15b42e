import CLinux
import Glibc

extension EventLoop {
    /// The whole life of one connection, from the handshake to its end, in order.
    func serve(
        _ socket: Int32, from remote: SocketAddress, for core: ServerCore, _ context: TLSContext?
    ) async {
        defer { core.dismiss(remote.host) }
        guard !core.isStopping, let channel = try? register(socket, owner: core.owner) else {
            _ = Glibc.close(socket)
            return
        }
        let session: TLSSession?
        do throws(WebError) {
            session = try context.map { context throws(WebError) in
                try context.session(descriptor: socket, calling: nil)
            }
        } catch {
            return release(channel)
        }
        let connection = Connection(channel: channel, session: session)
        defer { close(connection) }
        do throws(WebError) {
            let deadline = monotonicMilliseconds() + core.limits.handshakeMilliseconds
            try await handshake(connection, until: deadline)
        } catch {
            core.metrics?.noteHandshakeFailure()
            return
        }
        for count in 1...max(1, core.limits.requestsPerConnection) {
            guard await exchange(connection, remote, core, count: count) else { return }
        }
    }

    /// One request and its answer; false when the connection has to end.
    private func exchange(
        _ connection: Connection, _ remote: SocketAddress, _ core: ServerCore, count: Int
    ) async -> Bool {
        var reader = MessageReader<RequestHead>()
        var arrival = Arrival(
            id: RequestIdentifier.make(from: &randomness), isFirst: count == 1)
        let isLast = count >= core.limits.requestsPerConnection
        do {
            guard try await receive(&reader, &arrival, connection, remote, core) else {
                return false
            }
        } catch let rejection as Rejection {
            await refuse(rejection, connection, remote, core, arrival)
            return false
        } catch {
            return false
        }
        guard let head = reader.head else { return false }
        let request = Request(
            method: head.method, path: head.path, query: head.query, headers: head.fields,
            body: reader.body, id: arrival.id, remote: remote, peer: connection.peer,
            pass: arrival.pass)
        let answer: Answer
        if let refusal = arrival.refusal {
            answer = refusal
        } else {
            answer = await Answer.make(arrival.match ?? .notFound, request)
        }
        let isClosing = isLast || head.wantsClose || core.isStopping || arrival.mustClose
        let ends = isClosing || answer.response.stream != nil
        let asked = Asked(method: head.method, path: head.path, isVersion10: head.isVersion10)
        let isSent = await send(answer, asked, connection, remote, core, arrival, ends)
        if isSent, arrival.mustClose { await linger(connection) }
        return isSent && !ends
    }

    /// What an answer and its line in the log need to know of the request; dashes for one that
    /// could not be read.
    struct Asked {
        var method = "-"
        var path = "-"
        var isVersion10 = false
    }

    /// What is known of a request while it comes in.
    struct Arrival {
        let id: String
        /// Whoever connects has something to ask: the first request may not be long in coming.
        let isFirst: Bool
        var start: Int64 = 0
        var match: Router.Match?
        /// The body was left unread: what follows on the connection is not a request.
        var mustClose = false
        /// What the route's gate gave, or why it refused.
        var pass: (any Sendable & AnyObject)?
        var refusal: Answer?
    }

    /// Reads one request. False: the peer closed between two requests, or never said anything.
    private func receive(
        _ reader: inout MessageReader<RequestHead>, _ arrival: inout Arrival,
        _ connection: Connection, _ remote: SocketAddress, _ core: ServerCore
    ) async throws -> Bool {
        let limits = core.limits
        var bodyStart: Int64?
        while true {
            switch try reader.advance(connection.input, &connection.position) {
            case .complete:
                connection.compact()
                return true
            case .head:
                guard try await admit(&reader, &arrival, connection, remote, core) else {
                    return true
                }
                bodyStart = monotonicMilliseconds()
            case .needsMore:
                connection.compact()
                let now = monotonicMilliseconds()
                let patience = arrival.isFirst ? limits.headerMilliseconds : .max
                var deadline = now + min(limits.idleMilliseconds, patience)
                connection.channel.isIdle = reader.isUntouched
                if let bodyStart {
                    let earned = Int64(reader.body.count) * 1_000 / limits.bodyBytesPerSecond
                    deadline = bodyStart + limits.bodyGraceMilliseconds + earned
                } else if !reader.isUntouched {
                    if arrival.start == 0 { arrival.start = now }
                    deadline = arrival.start + limits.headerMilliseconds
                } else if core.isStopping {
                    return false
                }
                do throws(WebError) {
                    guard try await fill(connection, until: deadline) else { return false }
                } catch {
                    guard error.code == .timeout, !reader.isUntouched else { throw error }
                    throw Rejection(408, "it took too long to arrive")
                }
                connection.channel.isIdle = false
                if arrival.start == 0 { arrival.start = monotonicMilliseconds() }
            }
        }
    }

    /// After the head: finds the route, and with it how large a body may be. False: the answer is
    /// known already and the body, if any, is not read.
    private func admit(
        _ reader: inout MessageReader<RequestHead>, _ arrival: inout Arrival,
        _ connection: Connection, _ remote: SocketAddress, _ core: ServerCore
    ) async throws -> Bool {
        guard let head = reader.head else { return false }
        if arrival.start == 0 { arrival.start = monotonicMilliseconds() }
        let match = core.router.match(head.method, head.path)
        arrival.match = match
        guard case .found(let route, _) = match, pass(route, head, &arrival, connection, remote)
        else {
            arrival.mustClose = head.framing != .none && head.framing != .length(0)
            return !arrival.mustClose
        }
        reader.bodyByteCountMaximum = route.maximumBodyByteCount
        guard head.expectsContinue, connection.position == connection.input.count else {
            return true
        }
        switch head.framing {
        case .none: return true
        case .length(let count) where count > route.maximumBodyByteCount: return true
        case .length, .chunked: break
        }
        let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        try await write(interim, connection, stall: core.limits.writeStallMilliseconds)
        return true
    }

    /// Asks the route's gate; false when it refuses.
    private func pass(
        _ route: Route, _ head: RequestHead, _ arrival: inout Arrival, _ connection: Connection,
        _ remote: SocketAddress
    ) -> Bool {
        guard let gate = route.gate else { return true }
        let byteCount: Int? =
            switch head.framing {
            case .none: 0
            case .length(let count): count
            case .chunked: nil
            }
        let caller = Caller(
            remote: remote, peer: connection.peer, headers: head.fields, bodyByteCount: byteCount)
        do {
            arrival.pass = try gate(caller)
            return true
        } catch {
            arrival.refusal = Answer(error, arrival.id)
            return false
        }
    }

    /// Writes an answer, and tells the log and the metrics; false when that failed.
    private func send(
        _ answer: Answer, _ asked: Asked, _ connection: Connection,
        _ remote: SocketAddress, _ core: ServerCore, _ arrival: Arrival, _ isClosing: Bool
    ) async -> Bool {
        var answer = answer
        let circumstances = MessageWriter.Circumstances(
            isHead: asked.method == "HEAD", closes: isClosing, isSecure: connection.session != nil,
            isVersion10: asked.isVersion10, date: currentDate(), requestID: arrival.id)
        var bytes: [UInt8] = []
        do throws(WebError) {
            bytes = try MessageWriter.response(answer.response, circumstances)
        } catch {
            answer = Answer(
                response: Problem.unforeseen.response(instance: arrival.id),
                failure: error.description)
            bytes = (try? MessageWriter.response(answer.response, circumstances)) ?? []
        }
        // Nor may a client take an answer drop by drop.
        let limits = core.limits
        let time =
            limits.writeStallMilliseconds
            + Int64(bytes.count) * 1_000 / limits.bodyBytesPerSecond
        var isSent = true
        do throws(WebError) {
            try await write(
                bytes, connection, stall: limits.writeStallMilliseconds,
                until: monotonicMilliseconds() + time)
        } catch {
            isSent = false
        }
        var byteCount = answer.response.body.count
        if let stream = answer.response.stream {
            byteCount = isSent ? await pump(stream, connection, circumstances, core) : 0
            stream.cancel()
        }
        var pattern: String?
        if case .found(let route, _) = arrival.match { pattern = route.pattern }
        let line = RequestLog(
            id: arrival.id, method: asked.method, path: asked.path, route: pattern,
            status: answer.response.status, byteCount: byteCount,
            milliseconds: monotonicMilliseconds() - arrival.start, remote: remote,
            failure: answer.failure ?? (isSent ? nil : "the client was gone before the answer"))
        core.metrics?.note(line)
        core.log(line)
        return isSent
    }

    /// Answers a request that cannot be read, once; nothing after it is looked at.
    private func refuse(
        _ rejection: Rejection, _ connection: Connection, _ remote: SocketAddress,
        _ core: ServerCore, _ arrival: Arrival
    ) async {
        core.metrics?.noteRejection("\(rejection.status)")
        let answer = Answer(
            response: Problem(rejection).response(instance: arrival.id), failure: rejection.detail)
        guard await send(answer, Asked(), connection, remote, core, arrival, true) else { return }
        await linger(connection)
    }

    /// Closes our half and drains the other for a moment: closing with bytes unread would reset the
    /// connection, and the answer could be lost with it.
    private func linger(_ connection: Connection) async {
        connection.session?.sendClose()
        _ = shutdown(connection.channel.descriptor, Int32(SHUT_WR))
        let deadline = monotonicMilliseconds() + Limits.lingerMilliseconds
        var byteCount = 0
        while byteCount < Limits.lingerByteCount, monotonicMilliseconds() < deadline {
            connection.input = []
            connection.position = 0
            guard let isOpen = try? await fill(connection, until: deadline), isOpen else { return }
            byteCount += connection.input.count
        }
    }
}
