import Consensus
import Cryptography
import Encoding
import Ledger
import Web

extension NodeRoutes {
    func addTransactions(_ router: inout Router) {
        router.on(
            "POST", "/v1/transactions", summary: "Hand in a transaction; idempotent by its id"
        ) { request in
            let compact = try Self.compact(try request.json())
            let id = try await desk.submit(compact, isOwn: true)
            // It waits in memory alone: who wants to be sure asks where it stands, and sends again.
            return .json(
                ["id": .string(id.text), "kept": "until-restart"], status: 202,
                headers: [("location", "/v1/transactions/\(id.text)")])
        }
        router.on(
            "GET", "/v1/transactions/{id}",
            summary: "Where a transaction stands; ?wait= holds the answer until it is committed"
        ) { request in
            try await transaction(
                try Self.digest(request["id"], "The id"), waitMilliseconds: try Self.wait(request))
        }
        addReceipts(&router)
    }

    private static func compact(_ json: JSON) throws(Problem) -> String {
        do {
            var fields = try Fields(json, "body")
            let compact = try fields.string(
                "transaction", maximumByteCount: Limits.transactionByteCountMaximum)
            try fields.end()
            return compact
        } catch {
            throw Problem(error)
        }
    }

    /// `{id, state, height, index, code, detail}`; the last four once it is committed.
    private func transaction(_ id: Digest, waitMilliseconds: Int) async throws -> Response {
        let deadline = services.now().adding(milliseconds: Int64(waitMilliseconds))
        while true {
            let height = services.signal.height
            if let found = try services.store.transaction(id) {
                return .json([
                    "id": .string(id.text), "state": "committed", "height": JSON(found.height),
                    "index": JSON(found.index), "code": .string(found.result.code),
                    "detail": .string(found.result.detail),
                ])
            }
            let left = deadline.milliseconds(since: services.now())
            guard left > 0, !services.board.view.isStopping else { break }
            let isLater = await services.signal.wait(
                for: height + 1, milliseconds: Int(min(left, Int64(waitMilliseconds))))
            if !isLater { break }
        }
        let state = services.mempool.contains(id) ? "pending" : "unknown"
        var members: [(String, JSON)] = [("id", .string(id.text)), ("state", .string(state))]
        // It may be in a block that is not here.
        if services.store.base > 1 { members.append(("keptFrom", JSON(services.store.base))) }
        return .json(.object(JSONObject(members)))
    }
}
