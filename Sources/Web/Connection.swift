import Glibc

/// A connected socket, with TLS or without, and the bytes read from it that nobody has used yet.
/// Servers and clients use the same; it belongs to one event loop.
final class Connection {
    let channel: Channel
    let session: TLSSession?
    var input: [UInt8] = []
    var position = 0
    /// What the other side showed as a peer; known once the handshake is done.
    private(set) var peer: PeerCertificate?

    init(channel: Channel, session: TLSSession?) {
        self.channel = channel
        self.session = session
    }

    /// Forgets what was used; keeps no buffer when nothing is left.
    func compact() {
        if position == input.count {
            input = []
        } else if position > 0 {
            input.removeFirst(position)
        }
        position = 0
    }

    fileprivate func noteHandshake() { peer = session?.peerCertificate }

    fileprivate func receive(_ buffer: UnsafeMutableRawBufferPointer) -> TransferStep {
        if let session {
            // Asking the socket in vain costs as much as what is asked for.
            guard channel.isReadable || session.hasPending else { return .needsReading }
            let step = unsafe session.read(into: buffer)
            if session.hasDrained { channel.isReadable = channel.hasHungUp }
            return step
        }
        let count = unsafe recv(channel.descriptor, buffer.baseAddress, buffer.count, 0)
        if count == 0 { return .ended }
        if count > 0 {
            // A short read means there was no more, unless the peer has closed its half.
            if count < buffer.count { channel.isReadable = channel.hasHungUp }
            return .done(count)
        }
        return Self.failure(.needsReading)
    }

    fileprivate func transmit(_ buffer: UnsafeRawBufferPointer) -> TransferStep {
        if let session { return unsafe session.write(buffer) }
        let count = unsafe send(
            channel.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        return count >= 0 ? .done(count) : Self.failure(.needsWriting)
    }

    private static func failure(_ again: TransferStep) -> TransferStep {
        errno == EAGAIN || errno == EINTR ? again : .failed(systemText(errno))
    }
}

extension EventLoop {
    func handshake(_ connection: Connection, until deadline: Int64) async throws(WebError) {
        guard let session = connection.session else { return }
        while true {
            let step = session.handshake()
            guard try await settle(step, connection, deadline, .tls) == nil else {
                return connection.noteHandshake()
            }
        }
    }

    /// Reads what is there, waiting for the first byte; false when the other side has closed.
    func fill(_ connection: Connection, until deadline: Int64) async throws(WebError) -> Bool {
        while true {
            if connection.channel.isAborted { throw WebError(.closed, "cut off") }
            let step = unsafe scratch.withUnsafeMutableBytes { unsafe connection.receive($0) }
            if case .ended = step { return false }
            if let count = try await settle(step, connection, deadline, .closed) {
                connection.input.append(contentsOf: scratch[..<count])
                return true
            }
        }
    }

    /// Writes everything. `stall` is how long the other side may take no byte at all; `deadline`
    /// bounds the whole.
    func write(
        _ bytes: [UInt8], _ connection: Connection, stall: Int64, until deadline: Int64 = .max
    ) async throws(WebError) {
        var offset = 0
        while offset < bytes.count {
            let step = unsafe bytes.withUnsafeBytes { buffer in
                unsafe connection.transmit(UnsafeRawBufferPointer(rebasing: buffer[offset...]))
            }
            let limit = min(deadline, monotonicMilliseconds() + stall)
            if let count = try await settle(step, connection, limit, .closed) { offset += count }
        }
    }

    /// The count of a step that was done; nil when it has to be tried again after waiting.
    private func settle(
        _ step: TransferStep, _ connection: Connection, _ deadline: Int64, _ code: WebError.Code
    ) async throws(WebError) -> Int? {
        switch step {
        case .done(let count):
            return count
        case .needsReading:
            connection.channel.isReadable = false
            try await wait(for: .reading, connection.channel, until: deadline)
            return nil
        case .needsWriting:
            connection.channel.isWritable = false
            try await wait(for: .writing, connection.channel, until: deadline)
            return nil
        case .ended:
            throw WebError(.closed, "the other side closed the connection")
        case .failed(let text):
            throw WebError(code, text)
        }
    }

    /// Ends a connection in good order: says goodbye, then lets the descriptor go.
    func close(_ connection: Connection) {
        connection.session?.sendClose()
        release(connection.channel)
    }
}
