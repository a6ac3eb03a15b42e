import Encoding
import Ledger
import Storage

/// Drops old blocks beside the running node and gives their space back to the file system.
struct Pruner: Sendable {
    let services: NodeServices

    /// Runs until the task is cancelled.
    func run() async {
        guard let configured = services.configuration.retainBlocks else { return }
        while !Task.isCancelled, !services.board.view.isStopping {
            do {
                let retained = retained(configured)
                let base = wanted(retained)
                if base >= services.store.base + max(16, retained / 16) {
                    try await prune(below: base)
                } else if try await services.store.sweepBlocks() {
                    // A stop came in between.
                    try await prune(below: services.store.base)
                } else {
                    try await sweepHeaders()
                }
            } catch {
                if Task.isCancelled || services.board.view.isStopping { return }
                services.log.event("pruning-failed", [("reason", .string("\(error)"))])
            }
            await services.signal.wait(
                for: services.chain.tip.height + 1, milliseconds: Limits.waitMillisecondsMaximum)
            try? await Task.sleep(for: .milliseconds(Limits.prunerPauseMilliseconds))
        }
    }

    /// Never fewer than what the proofs of the newest elections need.
    private func retained(_ configured: UInt64) -> UInt64 {
        max(configured, services.chain.read { 2 * $0.parameters.electionInterval + 2 })
    }

    /// The first block to be kept. What the lists of explorers do not have yet is kept too.
    private func wanted(_ retained: UInt64) -> UInt64 {
        let tip = services.chain.tip.height
        let listed = (try? services.explorer?.store.height) ?? tip
        return min(tip > retained ? tip - retained + 1 : 1, listed + 1)
    }

    /// Headers of elections, and of the blocks after them, in which successors are named.
    private var needed: Set<UInt64> {
        Set(services.chain.read { $0.elections.flatMap { [$0.height, $0.height + 1] } })
    }

    private func prune(below base: UInt64) async throws {
        let store = services.store
        try await store.drop(below: base)
        while try await store.sweepBlocks() { try Task.checkCancellation() }
        while try await store.sweepPlaces() { try Task.checkCancellation() }
        try await sweepHeaders()
        var number: Int64? = 0
        while let next = number {
            number = try await store.sweepTallies(from: next)
            try Task.checkCancellation()
        }
        try await services.explorer?.store.drop(below: base)
        try await reclaim(store.database)
        if let lists = services.explorer?.store.database { try await reclaim(lists) }
        services.log.event("blocks-dropped", [("below", JSON(base))])
    }

    /// Headers and certificates stay longer than blocks, as long as evidence about them is taken.
    private func sweepHeaders() async throws {
        let (begin, needed) = (services.chain.read(\.evidenceBegin), needed)
        while try await services.store.sweepHeaders(before: begin, keeping: needed) {
            try Task.checkCancellation()
        }
    }

    private func reclaim(_ database: Database) async throws {
        var free = Int.max
        while true {
            let left = try await database.reclaim(pages: Limits.reclaimedPagesMaximum)
            guard left > 0, left < free else { return }
            free = left
            try Task.checkCancellation()
        }
    }
}
