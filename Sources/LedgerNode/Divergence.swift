import Cryptography
import Encoding
import Ledger
import Storage
import Web

/// A decided block that comes to something else on this node, and where it first does.
struct Divergence: Sendable {
    let block: Block
    /// What execution here refused the block for.
    let reason: String
    /// After the block before.
    let state: LedgerState

    /// Where the report is written.
    static func path(_ configuration: NodeConfiguration, _ height: UInt64) -> String {
        "\(configuration.data)/divergence-\(height).json"
    }

    /// One transaction of the block, as it is here.
    struct Step: Sendable {
        let id: Digest
        let result: StoredResult
        /// The state root when the block ends here; nil where that was not worked out.
        let stateRoot: Digest?
        /// SHA-256 of the digest before, the transaction's id, its code and the state root: the
        /// first that differs from another node's tells the transaction.
        let rolling: Digest
    }

    /// Writes the report and says so in the log.
    func report(_ services: NodeServices) async {
        let height = block.header.height
        let path = Self.path(services.configuration, height)
        let theirs = await fetchResults(services)
        let steps = steps()
        let first = Self.firstDifference(steps, theirs)
        var members: [(String, JSON)] = [
            ("height", JSON(height)), ("block", .string(block.header.id.text)),
            ("reason", .string(reason)),
        ]
        if let first {
            members.append(("firstDifference", JSON(first)))
            if first < steps.count {
                members.append(("transaction", .string(steps[first].id.text)))
            }
        }
        services.log.event("diverged", members + [("report", .string(path))])
        let json = JSON.object(
            JSONObject(
                members + [
                    ("header", .string(String(decoding: block.header.bytes, as: UTF8.self))),
                    ("transactions", .array(rows(steps, theirs))),
                ]))
        do throws(StorageError) {
            try DurableFile.write(json.bytes, to: path, mode: 0o600, replacing: true)
        } catch {
            services.log.event("diverged-unwritten", [("reason", .string(error.detail))])
        }
    }

    private func rows(_ steps: [Step], _ theirs: [StoredResult]?) -> [JSON] {
        block.transactions.enumerated().map { index, transaction in
            var row: [(String, JSON)] = [
                ("index", JSON(index)), ("id", .string(transaction.id.text)),
                ("transaction", .string(transaction.transaction.jws.compact)),
            ]
            if index < steps.count {
                let step = steps[index]
                row.append(("here", step.result.json))
                if let root = step.stateRoot { row.append(("stateRoot", .string(root.text))) }
                row.append(("rolling", .string(step.rolling.text)))
            }
            if let theirs { row.append(("there", theirs[index].json)) }
            return .object(JSONObject(row))
        }
    }

    /// The first transaction with another result, or that may not stand in the block here at all;
    /// nil where all results agree and only the state differs, or no peer told its results.
    static func firstDifference(_ steps: [Step], _ theirs: [StoredResult]?) -> Int? {
        guard let theirs else { return nil }
        for (index, their) in theirs.enumerated() {
            guard index < steps.count, steps[index].result.code.hasSameBytes(as: their.code) else {
                return index
            }
        }
        return nil
    }

    /// The block executed here, transaction by transaction.
    func steps() -> [Step] {
        let header = block.header
        func execute(_ transactions: some Sequence<VerifiedTransaction>) -> ExecutedBlock? {
            try? state.propose(
                pending: Array(transactions), time: header.time, proposer: header.proposer,
                round: header.round)
        }
        guard let whole = execute(block.transactions) else { return [] }
        var steps: [Step] = []
        var rolling = Digest.zero
        let pairs = zip(whole.block.transactions, whole.results)
        for (index, (transaction, result)) in pairs.enumerated() {
            // What stands behind one that may not stand here is not comparable.
            guard index < block.transactions.count, transaction.id == block.transactions[index].id
            else { break }
            let root =
                block.transactions.count <= Limits.divergenceStateRootsCount
                ? execute(block.transactions.prefix(index + 1))?.block.header.stateRoot : nil
            rolling = Digest.sha256(
                rolling.bytes + transaction.id.bytes + Array(result.code.rawValue.utf8)
                    + (root?.bytes ?? []))
            steps.append(
                Step(
                    id: transaction.id, result: StoredResult(result), stateRoot: root,
                    rolling: rolling))
        }
        return steps
    }

    /// What the transactions came to elsewhere: believed when it fits the decided header.
    private func fetchResults(_ services: NodeServices) async -> [StoredResult]? {
        for source in services.deciderEndpoints + services.configuration.peers {
            if let results = await fetchResults(services, from: source) { return results }
        }
        return nil
    }

    // The release optimiser cannot split the coroutine of an awaited call in a loop.
    @inline(never)
    private func fetchResults(
        _ services: NodeServices, from source: String
    ) async -> [StoredResult]? {
        do {
            let response = try await services.client.send(
                "GET", "\(source)/v1/blocks/\(block.header.height)",
                deadlineMilliseconds: Limits.blockDeadlineMilliseconds,
                maximumBodyByteCount: Limits.blockByteCountMaximum)
            guard response.status == 200 else { return nil }
            let limits = JSONLimits(byteCountMaximum: Limits.blockByteCountMaximum)
            let stored = try StoredBlock(try response.json(limits: limits))
            return fits(stored.results) ? stored.results : nil
        } catch {
            return nil
        }
    }

    private func fits(_ results: [StoredResult]) -> Bool {
        guard results.count == block.transactions.count else { return false }
        let leaves = zip(block.transactions, results).map {
            TransactionResult.leaf(transaction: $0.id, code: $1.code)
        }
        return MerkleTree.root(leaves) == block.header.resultsRoot
    }
}
