import Credentials
import Cryptography
import Encoding
import Foundation
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing
import Web

@testable import AuditorServer
@testable import accredit

/// `kill -9` between any two steps of a refund, on a real auditor and a real ledger: the deposit
/// goes back once, to whoever paid it, and the auditor's log tells each step once.
@Suite(.serialized, .timeLimit(.minutes(30))) struct RefundCrashTests {
    /// One auditor's server as a process, with the account of the network's first auditor.
    private final class Auditor {
        let network: TestNetwork
        let home: String
        private let port: UInt16
        private var child: ChildProcess?

        init(_ name: String, _ network: TestNetwork) async throws {
            self.network = network
            home = network.folder.file(name)
            port = try await freePort()
            let issuer = network.auditors[0].issuer
            let now = Instant(seconds: SystemClock.now().seconds)
            try DurableFile.makeDirectory(home)
            let tls = try DevelopmentAuthority.issue(
                server: name, directory: home, authority: network.folder.path)
            try KeyRingFolder(path: "\(home)/keys").create(
                issuer: issuer,
                window: Validity(
                    from: now.adding(milliseconds: -3_600_000),
                    until: now.adding(milliseconds: 86_400_000)), passphrase: nil, at: now)
            try KeyFile.write(
                try PrivateKey.generate(.ed25519), to: "\(home)/log.pem", passphrase: nil)
            try KeyFile.write(
                network.auditors[0].account.key, to: "\(home)/account.pem", passphrase: nil)
            let policy = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Policies/deposit-and-credit.json").path
            let configuration: JSON = [
                "issuer": JSON(issuer), "network": JSON(network.network),
                "listen": JSON("127.0.0.1:\(port)"),
                "tls": [
                    "certificate": JSON(tls.certificateChainPath), "key": JSON(tls.privateKeyPath),
                    "authority": JSON(network.nodes[0].configuration.tls.authority),
                ],
                "data": "data", "keyRing": "keys", "logKey": "log.pem", "account": "account.pem",
                "policy": JSON(policy), "ledger": [JSON(network.nodes[0].endpoint)],
                "creditSources": [],
                "challenge": [
                    "signatures": 1, "memoryMebibytes": 1, "deadlineMilliseconds": 1000,
                    "allowLoopback": true,
                ],
            ]
            try DurableFile.write(
                configuration.bytes, to: "\(home)/auditor.json", replacing: false)
        }

        func start(_ options: [String] = []) throws {
            child = try ChildProcess(
                name: "auditor", program: BuiltCommand.path,
                arguments: [
                    "auditor", "serve", "--config", "\(home)/auditor.json", "--stop-with-input",
                ] + options, logPath: "\(home)/log")
        }

        /// Whether it ended by itself, and was started again.
        func startAgainIfEnded() throws -> Bool {
            guard let child, child.poll() != nil else { return false }
            try start()
            return true
        }

        func stop() async throws {
            guard let child else { return }
            child.signal(SIGKILL)
            while child.poll() == nil { try await Task.sleep(for: .milliseconds(5)) }
            self.child = nil
        }

        func ask(_ method: String, _ path: String, _ json: JSON? = nil) async -> JSON? {
            let response = try? await network.client.send(
                method, "https://127.0.0.1:\(port)\(path)",
                headers: json == nil ? [] : [("content-type", "application/json")],
                body: json?.bytes ?? [], deadlineMilliseconds: 60_000)
            guard response?.status == 200 else { return nil }
            return try? response?.json()
        }

        /// The points that it passed, each once, in order.
        func points() throws -> [String] {
            let bytes = try DurableFile.read("\(home)/log", maximumByteCount: 16 << 20)
            var points: [String] = []
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                guard let json = try? JSON.parse(String(line)), json["event"] == "point",
                    let point = json["point"]?.stringValue, !points.contains(point)
                else { continue }
                points.append(point)
            }
            return points
        }

        /// What its log says of the refund.
        func steps() throws -> [String] {
            let store = try AuditorStore(folder: "\(home)/data")
            defer { store.close() }
            return try store.database.read { connection in
                try connection.query("SELECT entry FROM log_entries ORDER BY position", []) {
                    try JSON.parse($0.blob(0))["kind"]?.stringValue ?? ""
                }
            }.filter { $0.hasPrefix("refund.") || $0.hasPrefix("transaction.") }
        }
    }

    private static let words = ["efund", "Outbox", "LedgerSender", "transactions", "deposits"]

    private func balance(_ network: TestNetwork) async throws -> UInt64 {
        let account = try await network.get("/v1/accounts/\(network.voters[0].did)", from: 0)
        return UInt64(account["balance"]?.stringValue ?? "") ?? 0
    }

    /// A deposit is paid, an application with it refused, and the auditor sends the deposit back,
    /// however often it has to be started for that.
    /// - Returns: how often it ended by itself.
    private func run(
        _ auditor: Auditor, _ options: [String], _ network: TestNetwork
    ) async throws -> Int {
        let payer = network.voters[0]
        let node = try KeyPair()
        let account = try await network.get("/v1/accounts/\(payer.did)", from: 0)
        let pay = try network.sign(
            .depositPay(
                auditor: network.auditors[0].issuer, node: Identity(node.publicKey), amount: 10),
            by: payer, sequence: try #require(account["sequence"]?.uint64Value))
        #expect(try await network.run(pay, at: 0) == "ok")
        let application = try ApplicationDraft.test(
            network: network.network, consensusKey: try KeyPair(.ed25519).publicKey,
            at: Instant(seconds: SystemClock.now().seconds), deposits: [pay.id]
        ).sign(with: node.key)
        var endings = 0
        try auditor.start(options)
        let body: JSON = ["application": JSON(application.jws.compact)]
        var isRefused = false
        for _ in 0..<6_000 {
            endings += try auditor.startAgainIfEnded() ? 1 : 0
            if !isRefused {
                let answer = await auditor.ask("POST", "/v1/applications", body)
                isRefused = answer?["outcome"] == "refusal"
            }
            let refunds = await auditor.ask("GET", "/v1/refunds")?["refunds"]?.arrayValue ?? []
            if refunds.contains(where: { $0["state"] == "paid" }) { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        // What is told before the point is passed does not keep it from being passed.
        if options.first == "--end-at", endings == 0 {
            try await eventually("it ends at \(options)") { try auditor.startAgainIfEnded() }
            endings = 1
        }
        try await auditor.stop()
        let deposit = try await network.get("/v1/deposits/\(pay.id.text)", from: 0)
        #expect(deposit["state"] == "refunded")
        return endings
    }

    @Test func `killed at any point of it, a refund is paid once`() async throws {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in
            try await network.run(
                network.sign(
                    .transfer(to: Identity(network.auditors[0].account.publicKey), amount: 1),
                    by: network.registrar, sequence: 0), at: 0)
            let before = try await balance(network)
            let whole = try await Auditor("undisturbed", network)
            #expect(try await run(whole, ["--tell-points"], network) == 0)
            let steps = try whole.steps()
            #expect(
                steps == [
                    "refund.due", "refund.requested", "transaction.signed",
                    "transaction.committed", "refund.paid",
                ])
            let points = try whole.points().filter { point in
                Self.words.contains { point.contains($0) }
            }
            #expect(points.count >= 15, "\(points)")
            var endings = 0
            for (index, point) in points.enumerated() {
                let auditor = try await Auditor("killed\(index)", network)
                endings += try await run(auditor, ["--end-at", "\(point)#1"], network)
                let found = try auditor.steps()
                #expect(found == steps, "\(point)")
                let now = try await balance(network)
                #expect(now == before, "\(point)")
            }
            print("refund points: \(points.count) named, \(endings) kills")
            #expect(endings >= points.count)
        }
    }
}
