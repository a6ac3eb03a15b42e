import Encoding
import Ledger

/// Whose turn to propose it was, who let it pass, and who has to lose its seat for that: kept from
/// headers alone, by the rule written a second time.
struct Turns {
    private struct Stretch {
        let node: Identity
        let since: UInt64
        var count: UInt64
    }

    private let silenceBlocks: UInt64
    /// Who alone may be found silent; nil where anybody may.
    private let silent: Identity?
    private var elections: [Election] = []
    /// Of the first block under each election since the run began, by its height.
    private var times: [UInt64: Instant] = [:]
    private var term: UInt64 = 0
    private var stretches: [Stretch] = []
    /// In the term under way.
    private(set) var silenced: [Identity] = []
    /// In all.
    private(set) var replacedCount = 0
    /// The last block found somebody silent whom nobody could follow.
    private var isSeatOwed = false
    private(set) var failure: String?

    init(_ world: World, _ plan: Plan) {
        silenceBlocks = plan.shape.silenceBlocks
        silent = plan.silent.map { world.nodes[$0].identity }
        elections = (0...world.state.newestElection.number).compactMap {
            world.state.election($0)
        }
    }

    private var termElection: Election? { elections.last { !$0.isReplacement } }

    mutating func enter(_ executed: ExecutedBlock, isConvicted: (Identity) -> Bool) {
        let header = executed.block.header
        guard let acting = elections.last(where: { $0.actsFrom <= header.height }),
            let sitting = elections.last, let begun = termElection
        else { return failure = "nobody sits at height \(header.height)" }
        if begun.number != term { (term, silenced) = (begun.number, []) }
        if acting.actsFrom == header.height { times[header.height] = header.time }
        noteTurns(header, acting, sitting)
        isSeatOwed = false
        if executed.election?.isReplacement ?? true {
            checkReplaced(
                executed.election, sitting, header, isConvicted: isConvicted)
        }
        if let election = executed.election { elections.append(election) }
    }

    private mutating func noteTurns(
        _ header: BlockHeader, _ acting: Election, _ sitting: Election
    ) {
        let list = acting.representatives.list
        func turn(_ round: UInt64) -> Identity {
            list[Int((header.height + round + acting.number) % UInt64(list.count))].node
        }
        if turn(header.round) != header.proposer {
            failure = "block \(header.height) is not of whose turn round \(header.round) was"
        }
        guard silenceBlocks > 0 else { return }
        stretches.removeAll {
            $0.node == header.proposer || !sitting.representatives.contains($0.node)
        }
        for round in 0..<min(header.round, UInt64(list.count)) {
            let node = turn(round)
            guard node != header.proposer, sitting.representatives.contains(node) else { continue }
            if let place = stretches.firstIndex(where: { $0.node == node }) {
                stretches[place].count += 1
            } else {
                stretches.append(Stretch(node: node, since: header.height, count: 1))
            }
        }
    }

    /// - Parameter replacement: what the block says, if it says anything.
    private mutating func checkReplaced(
        _ replacement: Election?, _ sitting: Election, _ header: BlockHeader,
        isConvicted: (Identity) -> Bool
    ) {
        let height = header.height
        // No more in a term than may be faulty.
        let room = (sitting.representatives.list.count - 1) / 3 - silenced.count
        let due = stretches.filter {
            silenceBlocks > 0 && $0.count > 1 && height - $0.since >= silenceBlocks
                && !isConvicted($0.node)
        }.sorted { ($0.since, $0.node) < ($1.since, $1.node) }.prefix(max(room, 0))
        let found = (replacement?.replaces ?? []).filter { $0.cause == .silence }.map(\.node)
        guard found == due.prefix(found.count).map(\.node) else {
            return failure =
                "block \(height) replaces \(found) for silence, and \(due.map(\.node)) by recount"
        }
        isSeatOwed = found.count < due.count
        for node in found where silent != nil && silent != node && isInStep(node, header) {
            failure = "block \(height) finds \(node) silent, which is live and connected"
        }
        for replaced in replacement?.replaces ?? []
        where replaced.cause == .equivocation && !isConvicted(replaced.node) {
            failure = "block \(height) replaces \(replaced.node), which was not convicted"
        }
        stretches.removeAll { stretch in
            replacement?.replaces.contains { $0.node == stretch.node } ?? false
        }
        silenced += found
        replacedCount += found.count
    }

    /// Whether a node sits for so long that it had the time to fetch what it had missed before: a
    /// simulated node looks for that now and then only, and blocks come fast.
    private func isInStep(_ node: Identity, _ header: BlockHeader) -> Bool {
        let since = elections.reversed().prefix { $0.representatives.contains(node) }.last
        guard let since, since.actsFrom <= header.height else { return false }
        guard let begun = times[since.actsFrom] else { return true }
        return header.time.milliseconds(since: begun) >= Self.catchUpMilliseconds
    }

    private static let catchUpMilliseconds: Int64 = 2_000

    /// Whether those who follow are the next in rank, and nobody is left who could.
    /// - Parameter state: after the block.
    func fault(in state: LedgerState, isConvicted: (Identity) -> Bool) -> String? {
        guard let newest = elections.last else { return nil }
        let isNew = newest.isReplacement && newest.height == state.tip.height
        guard isNew || isSeatOwed else { return nil }
        let before = isNew ? elections[elections.count - 2] : newest
        let listed = state.candidates.filter {
            !before.representatives.contains($0.node) && !isConvicted($0.node)
                && !silenced.contains($0.node)
        }
        let ranked = listed.sorted { left, right in
            if left.votes != right.votes { return left.votes > right.votes }
            if left.registered != right.registered { return left.registered < right.registered }
            return left.node < right.node
        }.map(\.node)
        if isNew, newest.seats != Array(ranked.prefix(newest.seats.count)) {
            return "\(newest.seats) follow, and \(ranked) by rank"
        }
        if isSeatOwed, ranked.count > (isNew ? newest.seats.count : 0) {
            return "a silent representative keeps the seat that \(ranked) could have"
        }
        return nil
    }
}
