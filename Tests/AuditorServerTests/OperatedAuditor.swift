import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Web

/// An auditor with an operator, and how the operator's orders come to it.
struct OperatedAuditor: Sendable {
    let world: AuditWorld
    let client: HTTPClient
    let boss: KeyPair

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
        boss = try KeyPair()
    }

    /// Writes the files of auditor `a1` on a port of its own.
    /// - Returns: the path of its configuration.
    func configure(policy: String = "device-performance.json") async throws -> String {
        let path = try world.configureAuditor("a1", policy: policy, port: try await freePort())
        try world.give("a1", operators: [boss.did])
        return path
    }

    static func start(_ path: String) async throws -> AuditorServer {
        try await AuditorServer.start(try AuditorConfiguration(path: path), log: { _ in })
    }

    /// An order of the operator, or of somebody else, given now.
    func order(
        _ name: String, _ arguments: JSON, to auditor: AuditorServer, by key: KeyPair? = nil
    ) throws -> Operation {
        try Operation.sign(
            name, arguments, network: AuditWorld.network, issuer: auditor.service.issuer,
            id: SecureRandom.uuid(), at: Instant(seconds: SystemClock.now().seconds),
            key: (key ?? boss).key)
    }

    func send(_ operation: Operation, to auditor: AuditorServer) async throws -> Response {
        try await post(
            "/v1/operations", ["operation": JSON(operation.jws.compact)], to: auditor)
    }

    func post(_ path: String, _ body: JSON, to auditor: AuditorServer) async throws -> Response {
        try await client.send(
            "POST", "\(auditor.service.issuer)\(path)",
            headers: [("content-type", "application/json")], body: body.bytes,
            deadlineMilliseconds: 60_000)
    }
}
