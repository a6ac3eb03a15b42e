import Cryptography
import Encoding
import Ledger
import Web

/// A ledger node's public interface, for the command, the demo and the benchmarks.
struct LedgerClient: Sendable {
    let service: Service

    init(node: String, http: HTTPClient) {
        service = Service(noun: "the ledger node", base: node, http: http)
    }

    func status() async throws(Failure) -> JSON { try await service.get("/v1/status") }

    /// The name of the node's network.
    func network() async throws(Failure) -> String {
        guard let name = try await status()["network"]?.stringValue else {
            throw malformed("/v1/status has no network")
        }
        return name
    }

    func account(_ did: String) async throws(Failure) -> JSON {
        try await service.get("/v1/accounts/\(Service.escaped(did))")
    }

    /// The number that an account's next transaction must have; 0 for an account nobody has seen.
    func nextSequence(of did: String) async throws(Failure) -> UInt64 {
        do throws(Failure) {
            guard let next = try await account(did)["sequence"]?.uint64Value else {
                throw malformed("the account has no sequence")
            }
            return next
        } catch {
            guard error.exit == .notFound else { throw error }
            return 0
        }
    }

    /// Hands a transaction to the node; the same one again changes nothing.
    /// - Returns: its id.
    func submit(_ transaction: Transaction) async throws(Failure) -> String {
        let json = try await service.post(
            "/v1/transactions", ["transaction": .string(transaction.jws.compact)])
        let id = transaction.id.text
        guard json["id"]?.stringValue == id else {
            throw malformed("it took the transaction \(id) under another id")
        }
        return id
    }

    func outcome(of id: String, wait: Int64 = 0) async throws(Failure) -> TransactionOutcome {
        let json = try await service.get("/v1/transactions/\(Service.escaped(id))", wait: wait)
        guard let outcome = TransactionOutcome(id: id, json) else {
            throw malformed("the state of \(id) cannot be read")
        }
        return outcome
    }

    func malformed(_ what: String) -> Failure {
        Failure(
            .remote, "server.format", "the ledger node at \(service.base) answers wrongly",
            why: what, fix: "check that it is a ledger node of this release")
    }
}

/// What became of a transaction.
struct TransactionOutcome: Sendable, Equatable {
    enum State: String, Sendable {
        case pending, committed, unknown
    }

    let id: String
    let state: State
    /// Where it stands, when committed.
    let height: Int64?
    let index: Int64?
    /// `ok`, or why the ledger's rules refused it, when committed.
    let code: String?
    let detail: String?

    /// Reads `{id, state, height, index, code, detail}`; nil when it is something else.
    init?(id: String, _ json: JSON) {
        guard let state = json["state"]?.stringValue.flatMap(State.init) else { return nil }
        if let named = json["id"]?.stringValue, named != id { return nil }
        self.id = id
        self.state = state
        height = json["height"]?.int64Value
        index = json["index"]?.int64Value
        code = json["code"]?.stringValue
        detail = json["detail"]?.stringValue
        if state == .committed, height == nil || code == nil { return nil }
    }

    var isApplied: Bool { state == .committed && code == ResultCode.ok.rawValue }

    var json: JSON {
        var object = JSONObject([("id", .string(id)), ("state", .string(state.rawValue))])
        if let height { object["height"] = JSON(height) }
        if let index { object["index"] = JSON(index) }
        if let code { object["code"] = JSON(code) }
        if let detail, !detail.isEmpty { object["detail"] = JSON(detail) }
        return .object(object)
    }

    var table: String {
        var rows = [("transaction", id), ("state", state.rawValue)]
        if let height { rows.append(("height", String(height))) }
        if let index { rows.append(("index", String(index))) }
        if let code { rows.append(("code", code)) }
        if let detail, !detail.isEmpty { rows.append(("detail", detail)) }
        return Table.pairs(rows)
    }
}
