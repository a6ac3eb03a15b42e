import Cryptography
import Encoding
import Ledger
import Proofs
import Synchronization
import Web

/// Counts all votes again from the node's own stored blocks, by other code than the ledger's,
/// beside everything else: between an election and the switch it is known whether both agree. It
/// takes a bounded part of one processor, and changes nothing but what is said about it.
final class Recounter: Sendable {
    struct View: Sendable {
        /// The block counted to.
        var height: UInt64 = 0
        /// The last election held against the count; nil before the first.
        var election: UInt64?
        /// What differs, for good; nil while everything agrees.
        var difference: String?
        /// There are more voters than are counted again beside a node.
        var isTooLarge = false
        /// The first block that is here, when blocks that would have to be counted are not.
        var keptFrom: UInt64?
    }

    private let state = Mutex(View())

    var view: View { state.withLock { $0 } }

    /// `{"height","outcome","election"?,"detail"?}`.
    var json: JSON {
        let view = view
        let outcome =
            view.difference != nil
            ? "differs"
            : view.isTooLarge || view.keptFrom != nil
                ? "left-out" : view.election == nil ? "none" : "agrees"
        var members = JSONObject([
            ("height", JSON(view.height)), ("outcome", .string(outcome)),
        ])
        if let election = view.election { members["election"] = JSON(election) }
        if let base = view.keptFrom { members["keptFrom"] = JSON(base) }
        if let difference = view.difference { members["detail"] = .string(difference) }
        return .object(members)
    }

    /// Follows the chain from genesis until the task is cancelled or something differs.
    func run(_ services: NodeServices) async {
        guard services.genesis.holders.count <= Limits.recountVotersMaximum else {
            return leaveOut(services)
        }
        var recount = ChainRecount(genesis: services.genesis)
        var budget = RecountBudget()
        while !Task.isCancelled, !services.board.view.isStopping {
            let next = recount.votes.height + 1
            guard services.chain.tip.height >= next else {
                await services.signal.wait(
                    for: next, milliseconds: Limits.waitMillisecondsMaximum)
                continue
            }
            if services.board.view.isCatchingUp {
                try? await Task.sleep(for: .milliseconds(Limits.explorerPauseMilliseconds))
                continue
            }
            if services.store.lacks(next) { return leaveOutRest(services) }
            do {
                guard let block = try services.store.block(next),
                    let lines = try await read(block, &budget)
                else { return }
                budget.begin()
                try follow(block, lines, &recount, services)
            } catch {
                if services.store.lacks(next) { return leaveOutRest(services) }
                return tell(error, next, services)
            }
            guard recount.votes.voterCount <= Limits.recountVotersMaximum else {
                return leaveOut(services)
            }
            guard await budget.rest() else { return }
        }
    }

    /// Reads a block's transactions, resting in between.
    /// - Returns: nil when the task was cancelled.
    private func read(
        _ block: StoredBlock, _ budget: inout RecountBudget
    ) async throws -> [ChainRecount.Line]? {
        var lines: [ChainRecount.Line] = []
        budget.begin()
        for (transaction, result) in zip(block.transactions, block.results) {
            lines.append(try ChainRecount.Line(transaction: transaction, code: result.code))
            guard await budget.rest() else { return nil }
        }
        return lines
    }

    private func follow(
        _ block: StoredBlock, _ lines: [ChainRecount.Line], _ recount: inout ChainRecount,
        _ services: NodeServices
    ) throws {
        try recount.follow(header: block.header, lines: lines)
        let height = recount.votes.height
        let number = state.withLock { state in
            state.height = height
            return (state.election ?? 0) + 1
        }
        let election = services.chain.read { $0.election(number) }
        services.metrics.set("accredit_node_recount_height", Double(height))
        guard let election, election.height == height else { return }
        try recount.votes.check(election)
        guard let roots = try services.store.roots(height: height) else {
            throw NodeError(.data, "the roots of block \(height) are missing")
        }
        try recount.check(recordsRoot: roots.records)
        state.withLock { $0.election = election.number }
        services.log.event(
            "recount-agrees",
            [
                ("election", JSON(election.number)), ("height", JSON(height)),
                ("changes", JSON(recount.votes.changeCount)),
                ("tip", JSON(services.chain.tip.height)),
            ])
    }

    private func leaveOut(_ services: NodeServices) {
        state.withLock { $0.isTooLarge = true }
        services.log.event(
            "recount-left-out",
            [
                (
                    "detail",
                    .string(
                        "more than \(Limits.recountVotersMaximum) voters are not counted again "
                            + "beside a node; accredit ledger recount does it on any machine")
                )
            ])
    }

    private func leaveOutRest(_ services: NodeServices) {
        let base = services.store.base
        state.withLock { $0.keptFrom = base }
        services.log.event(
            "recount-left-out",
            [
                (
                    "detail",
                    .string(
                        "votes are counted from block 1, and this node keeps blocks from \(base) "
                            + "on; accredit ledger recount asks a node that keeps all")
                )
            ])
    }

    private func tell(_ error: any Error, _ height: UInt64, _ services: NodeServices) {
        guard !services.board.view.isStopping else { return }
        let detail = "block \(height): \(error)"
        state.withLock { $0.difference = detail }
        services.metrics.set("accredit_node_recount_differs", 1)
        services.log.event(
            "recount-differs", [("height", JSON(height)), ("detail", .string(detail))])
    }
}

/// A recount's part of one processor: after some work it leaves the processor to others for a
/// multiple of what it took.
private struct RecountBudget {
    private var began = ContinuousClock.now
    private var worked = Duration.zero

    /// Work begins; what came before was waiting.
    mutating func begin() { began = .now }

    /// Rests when it is time to.
    /// - Returns: false when the task was cancelled.
    mutating func rest() async -> Bool {
        let now = ContinuousClock.now
        worked += began.duration(to: now)
        began = now
        guard worked >= .milliseconds(Limits.recountSliceMilliseconds) else { return true }
        let pause = worked * Limits.recountPauseFactor
        worked = .zero
        let isOver = (try? await Task.sleep(for: pause)) != nil
        began = .now
        return isOver
    }
}
