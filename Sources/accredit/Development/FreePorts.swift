import Web

/// Ports that nothing listens on, found by listening for a moment.
enum FreePorts {
    /// `count` ports on this loopback address, all different.
    static func find(_ count: Int, host: String) async throws -> [UInt16] {
        var servers: [HTTPServer] = []
        var ports: [UInt16] = []
        for _ in 0..<count {
            let server = HTTPServer(
                router: Router(), address: SocketAddress(host: host, port: 0))
            ports.append(try server.start().port)
            servers.append(server)
        }
        for server in servers { await server.stop() }
        return ports
    }
}
