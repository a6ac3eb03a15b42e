import Credentials
import Cryptography
import Encoding
import Foundation
import Storage
import TestSupport
import Web

@testable import AuditorServer
@testable import accredit

/// One auditor as a process of its own that ends like after a power cut at a named point, and is
/// started again as often as it ends.
final class CrashAuditor {
    /// It was asked too often without an answer.
    struct Stalled: Error {}

    let issuer: String
    let home: String
    let ring: KeyRingFolder
    private let world: AuditWorld
    private let client: HTTPClient
    private let configuration: String
    private var child: ChildProcess?
    /// What the disk loses each time it ends by itself: for auditors with a fault.
    var loss: (@Sendable (Storage.Connection) throws -> Void)?
    /// How often a request is made before its answer is given up.
    var attemptsMaximum = 3_000
    /// How often it ended by itself.
    private(set) var endings = 0

    /// Writes an auditor that reviews, takes orders, pays deposits back, large ones with the
    /// approval of two operators, and listens on a free port.
    init(
        _ name: String, in world: AuditWorld, ledger: String, operators: [String],
        reviewers: [String]
    ) async throws {
        let port = try await freePort()
        self.world = world
        client = HTTPClient(trust: world.trust)
        configuration = try world.configureAuditor(
            name, policy: "full-review.json", port: port, ledger: [ledger])
        try world.give(name, operators: operators)
        issuer = "https://127.0.0.1:\(port)"
        home = world.folder.file(name)
        ring = KeyRingFolder(path: "\(home)/keys")
        try KeyFile.write(
            try PrivateKey.generate(.es256), to: "\(home)/account.pem", passphrase: nil)
        let people = reviewers.enumerated().map { index, did -> JSON in
            ["did": JSON(did), "name": JSON("Reviewer \(index + 1)")]
        }
        try Self.add(
            [
                ("reviewers", .array(people)), ("account", "account.pem"),
                ("refunds", ["approvalAbove": "6000", "approvals": 2]),
            ], to: configuration)
    }

    private static func add(_ members: [(String, JSON)], to path: String) throws {
        let bytes = try DurableFile.read(path, maximumByteCount: 65_536)
        var object = try JSON.parse(bytes).objectValue ?? JSONObject()
        for (name, value) in members { object[name] = value }
        try DurableFile.write(JSON.object(object).bytes, to: path, replacing: true)
    }

    var logPath: String { "\(home)/log" }

    func start(_ options: [String] = []) throws {
        child = try ChildProcess(
            name: "auditor", program: BuiltCommand.path,
            arguments: ["auditor", "serve", "--config", configuration, "--stop-with-input"]
                + options,
            logPath: logPath)
    }

    /// Ends it like a power cut, if it runs.
    func stop() async throws {
        guard let child else { return }
        child.signal(SIGKILL)
        while child.poll() == nil { try await Task.sleep(for: .milliseconds(5)) }
        self.child = nil
    }

    /// Tells it to look at its files now.
    func hangUp() { child?.signal(SIGHUP) }

    /// Whether it has ended by itself, in a little while at most, or in a long one when it must.
    func hasEnded(mustEnd: Bool) async throws -> Bool {
        for _ in 0..<(mustEnd ? 6_000 : 100) where endings == 0 {
            try await startAgainIfEnded()
            try await Task.sleep(for: .milliseconds(10))
        }
        return endings > 0
    }

    private func startAgainIfEnded() async throws {
        guard let child, child.poll() != nil else { return }
        self.child = nil
        endings += 1
        if let loss { try await withStore(loss) }
        try start()
    }

    /// What it answers in the end, however often it has to be started for that.
    func ask(_ method: String, _ path: String, _ json: JSON? = nil) async throws -> Response {
        for _ in 0..<attemptsMaximum {
            let response = try? await client.send(
                method, issuer + path,
                headers: json == nil ? [] : [("content-type", "application/json")],
                body: json?.bytes ?? [], deadlineMilliseconds: 30_000)
            if let response, response.status < 500, response.status != 202 { return response }
            try await startAgainIfEnded()
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Stalled()
    }

    /// The points it told, in order.
    func points() throws -> [String] {
        let bytes = try DurableFile.read(logPath, maximumByteCount: 16 << 20)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            guard let json = try? JSON.parse(String(line)), json["event"] == "point" else {
                return nil
            }
            return json["point"]?.stringValue
        }
    }

    /// Works on its store while it does not run.
    @discardableResult
    func withStore<T: Sendable>(
        _ body: @escaping @Sendable (Storage.Connection) throws -> T
    ) async throws -> T {
        try await stop()
        let store = try AuditorStore(folder: "\(home)/data")
        defer { store.close() }
        return try await store.database.write(body)
    }
}
