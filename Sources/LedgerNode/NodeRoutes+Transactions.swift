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
            return .json(
                ["id": .string(id.text)], status: 202,
                headers: [("location", "/v1/transactions/\(id.text)")])
        }
        router.on(
            "GET", "/v1/transactions/{id}",
            summary: "Where a transaction stands; ?wait= holds the answer until it is committed"
        ) { request in
            try await transaction(
                try Self.digest(request["id"], "The id"), waitMilliseconds: try Self.wait(request))
        }
        router.on(
            "GET", "/v1/transactions/{id}/receipt",
            summary: "Proof that a transaction is in a block the representatives agreed on"
        ) { request in
            try receipt(try Self.digest(request["id"], "The id"))
        }
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
        return .json(["id": .string(id.text), "state": .string(state)])
    }

    /// The paths are those of RFC 9162 section 2.1.3, from the leaf upwards.
    private func receipt(_ id: Digest) throws -> Response {
        guard let found = try services.store.transaction(id),
            let block = try services.store.block(found.height),
            block.transactions.indices.contains(found.index)
        else {
            throw Problem.notFound(
                "No committed transaction has the id \(id.text).",
                fix: "GET /v1/transactions/\(id.text)?wait=5000 tells when it is committed.")
        }
        let leaves = block.transactions.map { Array($0.utf8) }
        let results = try zip(block.transactions, block.results).map { compact, result in
            try StoredResult.leaf(
                transaction: try Transaction(compact: compact).id, code: result.code)
        }
        func path(_ leaves: [[UInt8]]) -> JSON {
            .array(MerkleTree.inclusionProof(found.index, leaves).map { .string($0.text) })
        }
        return .json([
            "id": .string(id.text), "transaction": .string(block.transactions[found.index]),
            "height": JSON(found.height), "index": JSON(found.index), "count": JSON(leaves.count),
            "path": path(leaves),
            "result": found.result.json, "resultPath": path(results),
            "header": .string(String(decoding: block.header, as: UTF8.self)),
            "certificate": block.certificate.json,
        ])
    }
}

extension StoredResult {
    /// The bytes under the results root.
    /// - Throws: `data` for a code that this version does not know.
    static func leaf(transaction: Digest, code: String) throws(NodeError) -> [UInt8] {
        guard let known = ResultCode(rawValue: code) else {
            throw NodeError(.data, "a stored transaction has the unknown result \(code)")
        }
        return TransactionResult(known).leaf(transaction: transaction)
    }
}
