import CLinux
import Glibc

/// A stream socket of this machine under a path, with deadlines; blocking, for threads that may
/// wait. One request and one answer a connection, each a line.
@safe struct LocalSocket: ~Copyable {
    private let descriptor: Int32

    init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = close(descriptor) }

    static func make() throws(WebError) -> LocalSocket {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure(.system, "cannot make a socket") }
        return LocalSocket(owning: descriptor)
    }

    static func failure(_ code: WebError.Code, _ what: String) -> WebError {
        WebError(code, "\(what): \(systemText(errno))")
    }

    /// Calls with the path as an address.
    /// - Throws: `address` when the path is longer than the kernel takes (107 bytes).
    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(WebError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let size = MemoryLayout.size(ofValue: address.sun_path)
        guard !bytes.isEmpty, bytes.count < size, !bytes.contains(0) else {
            throw WebError(.address, "\(path): a socket's path has 1 to \(size - 1) bytes")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// - Throws: `connect` when nobody listens there.
    borrowing func connect(to path: String) throws(WebError) {
        let descriptor = descriptor
        let result = try unsafe Self.withAddress(path) { unsafe Glibc.connect(descriptor, $0, $1) }
        guard result == 0 else { throw Self.failure(.connect, "nobody answers at \(path)") }
    }

    /// Takes the path and listens there: nobody but this user can connect, from the first moment.
    /// - Throws: `portInUse` when somebody listens there already.
    borrowing func listen(at path: String) throws(WebError) {
        let descriptor = descriptor
        var result = try unsafe Self.withAddress(path) { unsafe bind(descriptor, $0, $1) }
        if result != 0, errno == EADDRINUSE {
            if (try? LocalSocket.make().connect(to: path)) != nil {
                throw WebError(.portInUse, "\(path) is in use by another process. Stop it first.")
            }
            // Left by a process that ended without tidying up.
            unsafe unlink(path)
            result = try unsafe Self.withAddress(path) { unsafe bind(descriptor, $0, $1) }
        }
        // Nobody can connect before listen, so the mode is right from the first connection.
        guard result == 0, unsafe chmod(path, 0o600) == 0, Glibc.listen(descriptor, 64) == 0 else {
            throw Self.failure(.system, "cannot listen at \(path)")
        }
    }

    /// The next caller; nil when the socket was shut down.
    borrowing func accept() -> LocalSocket? {
        while true {
            let caller = Glibc.accept(descriptor, nil, nil)
            if caller >= 0 {
                _ = fcntl(caller, F_SETFD, FD_CLOEXEC)
                return LocalSocket(owning: caller)
            }
            // Out of descriptors: those who have one will give it back.
            if errno == EMFILE || errno == ENFILE {
                usleep(10_000)
            } else if errno == EINVAL {
                return nil
            }
        }
    }

    /// Wakes whoever waits in `accept`.
    borrowing func shutDown() { _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The user on the other side, as the kernel knows it (unix(7), SO_PEERCRED).
    borrowing func peerUser() throws(WebError) -> uid_t {
        var credentials: (process: Int32, user: UInt32, group: UInt32) = (0, .max, .max)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard
            unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0,
            Int(size) == MemoryLayout.size(ofValue: credentials)
        else { throw Self.failure(.system, "cannot tell who calls") }
        return credentials.user
    }

    /// The bytes before a line end.
    /// - Throws: `tooLarge`, `timeout`, or `closed` before the line ended.
    borrowing func readLine(
        maximumByteCount: Int, until deadline: Int64
    ) throws(WebError) -> [UInt8] {
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            try wait(for: Int16(POLLIN), until: deadline)
            let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw WebError(.closed, "the line did not end") }
            if let end = chunk[..<count].firstIndex(of: UInt8(ascii: "\n")) {
                line += chunk[..<end]
                guard end == count - 1, line.count <= maximumByteCount else { break }
                return line
            }
            line += chunk[..<count]
            guard line.count <= maximumByteCount else { break }
        }
        throw WebError(.tooLarge, "one line of at most \(maximumByteCount) bytes is taken")
    }

    borrowing func writeLine(_ line: [UInt8], until deadline: Int64) throws(WebError) {
        let bytes = line + [UInt8(ascii: "\n")]
        var done = 0
        while done < bytes.count {
            try wait(for: Int16(POLLOUT), until: deadline)
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe send(
                    descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw Self.failure(.closed, "the other side is gone") }
            done += count
        }
    }

    private borrowing func wait(for event: Int16, until deadline: Int64) throws(WebError) {
        while true {
            let left = deadline - monotonicMilliseconds()
            guard left > 0 else { throw WebError(.timeout, "the other side is too slow") }
            var waiting = pollfd(fd: descriptor, events: event, revents: 0)
            let result = unsafe poll(&waiting, 1, Int32(clamping: left))
            if result > 0 { return }
            if result < 0, errno != EINTR { throw Self.failure(.system, "cannot wait") }
        }
    }
}
