import Glibc
import Testing

@testable import Web

/// A blocking client that sends bytes as they are: what no well-behaved client would.
final class RawSocket: @unchecked Sendable {
    private let descriptor: Int32

    init(_ address: SocketAddress) throws {
        let system = try SystemAddress(address)
        descriptor = socket(system.family, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var patience = timeval(tv_sec: 120, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
            socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        unsafe setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one,
            socklen_t(MemoryLayout<Int32>.size))
        let status = unsafe system.withPointer { unsafe connect(descriptor, $0, $1) }
        guard status == 0 else { throw WebError(.connect, systemText(errno)) }
    }

    deinit { close(descriptor) }

    /// Sends everything, or what the other side takes before it closes.
    func send(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            offset += count
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Up to the end of the connection.
    func receiveAll() -> String {
        var text: [UInt8] = []
        while let part = receive() { text += part }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether something has come that was not received yet, or the end.
    var hasInput: Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&wanted, 1, 0) > 0
    }

    /// What comes next; nil at the end, on an error, or after two minutes of silence.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return count > 0 ? Array(buffer[..<count]) : nil
        }
    }

    /// Reads until `count` complete answers with Content-Length have come.
    func receiveAnswers(_ count: Int) -> [String] {
        var reader = MessageReader<ResponseHead>()
        var input: [UInt8] = []
        var position = 0
        var answers: [String] = []
        while answers.count < count {
            switch try? reader.advance(input, &position) {
            case .complete:
                answers.append(String(decoding: reader.body, as: UTF8.self))
                reader = MessageReader()
            case .head: continue
            case .needsMore:
                guard let part = receive() else { return answers }
                input += part
            case nil: return answers
            }
        }
        return answers
    }
}

/// Starts a server on a free port of the loopback interface, and stops it after `body`.
func withServer<Result>(
    limits: ServerLimits = ServerLimits(), tls: TLSIdentity? = nil,
    metrics: MetricRegistry? = nil, lines: Lines? = nil,
    routes: (inout Router) -> Void = { $0.addExamples() },
    body: (SocketAddress) async throws -> Result
) async throws -> Result {
    var router = Router()
    routes(&router)
    let server = HTTPServer(
        router: router, address: try SocketAddress("127.0.0.1:0"), tls: tls, limits: limits,
        metrics: metrics, log: { lines?.append($0) })
    let address = try server.start()
    do {
        let result = try await body(address)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}

extension Router {
    mutating func addExamples() {
        on("GET", "/hello", summary: "Says hello") { _ in .text("hello") }
        on("POST", "/echo", maximumBodyByteCount: 64 * 1024) { request in
            .bytes(request.body, contentType: "application/octet-stream")
        }
        on("GET", "/items/{name}") { request in .text(request["name"]) }
    }
}
