import Synchronization
import Web

/// A port on 127.0.0.1 that nothing listens on, for servers whose own address is part of their
/// identity. Below the range from which the system takes ports for outgoing connections, so that no
/// client of another test is on it a moment later.
package func freePort() async throws -> UInt16 {
    while true {
        let port = next.withLock { port in
            port = port < 31_000 ? port + 1 : 15_000
            return port
        }
        let server = HTTPServer(
            router: Router(), address: SocketAddress(host: "127.0.0.1", port: port))
        guard (try? server.start()) != nil else { continue }
        await server.stop()
        return port
    }
}

private let next = Mutex(UInt16.random(in: 15_000..<31_000))
