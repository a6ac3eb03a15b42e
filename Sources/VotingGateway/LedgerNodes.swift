import Cryptography
import Encoding
import Web

/// How a gateway reaches ledger nodes, and how it lets time pass between two attempts.
protocol LedgerTransport: Sendable {
    /// One question to the node at `url`; `body` is JSON.
    func send(
        _ method: String, _ url: String, body: [UInt8], milliseconds: Int
    ) async throws(WebError) -> Response
    /// - Throws: `CancellationError`.
    func pause(milliseconds: Int) async throws
}

extension HTTPClient: LedgerTransport {
    func send(
        _ method: String, _ url: String, body: [UInt8], milliseconds: Int
    ) async throws(WebError) -> Response {
        try await send(
            method, url, headers: body.isEmpty ? [] : [("content-type", "application/json")],
            body: body, deadlineMilliseconds: milliseconds,
            maximumBodyByteCount: Limits.ledgerAnswerByteCountMaximum)
    }

    func pause(milliseconds: Int) async throws {
        try await Task.sleep(for: .milliseconds(milliseconds))
    }
}

/// The ledger nodes a gateway may ask, in the configuration's order.
struct LedgerNodes: Sendable {
    let urls: [String]
    let transport: any LedgerTransport

    func send(
        _ method: String, _ url: String, body: JSON? = nil,
        milliseconds: Int = Limits.ledgerAnswerMilliseconds
    ) async throws(WebError) -> Response {
        try await transport.send(
            method, url, body: body?.bytes ?? [], milliseconds: milliseconds)
    }

    /// What the first node that can answer says; nil when none does. Never inlined: the optimizer
    /// of Swift 6.3.1 crashes when it splits a coroutine that this one was inlined into.
    @inline(never)
    func firstAnswer(
        _ path: String, milliseconds: Int = Limits.ledgerAnswerMilliseconds
    ) async -> Response? {
        for url in urls {
            if let response = try? await send("GET", url + path, milliseconds: milliseconds),
                response.status < 500
            {
                return response
            }
        }
        return nil
    }

    /// The account as the ledger has it; nil when no node answers.
    /// - Throws: the ledger's problem, for an account that it does not know.
    func mirror(of account: String) async throws -> Mirror? {
        guard let response = await firstAnswer("/v1/accounts/\(account)") else { return nil }
        guard response.status == 200 else { throw Problem(passingOn: response) }
        return try Mirror(response.json(), account: account)
    }
}

extension Problem {
    /// A ledger node's problem, told on as it is.
    init(passingOn response: Response) {
        let json = try? response.json()
        let type = json?["type"]?.stringValue ?? ""
        let prefix = "urn:accredit:problem:"
        self.init(
            type: type.hasPrefix(prefix) ? String(type.dropFirst(prefix.count)) : "ledger",
            title: json?["title"]?.stringValue ?? "The ledger node refuses",
            status: (400..<500).contains(response.status) ? response.status : 502,
            detail: json?["detail"]?.stringValue
                ?? "The ledger node answered \(response.status) without a reason.",
            fix: json?["fix"]?.stringValue)
    }
}
