import Glibc
import Testing

@testable import Web

/// Accepts connections one after the other on threads of its own and answers each request head
/// with bytes given in advance, whatever they are.
final class FakeServer: Sendable {
    let address: SocketAddress
    private let listener: Int32

    /// For each connection what it answers, request by request; then it is closed, or held open and
    /// silent. The last entry serves all further connections.
    init(_ script: [[String]], holdsOpen: Bool = false) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let system = try SystemAddress(try SocketAddress("127.0.0.1:0"))
        let status = unsafe system.withPointer { unsafe bind(descriptor, $0, $1) }
        guard status == 0, listen(descriptor, 16) == 0 else {
            throw WebError(.system, systemText(errno))
        }
        listener = descriptor
        address = unsafe SystemAddress { unsafe getsockname(descriptor, $0, $1) }.socketAddress
        try startThread {
            var turn = 0
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else {
                    close(descriptor)
                    return
                }
                let answers = script[min(turn, script.count - 1)]
                turn += 1
                try? startThread { Self.serve(connection, answers, holdsOpen) }
            }
        }
    }

    /// The thread closes the socket: here, its number could be another's before the thread knew.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ connection: Int32, _ answers: [String], _ holdsOpen: Bool) {
        for answer in answers {
            guard readHead(connection) else { break }
            let bytes = Array(answer.utf8)
            _ = unsafe send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
        if holdsOpen { while readHead(connection) {} }
        close(connection)
    }

    private static func readHead(_ connection: Int32) -> Bool {
        var seen: [UInt8] = []
        var byte: UInt8 = 0
        while !seen.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard unsafe recv(connection, &byte, 1, 0) == 1 else { return false }
            seen.append(byte)
        }
        return true
    }
}
