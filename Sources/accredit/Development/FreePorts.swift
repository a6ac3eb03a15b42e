import Cryptography
import Web

/// Ports that nothing listens on, found by listening for a moment.
enum FreePorts {
    /// Below the range from which the system takes ports for outgoing connections, so that no
    /// client is on one of them when its server starts.
    private static let range = 15_000..<31_000

    /// `count` ports on this loopback address, all different.
    static func find(_ count: Int, host: String) async throws -> [UInt16] {
        let offset = Int(SecureRandom.uint64(below: UInt64(range.count)))
        var ports: [UInt16] = []
        for step in 0..<range.count where ports.count < count {
            let port = UInt16(range.lowerBound + (offset + step) % range.count)
            let server = HTTPServer(
                router: Router(), address: SocketAddress(host: host, port: port))
            guard (try? server.start()) != nil else { continue }
            await server.stop()
            ports.append(port)
        }
        guard ports.count == count else {
            throw Failure(
                .conflict, "ports", "fewer than \(count) ports are free on \(host)",
                fix: "end other servers, or choose with --first-port")
        }
        return ports
    }
}
