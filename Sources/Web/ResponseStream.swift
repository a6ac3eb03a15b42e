/// A body that comes bit by bit, for as long as both sides want it. The connection serves nothing
/// else afterwards.
package struct ResponseStream: Sendable {
    let chunks: AsyncStream<[UInt8]>
    /// Ends `chunks`; called when the reader is gone, takes too long, or the server stops.
    let cancel: @Sendable () -> Void

    package init(_ chunks: AsyncStream<[UInt8]>, cancel: @escaping @Sendable () -> Void) {
        self.chunks = chunks
        self.cancel = cancel
    }
}

extension EventLoop {
    /// Sends what the stream brings until it ends, the peer goes, or it takes nothing for as long
    /// as the server's limit for stalled answers.
    /// - Returns: the bytes of body sent.
    func pump(
        _ stream: ResponseStream, _ connection: Connection,
        _ circumstances: MessageWriter.Circumstances, _ core: ServerCore
    ) async -> Int {
        let channel = connection.channel
        guard !circumstances.isHead, !channel.hasHungUp, !channel.isAborted, !core.isStopping else {
            return 0
        }
        // Between two chunks a server that stops may cut the connection at once.
        channel.isIdle = true
        channel.onEnd = stream.cancel
        defer {
            channel.onEnd = nil
            channel.isIdle = false
        }
        let stall = core.limits.writeStallMilliseconds
        var count = 0
        do throws(WebError) {
            for await chunk in stream.chunks where !chunk.isEmpty {
                var bytes = chunk
                if !circumstances.isVersion10 {
                    let size = String(chunk.count, radix: 16)
                    bytes = Array("\(size)\r\n".utf8) + chunk + Array("\r\n".utf8)
                }
                let deadline = monotonicMilliseconds() + stall
                try await write(bytes, connection, stall: stall, until: deadline)
                count += chunk.count
            }
            if !circumstances.isVersion10, !channel.hasHungUp {
                try await write(Array("0\r\n\r\n".utf8), connection, stall: stall)
            }
        } catch {
            // The peer is gone or stalls: the connection ends either way.
        }
        return count
    }
}
