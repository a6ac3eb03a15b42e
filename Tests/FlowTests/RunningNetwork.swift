import Credentials
import Cryptography
import Encoding
import Foundation
import Ledger
import Storage
import TestSupport
import Web

@testable import accredit

/// A development network of real processes, for tests that end some of them.
final class RunningNetwork: Sendable {
    let network: DevelopmentNetwork
    let supervisor: Supervisor
    let client: HTTPClient
    private let folder: TemporaryFolder
    private let passphrase: [UInt8]

    /// Starts three auditors, the aggregator and four ledger nodes, and waits until all are ready.
    init() async throws {
        folder = try TemporaryFolder()
        network = try await .forTest(in: folder, voterCount: 2)
        try network.write(at: SystemClock.now())
        for auditor in network.auditors { try AuditWorld.makePatient(auditor.place.folder) }
        passphrase = try SecretFile.passphrase(network.passphraseFile)
        client = HTTPClient(trust: TrustAnchors(path: network.authority))
        supervisor = Supervisor(network, program: BuiltCommand.path)
        try await supervisor.start(progress: Progress(.quiet))
    }

    func stop() { supervisor.stop() }

    func ledger(_ node: DevelopmentNetwork.Node) -> LedgerClient {
        LedgerClient(node: node.place.url, http: client)
    }

    func signer(_ path: String, isProtected: Bool) throws -> Signer {
        Signer(try KeyFile.read(path, passphrase: isProtected ? passphrase : nil))
    }

    func height(of node: DevelopmentNetwork.Node) async throws -> Int64 {
        try await ledger(node).status()["height"]?.int64Value ?? -1
    }

    /// Waits until `node` has a block of this height.
    func wait(for height: Int64, at node: DevelopmentNetwork.Node) async throws {
        let end = SystemClock.monotonicMilliseconds() + 180_000
        while try await self.height(of: node) < height {
            guard SystemClock.monotonicMilliseconds() < end else {
                throw Failure(
                    .failure, "test.stalled", "\(node.place.name) did not reach block \(height)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func block(_ height: Int64, of node: DevelopmentNetwork.Node) async throws -> JSON {
        try await Service(noun: "node", base: node.place.url, http: client)
            .get("/v1/blocks/\(height)")
    }

    /// Pays both deposits for `node` and returns what an application of it carries.
    func qualify(_ node: DevelopmentNetwork.Node) async throws -> Qualifications {
        let signer = try signer(node.nodeKey, isProtected: true)
        var deposits: [Digest] = []
        for auditor in network.auditors.dropFirst() {
            let transaction = try await ledger(node).sign(
                .depositPay(
                    auditor: auditor.place.url, node: try Identity(did: signer.did), amount: 1000),
                by: signer, network: network.network)
            _ = try await ledger(node).commit(transaction, timeoutMilliseconds: 180_000)
            deposits.append(transaction.id)
        }
        let now = Instant(seconds: SystemClock.now().seconds)
        let creditKey = try KeyFile.read(network.creditSourceKey, passphrase: nil)
        let credit = try CreditStatement.sign(
            source: DevelopmentNetwork.creditSourceName, account: signer.did,
            network: network.network, score: 742,
            validity: Validity(from: now, until: now.adding(milliseconds: 86_400_000)),
            key: creditKey)
        return Qualifications(
            device: Qualifications.Device(
                cores: 4, memoryMebibytes: 8_192, diskMebibytes: 50_000,
                verificationsPerSecond: 20_000, durableWritesPerSecond: 1_000, measuredAt: now),
            deposits: deposits, credit: credit.jws.compact)
    }

    /// How long a node's deposits take on this machine, in seconds: what it has to be measured by
    /// where something must be done in time.
    func pace(_ node: DevelopmentNetwork.Node) async throws -> Int64 {
        let began = SystemClock.monotonicMilliseconds()
        _ = try await qualify(node)
        return (SystemClock.monotonicMilliseconds() - began + 999) / 1000
    }

    /// Hands in a fresh application of `node` and waits for every auditor's answer.
    func apply(
        _ node: DevelopmentNetwork.Node, _ qualifications: Qualifications,
        validForSeconds: Int64? = nil
    ) async throws -> (application: Application, progress: ApplicationProgress) {
        let key = try KeyFile.read(node.nodeKey, passphrase: passphrase)
        let application = try ApplicationDraft(
            network: network.network, operatorName: "Flow test", endpoint: node.place.url,
            consensusKey: try network.publicKey(node.consensusKey),
            issuedAt: Instant(seconds: SystemClock.now().seconds),
            nonce: SecureRandom.bytes(16), validForSeconds: validForSeconds,
            qualifications: qualifications
        ).sign(with: key)
        return (application, try await progress(of: application))
    }

    /// What the aggregator has of an application, once every auditor has answered or failed.
    func progress(of application: Application) async throws -> ApplicationProgress {
        let aggregator = AggregatorClient(url: network.aggregator.url, http: client)
        let id = try await aggregator.submit(application.jws.compact)
        return try await aggregator.wait(for: id, complete: true, timeoutMilliseconds: 180_000)
    }
}

extension DevelopmentNetwork {
    /// A network in a test's folder, on free ports, with this checkout's policies.
    static func forTest(
        in folder: TemporaryFolder, voterCount: Int
    ) async throws -> DevelopmentNetwork {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        var parameters = Parameters()
        parameters.voterCount = voterCount
        // An auditor that has ended refuses the call, so only a busy machine is waited for.
        parameters.aggregatorDeadlineMilliseconds = 60_000
        return DevelopmentNetwork(
            folder: folder.file("net"), network: "dev-test",
            policyFolder: root.appendingPathComponent("Policies").path, applicants: [],
            host: "127.0.0.1",
            ports: try await FreePorts.find(portCount(applicants: 0), host: "127.0.0.1"),
            parameters: parameters)
    }
}

extension Console {
    /// Prints nothing.
    static let quiet = Console(
        format: .json, isTerminal: false, usesColor: false, writeData: { _ in },
        writeMessage: { _ in })
}
