import Cryptography
import Encoding
import Storage
import Web

/// The refunds of this auditor, for its operators.
struct RefundRoutes: Sendable {
    let database: Database
    /// Nil when the configuration names no account.
    let worker: RefundWorker?

    func add(to router: inout Router) {
        router.on(
            "GET", "/v1/refunds",
            summary: "Deposits that go back, ?state=, ?after= an id; on its own machine only"
        ) { try await list($0) }
    }

    private func list(_ request: Request) async throws -> Response {
        try request.requireLoopback(
            "Why refunds wait is told on the auditor's own machine only.",
            elsewhere: " What was paid back stands on the ledger: GET /v1/deposits?auditor= of a "
                + "ledger node.")
        let states = try request.query("state").map { text in
            guard let state = AuditorStore.RefundState(rawValue: text) else {
                let all = AuditorStore.RefundState.allCases.map(\.rawValue)
                throw Problem.badRequest("state is one of \(all.joined(separator: ", ")).")
            }
            return [state]
        }
        let last = try request.query("after").map { text in
            guard let digest = try? Digest(hexadecimal: text) else {
                throw Problem.badRequest("after is the id of a deposit.")
            }
            return digest
        }
        let limit = Limits.listedRefundsMaximum
        let rows = try database.read {
            try AuditorStore.refunds(
                in: states ?? AuditorStore.RefundState.allCases, after: last, limit: limit, $0)
        }
        var object = JSONObject([("refunds", .array(rows.map(\.json)))])
        if rows.count == limit, let end = rows.last { object["next"] = JSON(end.deposit.text) }
        if let worker {
            if let trouble = await worker.trouble { object["trouble"] = JSON(trouble) }
        } else {
            object["trouble"] = JSON(
                "the configuration names no account, so no deposit is sent back")
        }
        return .json(.object(object))
    }
}
