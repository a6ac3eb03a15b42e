import CLinux
import Glibc
import Synchronization

/// Turns a host name into addresses. The system's resolver blocks, so it runs on a thread of its
/// own; whoever waits leaves at the deadline, whatever the thread does.
enum Resolver {
    static func addresses(
        of address: SocketAddress, until deadline: Int64
    ) async throws(WebError) -> [SystemAddress] {
        if let literal = try? SystemAddress(address) { return [literal] }
        let once = Once()
        var timer: Task<Void, Never>?
        let result = await withCheckedContinuation { continuation in
            once.set(continuation)
            do throws(WebError) {
                try startThread { once.finish(lookUp(address)) }
            } catch {
                once.finish(.failure(error))
            }
            timer = Task {
                let left = max(0, deadline - monotonicMilliseconds())
                guard (try? await Task.sleep(for: .milliseconds(left))) != nil else { return }
                once.finish(
                    .failure(WebError(.timeout, "\(address.host) was not resolved in time")))
            }
        }
        timer?.cancel()
        return try result.get()
    }

    private typealias Outcome = Result<[SystemAddress], WebError>

    /// Resumes its continuation with the first outcome and forgets the others.
    private final class Once: Sendable {
        private let continuation = Mutex<CheckedContinuation<Outcome, Never>?>(nil)

        func set(_ continuation: CheckedContinuation<Outcome, Never>) {
            self.continuation.withLock { $0 = continuation }
        }

        func finish(_ outcome: Outcome) {
            let waiting = continuation.withLock { continuation in
                let waiting = continuation
                continuation = nil
                return waiting
            }
            waiting?.resume(returning: outcome)
        }
    }

    private static func lookUp(_ address: SocketAddress) -> Outcome {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(address.host, "\(address.port)", &hints, &list)
        guard code == 0 else {
            let reason = unsafe String(cString: gai_strerror(code))
            return .failure(
                WebError(.address, "cannot find the host \(address.host): \(reason)"))
        }
        defer { unsafe freeaddrinfo(list) }
        var found: [SystemAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let source = unsafe entry.pointee.ai_addr {
                let count = unsafe entry.pointee.ai_addrlen
                let copy = unsafe SystemAddress { pointer, length in
                    unsafe memcpy(pointer, source, Int(min(count, length.pointee)))
                    unsafe length.pointee = count
                }
                found.append(copy)
            }
            unsafe next = unsafe entry.pointee.ai_next
        }
        return .success(found)
    }
}
