package import Cryptography
package import Encoding
import Web

/// One ledger node, as an auditor's worker asks it. Everything that belongs together is asked of
/// the same node, so that no answer is older than the one before.
package protocol LedgerAccess: Sendable {
    /// The time of the node's newest block.
    func time() async throws -> Instant
    /// The number that the next transaction of an account has to carry; nil without an account.
    func nextSequence(of account: String) async throws -> UInt64?
    func standing(of transaction: Digest) async throws -> TransactionStanding
    /// Hands a compact transaction over; the same one again changes nothing.
    /// - Returns: why the node does not take it; nil when it does.
    func handOver(_ transaction: String) async throws -> String?
    /// A page of an auditor's held deposits whose nodes are ordinary.
    /// - Returns: the page, and the id to go on after; nil at the end.
    func dueDeposits(
        of auditor: String, after last: Digest?
    ) async throws -> (deposits: [LedgerDeposit], next: Digest?)
    func deposit(_ id: Digest) async throws -> LedgerDeposit?
    /// Whether an application made its node a candidate at any time.
    func isSpent(application: Digest) async throws -> Bool
}

/// Where a transaction stands at one node.
package enum TransactionStanding: Sendable, Hashable {
    /// The node never saw it, or has forgotten it.
    case unknown
    /// It waits for a block.
    case waiting
    case committed(LedgerOutbox.Outcome)
}

extension [any LedgerAccess] {
    /// The first node that answers, and the time of its newest block.
    /// - Throws: `ledgerUnavailable` when none does.
    @inline(never)
    func answering() async throws -> (any LedgerAccess, Instant) {
        var failures: [String] = []
        for node in self {
            do {
                return (node, try await node.time())
            } catch {
                failures.append("\(error)")
            }
        }
        throw AuditorError(
            .ledgerUnavailable, "no ledger node answers: " + failures.joined(separator: "; "))
    }
}

/// A ledger node over HTTP.
struct LedgerNodeClient: LedgerAccess {
    let url: String
    let client: HTTPClient

    func time() async throws -> Instant {
        let status = try await get("/v1/status").json()
        guard let text = status["time"]?.stringValue else { throw unreadable("/v1/status") }
        return try Instant(rfc3339: text)
    }

    func nextSequence(of account: String) async throws -> UInt64? {
        let response = try await send("GET", "/v1/accounts/\(account)")
        if response.status == 404 { return nil }
        guard response.status == 200, let next = try response.json()["sequence"]?.uint64Value
        else { throw unreadable("the account") }
        return next
    }

    func standing(of transaction: Digest) async throws -> TransactionStanding {
        let json = try await get("/v1/transactions/\(transaction.text)").json()
        guard json["id"]?.stringValue == transaction.text else {
            throw unreadable("transaction \(transaction.text)")
        }
        switch json["state"]?.stringValue {
        case "unknown": return .unknown
        case "pending": return .waiting
        case "committed":
            guard let height = json["height"]?.uint64Value, let code = json["code"]?.stringValue
            else { throw unreadable("transaction \(transaction.text)") }
            return .committed(
                LedgerOutbox.Outcome(
                    height: height, code: code, detail: json["detail"]?.stringValue ?? ""))
        default: throw unreadable("transaction \(transaction.text)")
        }
    }

    func handOver(_ transaction: String) async throws -> String? {
        let body: JSON = ["transaction": JSON(transaction)]
        let response = try await send("POST", "/v1/transactions", body: body.bytes)
        if (200..<300).contains(response.status) { return nil }
        let json = try? response.json()
        return json?["detail"]?.stringValue ?? "the ledger node answered \(response.status)"
    }

    func dueDeposits(
        of auditor: String, after last: Digest?
    ) async throws -> (deposits: [LedgerDeposit], next: Digest?) {
        let after = last.map { "&after=\($0.text)" } ?? ""
        let path = "/v1/deposits?auditor=\(Self.escaped(auditor))&state=due&limit=100\(after)"
        let json = try await get(path).json()
        let deposits = try (json["deposits"]?.arrayValue ?? []).map { try LedgerDeposit($0) }
        return (deposits, try json["next"]?.stringValue.map { try Digest(hexadecimal: $0) })
    }

    func deposit(_ id: Digest) async throws -> LedgerDeposit? {
        let response = try await send("GET", "/v1/deposits/\(id.text)")
        if response.status == 404 { return nil }
        guard response.status == 200 else { throw unreadable("a deposit", response.status) }
        return try LedgerDeposit(response.json())
    }

    func isSpent(application: Digest) async throws -> Bool {
        let response = try await send("GET", "/v1/applications/\(application.text)")
        guard response.status == 200 || response.status == 404 else {
            throw unreadable("an application", response.status)
        }
        return response.status == 200
    }

    /// A query value with everything but unreserved characters escaped.
    private static func escaped(_ text: String) -> String {
        let plain = Array(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
        return text.utf8.map { byte in
            plain.contains(byte)
                ? String(decoding: [byte], as: UTF8.self)
                : "%" + Hexadecimal.encode([byte]).uppercased()
        }.joined()
    }

    private func get(_ path: String) async throws -> Response {
        let response = try await send("GET", path)
        guard response.status == 200 else { throw unreadable(path, response.status) }
        return response
    }

    private func send(
        _ method: String, _ path: String, body: [UInt8] = []
    ) async throws -> Response {
        try await client.send(
            method, url + path,
            headers: body.isEmpty ? [] : [("content-type", "application/json")], body: body,
            deadlineMilliseconds: Limits.ledgerDeadlineMilliseconds,
            maximumBodyByteCount: Limits.ledgerAnswerByteCountMaximum)
    }

    private func unreadable(_ what: String, _ status: Int = 200) -> AuditorError {
        AuditorError(
            .ledgerUnavailable, "\(url) answers \(what) with status \(status), unreadably")
    }
}

extension LedgerDeposit {
    /// Reads a deposit as a ledger node tells it.
    init(_ json: JSON) throws {
        var fields = try Fields(json, "deposit")
        guard let state = State(rawValue: try fields.string("state")) else {
            throw fields.error("state", "has to be held or refunded")
        }
        self.init(
            id: try fields.digest("id"), auditor: try fields.string("auditor"),
            node: try fields.string("node"), payer: try fields.string("payer"),
            amount: try fields.amount("amount"), state: state,
            height: try fields.uint64("height"),
            isNodeOrdinary: try fields.string("nodeStatus") == "ordinary",
            isOnHold: try fields.optionalObject("hold") != nil)
    }
}
