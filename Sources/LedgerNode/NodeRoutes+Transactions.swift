import Consensus
import Cryptography
import Encoding
import Ledger
import Web

extension NodeRoutes {
    func addTransactions(_ router: inout Router) {
        router.on(
            "POST", "/v1/transactions",
            summary: "Hand in a transaction, or several; idempotent by their ids"
        ) { request in
            switch try HandedIn(try request.json()) {
            case .one(let compact):
                let id = try await desk.submit(compact, isOwn: true)
                return .json(
                    Self.taken(id), status: 202,
                    headers: [("location", "/v1/transactions/\(id.text)")])
            case .several(let compacts):
                let results = try await desk.submit(compacts, isOwn: true).map { result -> JSON in
                    switch result {
                    case .success(let id): Self.taken(id)
                    case .failure(let problem): ["problem": problem.json]
                    }
                }
                return .json(["results": .array(results)], status: 202)
            }
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

    /// It waits in memory alone: who wants to be sure asks where it stands, and sends again.
    private static func taken(_ id: Digest) -> JSON {
        ["id": .string(id.text), "kept": "until-restart"]
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

/// What a client hands in: `{"transaction": JWS}` or `{"transactions": [JWS, …]}`.
enum HandedIn: Equatable {
    case one(String)
    /// One at least.
    case several([String])

    init(_ json: JSON) throws(Problem) {
        do throws(FormatError) {
            var fields = try Fields(json, "body")
            let several = try fields.optionalStrings(
                "transactions", maximumCount: Limits.handedInTogetherMaximum,
                maximumByteCount: Limits.transactionByteCountMaximum)
            if let several {
                guard !several.isEmpty else {
                    throw FormatError(.shape, "body.transactions holds no transaction")
                }
                self = .several(several)
            } else {
                self = .one(
                    try fields.string(
                        "transaction", maximumByteCount: Limits.transactionByteCountMaximum))
            }
            try fields.end()
        } catch {
            throw Problem(error)
        }
    }
}
