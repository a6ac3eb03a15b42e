import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing
import VotingGateway
import Web

/// A one-node ledger with a candidate to vote for, and a gateway before it that can be started
/// again over the same store.
struct GatewayWorld: Sendable {
    let ledger: TestNetwork
    let url: String
    private let configurationPath: String

    var voter: KeyPair { ledger.voters[0] }
    var candidate: Identity { ledger.nodes[0].identity }

    init() async throws {
        ledger = try await TestNetwork()
        let home = ledger.folder.file("gateway")
        try DurableFile.makeDirectory(home)
        let tls = try DevelopmentAuthority.issue(
            server: "gateway", directory: home, authority: ledger.folder.path)
        let port = try await freePort()
        url = "https://127.0.0.1:\(port)"
        configurationPath = "\(home)/gateway.json"
        let configuration: JSON = [
            "listen": JSON("127.0.0.1:\(port)"), "data": "data", "network": JSON(ledger.network),
            "tls": [
                "certificate": JSON(tls.certificateChainPath), "key": JSON(tls.privateKeyPath),
                "authority": JSON(ledger.nodes[0].configuration.tls.authority),
            ],
            "ledger": [JSON(ledger.nodes[0].endpoint)],
        ]
        try DurableFile.write(configuration.bytes, to: configurationPath, replacing: false)
    }

    func withGateway(_ body: () async throws -> Void) async throws {
        let gateway = try await GatewayServer.start(
            GatewayConfiguration(path: configurationPath), log: { _ in })
        do { try await body() } catch {
            await gateway.stop()
            throw error
        }
        await gateway.stop()
    }

    /// Makes the node a candidate.
    func stand() async throws {
        let transaction = try ledger.sign(
            .candidateAdd([try ledger.candidacy(of: 0)]), by: ledger.nodes[0].pair, sequence: 0)
        let code = try await ledger.run(transaction, at: 0)
        #expect(code == "ok")
    }

    func vote(_ votes: Int64, sequence: UInt64) throws -> Transaction {
        try ledger.sign(
            .vote([VoteChange(candidate: candidate, votes: votes)]), by: voter, sequence: sequence)
    }

    func post(_ compact: String, wait: Int = 20_000) async throws -> Response {
        let body: JSON = ["transaction": JSON(compact)]
        return try await ledger.client.send(
            "POST", "\(url)/v1/votes?wait=\(wait)", headers: [("content-type", "application/json")],
            body: body.bytes, deadlineMilliseconds: 60_000)
    }

    func get(_ path: String) async throws -> Response {
        try await ledger.client.send("GET", url + path, deadlineMilliseconds: 60_000)
    }

    /// Asks until the vote is no longer pending.
    func settled(_ id: Digest) async throws -> JSON {
        while true {
            let answer = try await get("/v1/votes/\(id.text)?wait=20000").json()
            if answer["state"] != "pending" { return answer }
        }
    }
}
