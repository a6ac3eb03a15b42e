import Glibc
import Testing

@testable import Web

@Suite(.serialized) struct ServerTests {
    @Test func `answers several requests over one connection`() async throws {
        try await withServer { address in
            let socket = try RawSocket(address)
            for _ in 0..<3 {
                socket.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(socket.receiveAnswers(1) == ["hello"])
            }
        }
    }

    @Test func `answers pipelined requests in order`() async throws {
        try await withServer { address in
            let socket = try RawSocket(address)
            let requests = (0..<20).map { "GET /items/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
            socket.send(requests.joined())
            #expect(socket.receiveAnswers(20) == (0..<20).map { "\($0)" })
        }
    }

    @Test func `the client gets an answer and keeps its connection`() async throws {
        try await withServer { address in
            let client = HTTPClient()
            for count in [0, 1, 60_000] {
                let body = [UInt8](repeating: 7, count: count)
                let response = try await client.send(
                    "POST", "http://\(address)/echo", body: body, deadlineMilliseconds: 20_000)
                #expect(response.status == 200)
                #expect(response.body == body)
            }
        }
    }
}
