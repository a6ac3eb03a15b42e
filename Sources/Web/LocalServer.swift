import Glibc
import Synchronization

/// One question to a process of this machine, over its unix socket.
package enum LocalCall {
    /// Blocks until the answer is there.
    /// - Throws: `connect` when nobody listens, `timeout`, `closed` or `tooLarge`.
    package static func exchange(
        _ line: [UInt8], with path: String, maximumByteCount: Int, deadlineMilliseconds: Int64
    ) throws(WebError) -> [UInt8] {
        let deadline = monotonicMilliseconds() + deadlineMilliseconds
        let socket = try LocalSocket.make()
        try socket.connect(to: path)
        try socket.writeLine(line, until: deadline)
        return try socket.readLine(maximumByteCount: maximumByteCount, until: deadline)
    }
}

/// Answers questions of processes of the same user, over a unix socket of mode 0600 in a folder of
/// mode 0700. Each connection has a thread, and may ask one question in bounded time.
package final class LocalServer: Sendable {
    package let path: String
    private let listener: Listener
    private let answer: @Sendable ([UInt8]) -> [UInt8]
    private let maximumByteCount: Int
    private let deadlineMilliseconds: Int64
    private let connectionCountMaximum: Int
    private let connectionCount = Mutex(0)

    private final class Listener: Sendable {
        let socket: LocalSocket
        init(_ socket: consuming LocalSocket) { self.socket = socket }
    }

    /// - Parameters:
    ///   - deadlineMilliseconds: for the question and the answer of one connection.
    ///   - connectionCountMaximum: more at one time are hung up on.
    ///   - answer: called on threads that may wait.
    /// - Throws: `portInUse`, `address`, or `system` when the folder is open to others.
    package init(
        path: String, maximumByteCount: Int, deadlineMilliseconds: Int64,
        connectionCountMaximum: Int, answer: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) throws(WebError) {
        self.path = path
        self.maximumByteCount = maximumByteCount
        self.deadlineMilliseconds = deadlineMilliseconds
        self.connectionCountMaximum = connectionCountMaximum
        self.answer = answer
        try Self.checkFolder(of: path)
        let socket = try LocalSocket.make()
        try socket.listen(at: path)
        listener = Listener(socket)
        try startThread { [self] in run() }
    }

    /// Takes no more questions; those under way are answered.
    package func stop() {
        listener.socket.shutDown()
        unsafe unlink(path)
    }

    private func run() {
        while let caller = listener.socket.accept() {
            let isFree = connectionCount.withLock { count in
                guard count < connectionCountMaximum else { return false }
                count += 1
                return true
            }
            guard isFree else { continue }
            let caller = Listener(caller)
            do throws(WebError) {
                try startThread { [self] in
                    serve(caller.socket)
                    connectionCount.withLock { $0 -= 1 }
                }
            } catch {
                connectionCount.withLock { $0 -= 1 }
            }
        }
    }

    /// Whoever is another user, too slow or too long gets no answer.
    private func serve(_ caller: borrowing LocalSocket) {
        let deadline = monotonicMilliseconds() + deadlineMilliseconds
        do throws(WebError) {
            guard try caller.peerUser() == geteuid() else { return }
            let question = try caller.readLine(
                maximumByteCount: maximumByteCount, until: deadline)
            try caller.writeLine(answer(question), until: deadline)
        } catch {
            return
        }
    }

    private static func checkFolder(of path: String) throws(WebError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let folder = parts.isEmpty ? "." : parts.joined(separator: "/")
        var status = stat()
        guard unsafe stat(folder.isEmpty ? "/" : folder, &status) == 0 else {
            throw LocalSocket.failure(.system, "cannot examine \(folder)")
        }
        guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() else {
            throw WebError(
                .system,
                "\(folder) is open to others, so they could put a socket of their own there. Give "
                    + "the socket a folder of its own: chmod 700 \(folder)")
        }
    }
}
