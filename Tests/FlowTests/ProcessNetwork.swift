import Cryptography
import Encoding
import Foundation
import Ledger
import LedgerNode
import Storage
import Synchronization
import TestSupport
import Web

@testable import accredit

/// Four ledger nodes and four voting gateways, each a process of its own that may be ended or
/// halted without warning, and gateways' stores that are lost or restored from a backup.
final class ProcessNetwork: Sendable {
    struct Server: Sendable {
        let name: String
        let url: String
        let folder: String
        /// The noun that serves it.
        let noun: String

        var configuration: String { "\(folder)/\(noun).json" }
        var data: String { "\(folder)/data" }
        var backup: String { "\(folder)/backup" }
    }

    static let gatewayCount = 4

    let test: TestNetwork
    let nodes: [Server]
    let gateways: [Server]
    private let children = Mutex<[String: ChildProcess]>([:])

    var servers: [Server] { nodes + gateways }

    init(voters: Int) async throws {
        let test = try await TestNetwork {
            $0.representatives = 4
            $0.voters = voters
            $0.electionInterval = 6
            $0.seats = 4
            $0.minimumSeats = 4
            $0.blockInterval = 100
            $0.heartbeat = 500
        }
        self.test = test
        let nodes = try test.nodes.map { node in
            let folder = test.folder.file(node.name)
            let server = Server(
                name: node.name, url: node.endpoint, folder: folder, noun: "node")
            let files = node.configuration
            try Self.write(
                [
                    "listen": JSON(files.listen), "endpoint": JSON(node.endpoint),
                    "tls": Self.tls(
                        files.tls.certificate, files.tls.key, files.tls.authority),
                    "data": JSON(server.data), "genesis": JSON(test.genesisPath),
                    "nodeKey": JSON(files.nodeKey), "consensusKey": JSON(files.consensusKey),
                    "peers": .array(files.peers.map { JSON($0) }),
                ], to: server)
            return server
        }
        var gateways: [Server] = []
        for index in 0..<Self.gatewayCount {
            let name = "gateway\(index)"
            let folder = test.folder.file(name)
            try DurableFile.makeDirectory(folder)
            let tls = try DevelopmentAuthority.issue(
                server: name, directory: folder, authority: test.folder.path)
            let address = "127.0.0.1:\(try await freePort())"
            let server = Server(
                name: name, url: "https://\(address)", folder: folder, noun: "gateway")
            // Each asks another node first.
            let ledger = (0..<nodes.count).map { JSON(nodes[($0 + index) % nodes.count].url) }
            try Self.write(
                [
                    "listen": JSON(address), "data": JSON(server.data),
                    "network": JSON(test.network), "open": true, "ledger": .array(ledger),
                    "tls": Self.tls(
                        tls.certificateChainPath, tls.privateKeyPath,
                        test.nodes[0].configuration.tls.authority),
                ], to: server)
            gateways.append(server)
        }
        self.nodes = nodes
        self.gateways = gateways
    }

    private static func tls(_ certificate: String, _ key: String, _ authority: String) -> JSON {
        [
            "certificate": JSON(certificate), "key": JSON(key), "authority": JSON(authority),
        ]
    }

    private static func write(_ json: JSON, to server: Server) throws {
        try DurableFile.write(json.bytes, to: server.configuration, replacing: false)
    }

    // MARK: Processes

    func start(_ server: Server) throws {
        let child = try ChildProcess(
            name: server.name, program: BuiltCommand.path,
            arguments: [
                server.noun, "serve", "--config", server.configuration, "--stop-with-input",
            ], logPath: "\(server.folder)/log")
        children.withLock { $0[server.name] = child }
    }

    /// Ends it as a power cut would.
    func kill(_ server: Server) async throws {
        guard let child = children.withLock({ $0.removeValue(forKey: server.name) }) else { return }
        child.signal(SIGKILL)
        while child.poll() == nil { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Halts it, which nobody can tell from a network that is cut, or lets it go on.
    func halt(_ server: Server, _ isHalted: Bool) {
        children.withLock { $0[server.name] }?.signal(isHalted ? SIGSTOP : SIGCONT)
    }

    func backUp(_ gateway: Server) throws {
        try? FileManager.default.removeItem(atPath: gateway.backup)
        try FileManager.default.copyItem(atPath: gateway.data, toPath: gateway.backup)
    }

    /// Restores the backup; without one the store is lost.
    func restore(_ gateway: Server) throws {
        try FileManager.default.removeItem(atPath: gateway.data)
        if FileManager.default.fileExists(atPath: gateway.backup) {
            try FileManager.default.moveItem(atPath: gateway.backup, toPath: gateway.data)
        }
    }

    func waitUntilReady() async throws {
        let end = SystemClock.monotonicMilliseconds() + 300_000
        for server in servers {
            while await status(of: server) != 200 {
                guard SystemClock.monotonicMilliseconds() < end else {
                    let log = children.withLock { $0[server.name] }?.logTail() ?? "it has ended"
                    throw Failure(.failure, "test.stalled", "\(server.name) is not ready: \(log)")
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func status(of server: Server) async -> Int? {
        try? await test.client.send(
            "GET", "\(server.url)/readyz", deadlineMilliseconds: 20_000
        ).status
    }

    func stop() async throws {
        for server in servers { try await kill(server) }
    }

    // MARK: Requests

    /// Hands a vote in, to a gateway or a node; nil when no answer came.
    func hand(_ vote: Transaction, to server: Server) async -> Response? {
        let path = server.noun == "node" ? "/v1/transactions" : "/v1/votes?wait=0"
        let json: JSON = ["transaction": JSON(vote.jws.compact)]
        return try? await test.client.send(
            "POST", server.url + path, headers: [("content-type", "application/json")],
            body: json.bytes, deadlineMilliseconds: 60_000)
    }

    /// What a server tells of something; nil where it knows nothing.
    func ask(_ server: Server, _ path: String) async throws -> JSON? {
        let response = try await test.client.send(
            "GET", server.url + path, deadlineMilliseconds: 60_000)
        guard response.status != 404 else { return nil }
        guard response.status == 200 else {
            throw Failure(
                .failure, "test.answer",
                "\(server.name) \(path): \(response.status) "
                    + String(decoding: response.body, as: UTF8.self))
        }
        return try response.json()
    }
}
