import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct LocalServerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func serve(
        _ path: String, connections: Int = 4, deadline: Int64 = 60_000,
        answer: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0.reversed() }
    ) throws -> LocalServer {
        try LocalServer(
            path: path, maximumByteCount: 1000, deadlineMilliseconds: deadline,
            connectionCountMaximum: connections, answer: answer)
    }

    private func ask(_ line: String, _ path: String) async throws -> String {
        try await onThread {
            String(
                decoding: try LocalCall.exchange(
                    Array(line.utf8), with: path, maximumByteCount: 1000,
                    deadlineMilliseconds: 60_000), as: UTF8.self)
        }
    }

    @Test func `a question gets its answer, many at once too`() async throws {
        let path = folder.file("s")
        let server = try serve(path, connections: 64)
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<40 {
                group.addTask { (number, try await ask("a\(number)", path)) }
            }
            for try await (number, answer) in group {
                #expect(answer == String("a\(number)".reversed()))
            }
        }
        server.stop()
    }

    @Test func `only its own user can reach the socket`() throws {
        let path = folder.file("s")
        let server = try serve(path)
        var status = stat()
        #expect(unsafe stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        server.stop()
        #expect(unsafe stat(path, &status) != 0)
        let open = folder.file("open")
        #expect(unsafe mkdir(open, 0o700) == 0)
        #expect(unsafe chmod(open, 0o755) == 0)
        #expect(throws: WebError.self) { try serve("\(open)/s") }
        #expect(throws: WebError.self) {
            try serve(folder.file(String(repeating: "a", count: 200)))
        }
    }

    @Test func `two processes cannot listen at one path, and what a dead one left is no hindrance`()
        async throws
    {
        let path = folder.file("s")
        let server = try serve(path)
        #expect(throws: WebError.self) { try serve(path) }
        #expect(try await ask("ab", path) == "ba")
        server.stop()
        // A socket nobody listens on, as a killed process leaves it.
        do {
            let dead = try LocalSocket.make()
            try dead.listen(at: path)
        }
        let again = try serve(path)
        #expect(try await ask("ab", path) == "ba")
        again.stop()
    }

    @Test func `what is too long or never ends gets no answer`() async throws {
        let path = folder.file("s")
        let asked = Mutex(0)
        let server = try serve(path) { line in
            asked.withLock { $0 += 1 }
            return line
        }
        await #expect(throws: WebError.self) {
            _ = try await ask(String(repeating: "a", count: 1001), path)
        }
        await #expect(throws: WebError.self) { _ = try await ask("a\nb", path) }
        // Says nothing at all: hung up on.
        let impatient = try serve(folder.file("impatient"), deadline: 300)
        let told = try await onThread { [folder] in
            let socket = try LocalSocket.make()
            try socket.connect(to: folder.file("impatient"))
            return try? socket.readLine(
                maximumByteCount: 10, until: monotonicMilliseconds() + 60_000)
        }
        #expect(told == nil)
        impatient.stop()
        #expect(asked.withLock { $0 } == 0)
        #expect(try await ask("ok", path) == "ok")
        server.stop()
        await #expect(throws: WebError.self) { _ = try await ask("ok", path) }
    }
}
