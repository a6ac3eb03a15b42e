import LedgerNode

/// Hands transactions to a node as fast as it takes them, until all are committed.
enum BenchCommit {
    private static let waitingMaximum = 10_000
    /// One sender's admissions that may wait at a node are fewer, and 100 KiB each here.
    private static let waitingAdmissionsMaximum = 32
    private static let pauseMilliseconds = 2
    private static let patienceSeconds = 600.0

    /// - Parameter transactions: compact, of many senders; those of one in their order.
    // Inlined into another asynchronous function it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    @discardableResult
    static func run(
        _ transactions: [String], _ node: LedgerNodeServer
    ) async throws -> CPUTime.Span {
        try await CPUTime.span {
            try await InParallel.run(transactions.count, width: 2 * CPUTime.coreCount) { index in
                try await submit(transactions[index], node, waiting: waitingMaximum)
            }
            try await drain(node)
        }
    }

    /// Hands in one sender's admissions, one after the other: later numbers that overtook one
    /// would fill the little room there is for them, and wait for it.
    // Inlined into another asynchronous function it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    static func admit(_ transactions: [String], _ node: LedgerNodeServer) async throws {
        for transaction in transactions {
            try await submit(transaction, node, waiting: waitingAdmissionsMaximum)
        }
        try await drain(node)
    }

    /// - Parameter waiting: how many may wait for a block at a time.
    @inline(never)
    private static func submit(
        _ transaction: String, _ node: LedgerNodeServer, waiting: Int
    ) async throws {
        while node.pendingCount >= waiting {
            try await Task.sleep(for: .milliseconds(pauseMilliseconds))
        }
        _ = try await node.submit(transaction)
    }

    /// Waits until nothing waits for a block any more: what was handed in is committed.
    private static func drain(_ node: LedgerNodeServer) async throws {
        let start = CPUTime.wall()
        while node.pendingCount > 0 {
            guard CPUTime.wall() - start < patienceSeconds else {
                throw Failure(
                    .failure, "bench.stuck", "the ledger stopped committing",
                    why: "\(node.pendingCount) transactions wait at height \(node.height)")
            }
            try await Task.sleep(for: .milliseconds(pauseMilliseconds))
        }
    }
}
