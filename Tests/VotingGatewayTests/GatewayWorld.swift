import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import Synchronization
import TestSupport
import Testing
import VotingGateway
import Web

/// A one-node ledger with a candidate to vote for, and a gateway before it that can be started
/// again over the same store.
struct GatewayWorld: Sendable {
    let ledger: TestNetwork
    let url: String
    let configurationPath: String
    /// Sessions that were opened, by account.
    private let tokens = Tokens()

    private final class Tokens: Sendable {
        let byAccount = Mutex<[String: String]>([:])
    }

    var voter: KeyPair { ledger.voters[0] }
    var candidate: Identity { ledger.nodes[0].identity }

    init(isOpen: Bool = false) async throws {
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
            "ledger": [JSON(ledger.nodes[0].endpoint)], "open": JSON(isOpen),
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

    /// Hands a vote in, as the voter unless told otherwise.
    func post(
        _ compact: String, by pair: KeyPair? = nil, wait: Int = 20_000
    ) async throws -> Response {
        try await send(
            "POST", "/v1/votes?wait=\(wait)", ["transaction": JSON(compact)],
            token: try await token(of: pair ?? voter))
    }

    func send(
        _ method: String, _ path: String, _ body: JSON? = nil, token: String? = nil
    ) async throws -> Response {
        var headers = body == nil ? [] : [("content-type", "application/json")]
        if let token { headers.append(("authorization", "Bearer \(token)")) }
        return try await ledger.client.send(
            method, url + path, headers: headers, body: body?.bytes ?? [],
            deadlineMilliseconds: 120_000)
    }

    func get(_ path: String, token: String? = nil) async throws -> Response {
        try await send("GET", path, token: token)
    }

    /// What the voter's own session is told of its account.
    func ownAccount() async throws -> JSON {
        try await get("/v1/accounts/\(voter.did)", token: try await token(of: voter)).json()
    }

    /// The session's token, after a login the first time.
    func token(of pair: KeyPair) async throws -> String {
        if let known = tokens.byAccount.withLock({ $0[pair.did] }) { return known }
        let given = try await send("POST", "/v1/challenges", ["account": JSON(pair.did)])
        let login = try LoginChallenge(given.json()).signed(with: pair.key)
        let answer = try await send("POST", "/v1/sessions", ["login": JSON(login.compact)])
        let token = try #require(try answer.json()["token"]?.stringValue)
        tokens.byAccount.withLock { $0[pair.did] = token }
        return token
    }

    func forgetSessions() { tokens.byAccount.withLock { $0 = [:] } }

    /// Asks until the vote is no longer pending.
    func settled(_ id: Digest) async throws -> JSON {
        while true {
            let answer = try await get("/v1/votes/\(id.text)?wait=20000").json()
            if answer["state"] != "pending" { return answer }
        }
    }
}
