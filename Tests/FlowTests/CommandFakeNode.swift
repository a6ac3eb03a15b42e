import Cryptography
import Encoding
import Ledger
import Synchronization
import Web

/// A server that answers like a ledger node, with answers set by the test.
final class CommandFakeNode: Sendable {
    struct State: Sendable {
        var submitted: [Transaction] = []
        /// `code` and `detail` of each transaction, when it is committed.
        var result: (code: String, detail: String) = ("ok", "")
        /// Requests for the state that are answered `pending` first.
        var pendingAnswers = 0
        /// What a POST of a transaction is refused with.
        var problem: Problem?
        /// Transactions of the account by others, each of which comes between the question for the
        /// next number and the transaction that has it.
        var overtaking = 0
        var overtook = 0
        var missing: [JSON] = []
        var auditorSet: JSON = nil
        /// Answers of `/v1/parameters` and `/v1/representatives`.
        var parameters: JSON = nil
        var representatives: JSON = nil
    }

    /// The state, shared with the handlers.
    final class Board: Sendable {
        private let state = Mutex(State())

        func withLock<T: Sendable>(_ body: (inout sending State) throws -> sending T) rethrows -> T
        {
            try state.withLock(body)
        }
    }

    let state = Board()
    let url: String
    private let server: HTTPServer

    init() throws {
        let state = state
        var router = Router()
        router.on("GET", "/v1/status") { _ in
            let missing = state.withLock { $0.missing }
            let reasons = missing.map { node -> JSON in
                [
                    "code": "prevotes", "trouble": true,
                    "text": .string("waiting for \(node.stringValue ?? "")"),
                ]
            }
            return .json([
                "network": "test", "height": 7, "time": "2026-11-21T09:00:00Z",
                "representatives": ["did:key:zA", "did:key:zB"],
                "consensus": ["round": 1, "missing": .array(missing)],
                "why": ["trouble": JSON(!missing.isEmpty), "reasons": .array(reasons)],
            ])
        }
        router.on("GET", "/v1/auditor-set") { _ in .json(state.withLock { $0.auditorSet }) }
        router.on("GET", "/v1/parameters") { _ in .json(state.withLock { $0.parameters }) }
        router.on("GET", "/v1/representatives") { _ in
            .json(state.withLock { $0.representatives })
        }
        router.on("GET", "/v1/candidates") { _ in
            .json([
                "height": 7,
                "candidates": [["node": "did:key:zA\u{1b}[2J", "votes": 3, "status": "listed"]],
            ])
        }
        router.on("GET", "/v1/accounts/{did}") { request in
            let sent = state.withLock { $0.submitted.count + $0.overtook }
            return .json([
                "account": .string(request["did"]), "balance": "1000",
                "sequence": JSON(41 + sent), "allowance": 10, "cast": 3, "remaining": 7,
                "votes": [["candidate": "did:key:zA", "votes": 3]], "height": 7,
            ])
        }
        router.on("POST", "/v1/transactions") { request in
            if let problem = state.withLock({ $0.problem }) { throw problem }
            let isOvertaken = state.withLock { state in
                guard state.overtaking > 0 else { return false }
                state.overtaking -= 1
                state.overtook += 1
                return true
            }
            if isOvertaken {
                throw Problem(
                    type: "sequence-taken", title: "Another transaction has this sequence",
                    status: 409, detail: "another waits", fix: "wait for it")
            }
            let compact = try request.json()["transaction"]?.stringValue ?? ""
            let transaction = try Transaction(compact: compact)
            _ = try transaction.verified(try PublicKey(did: transaction.sender.text))
            state.withLock { state in
                if !state.submitted.contains(where: { $0.id == transaction.id }) {
                    state.submitted.append(transaction)
                }
            }
            return .json(["id": .string(transaction.id.text)], status: 202)
        }
        router.on("GET", "/v1/transactions/{id}") { request in
            .json(Self.outcome(of: request["id"], state))
        }
        server = HTTPServer(
            router: router, address: try SocketAddress("127.0.0.1:0"), tls: nil)
        url = "http://\(try server.start())"
    }

    func stop() async { await server.stop() }

    private static func outcome(of id: String, _ state: Board) -> JSON {
        state.withLock { state in
            guard state.submitted.contains(where: { $0.id.text == id }) else {
                return ["id": .string(id), "state": "unknown"]
            }
            guard state.pendingAnswers == 0 else {
                state.pendingAnswers -= 1
                return ["id": .string(id), "state": "pending"]
            }
            return [
                "id": .string(id), "state": "committed", "height": 8, "index": 0,
                "code": .string(state.result.code), "detail": .string(state.result.detail),
            ]
        }
    }
}
