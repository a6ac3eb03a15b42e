import Cryptography
import Encoding
import Foundation
import Storage
import Synchronization
import TestSupport
import Web

/// A ledger node as an auditor sees it, which remembers every transaction that ever reached it. A
/// block is made whenever it is asked for its status.
///
/// It pays a deposit back as often as it is told to: that nobody tells it twice is what is tested.
final class CrashLedger: Sendable {
    private struct State: Sendable {
        var deposits: [String: JSON] = [:]
        var height: UInt64 = 1
        /// The next number of each account.
        var sequences: [String: UInt64] = [:]
        var waiting: [String] = []
        /// In a block, by id: where.
        var committed: [String: UInt64] = [:]
        /// Everything that was handed over, by the deposit it pays back: the ids.
        var handedOver: [String: Set<String>] = [:]
        var paidBack: [String: Int] = [:]
    }

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    private let box: Box
    private let server: HTTPServer
    let url: String

    init(identity: TLSIdentity) throws {
        let box = Box()
        var router = Router()
        router.on("GET", "/v1/status") { _ in
            let height = try box.state.withLock { state in
                try Self.block(&state)
                return state.height
            }
            return .json(["height": JSON(height), "time": JSON(SystemClock.now().rfc3339)])
        }
        router.on("GET", "/v1/accounts/{id}") { request in
            let next = box.state.withLock { $0.sequences[request["id"]] ?? 0 }
            return .json(["sequence": JSON(next)])
        }
        router.on("GET", "/v1/applications/{id}") { _ in throw Problem.notFound("not used") }
        router.on("GET", "/v1/transactions/{id}") { request in
            let id = request["id"]
            return .json(try box.state.withLock { try Self.standing(of: id, $0) })
        }
        router.on("POST", "/v1/transactions") { request in
            let compact = try request.fields { fields throws(FormatError) in
                try fields.string("transaction", maximumByteCount: 65_536)
            }
            try box.state.withLock { try Self.take(compact, &$0) }
            return .json([:], status: 202)
        }
        router.on("GET", "/v1/deposits/{id}") { request in
            guard let deposit = box.state.withLock({ $0.deposits[request["id"]] }) else {
                throw Problem.notFound("no such deposit")
            }
            return .json(deposit)
        }
        router.on("GET", "/v1/deposits") { request in
            let auditor = request.query("auditor") ?? ""
            let due = box.state.withLock { state in
                state.deposits.values.filter {
                    $0["auditor"]?.stringValue == auditor && $0["state"] == "held"
                }
            }
            return .json(["deposits": .array(due)])
        }
        server = HTTPServer(
            router: router, address: SocketAddress(host: "127.0.0.1", port: 0), tls: identity)
        url = "https://\(try server.start())"
        self.box = box
    }

    func stop() async { await server.stop() }

    /// Records a held deposit and returns its id.
    func pay(_ amount: UInt64, by account: String, to auditor: String, for node: String) -> Digest {
        let id = Digest.sha256(SecureRandom.bytes(16))
        let deposit: JSON = [
            "id": JSON(id.text), "payer": JSON(account), "auditor": JSON(auditor),
            "node": JSON(node), "amount": JSON(amount: amount), "state": "held", "height": 1,
            "nodeStatus": "ordinary",
        ]
        box.state.withLock { $0.deposits[id.text] = deposit }
        return id
    }

    /// Of each deposit to an auditor that was paid back, or asked to be: how many transactions for
    /// it came, and how often it was paid.
    func refunds(to auditor: String) -> [(transactions: Int, payments: Int)] {
        box.state.withLock { state in
            state.handedOver.filter {
                state.deposits[$0.key]?["auditor"]?.stringValue == auditor
            }.map { ($0.value.count, state.paidBack[$0.key] ?? 0) }
        }
    }

    private static func standing(of id: String, _ state: State) throws -> JSON {
        if let height = state.committed[id] {
            return [
                "id": JSON(id), "state": "committed", "height": JSON(height), "code": "ok",
                "detail": "",
            ]
        }
        let waits = try state.waiting.contains { try JWS($0).digest.text == id }
        return ["id": JSON(id), "state": waits ? "pending" : "unknown"]
    }

    private static func take(_ compact: String, _ state: inout State) throws {
        let jws = try JWS(compact)
        let deposit = try JSON.parse(jws.payload)["body"]?["deposit"]?.stringValue ?? ""
        state.handedOver[deposit, default: []].insert(jws.digest.text)
        let isKnown = state.committed[jws.digest.text] != nil || state.waiting.contains(compact)
        if !isKnown { state.waiting.append(compact) }
    }

    /// A block of everything whose turn it is.
    private static func block(_ state: inout State) throws {
        state.height += 1
        for compact in state.waiting {
            let jws = try JWS(compact)
            let payload = try JSON.parse(jws.payload)
            let sender = jws.header.keyID ?? ""
            let next = state.sequences[sender] ?? 0
            guard payload["sequence"]?.uint64Value == next else { continue }
            state.sequences[sender] = next + 1
            state.waiting.removeAll { $0 == compact }
            state.committed[jws.digest.text] = state.height
            guard let id = payload["body"]?["deposit"]?.stringValue else { continue }
            state.paidBack[id, default: 0] += 1
            var deposit = state.deposits[id]?.objectValue ?? JSONObject()
            deposit["state"] = "refunded"
            state.deposits[id] = .object(deposit)
        }
    }
}
