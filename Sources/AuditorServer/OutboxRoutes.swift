import Encoding
import Storage
import Web

/// What this auditor has to tell the ledger, for its operator.
struct OutboxRoutes: Sendable {
    let database: Database
    /// Nil when the configuration names no account.
    let sender: LedgerSender?

    func add(to router: inout Router) {
        router.on(
            "GET", "/v1/outbox",
            summary: "Transactions of this auditor; on its own machine only"
        ) { try await list($0) }
    }

    private func list(_ request: Request) async throws -> Response {
        try request.requireLoopback(
            "What an auditor sends to the ledger is told on its own machine only.")
        let (entries, counts) = try database.read {
            (
                try LedgerOutbox.newest(atMost: Limits.listedOutboxEntriesMaximum, $0),
                try LedgerOutbox.counts($0)
            )
        }
        var object = JSONObject([("entries", .array(entries.map(\.json)))])
        object["counts"] = .object(JSONObject(counts.map { ($0.state, JSON($0.count)) }))
        if let sender {
            object["account"] = JSON(sender.account)
            let status = await sender.status
            if let trouble = status.trouble ?? status.refusal { object["trouble"] = JSON(trouble) }
            if let time = status.lastTime { object["ledgerTime"] = JSON(time.rfc3339) }
        } else {
            object["trouble"] = JSON(
                "the configuration names no account, so nothing is sent to the ledger")
        }
        return .json(.object(object))
    }
}
