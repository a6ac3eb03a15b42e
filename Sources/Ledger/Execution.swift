internal import Cryptography
internal import Encoding

/// One run of a block: the transactions in order, then lapses, then the tally entries and the
/// election.
struct Execution {
    private(set) var branch: Branch
    private(set) var transactions: [VerifiedTransaction] = []
    private(set) var results: [TransactionResult] = []
    private(set) var lapsed: [Identity] = []
    private(set) var tallies: [TallyEntry] = []
    private var byteCount = 0

    init(_ base: LedgerState, time: Instant) {
        branch = Branch(base, height: base.tip.height + 1, time: time)
    }

    /// Makes room for a block of so many transactions.
    mutating func reserve(_ count: Int) {
        branch.reserve(transactions: count)
        transactions.reserveCapacity(count)
        results.reserveCapacity(count)
    }

    /// Candidates whose admission has ended leave the list, unless this block renewed it.
    /// Credentials are good for times before their end, so the end itself is too late. What ends an
    /// admission in this block (`endAdmission`) takes effect in the next one: only who came into
    /// the block with an admission that is over lapses.
    private mutating func lapse() {
        for expiry in branch.base.expiries {
            guard expiry.time <= branch.time else { return }
            guard let candidate = branch.candidate(expiry.node), candidate.state == .listed,
                candidate.validUntil <= branch.time
            else { continue }
            branch.leaveList(expiry.node, as: .lapsed)
            lapsed.append(expiry.node)
        }
    }

    /// Takes what may stand in the block, as far as it fits.
    mutating func take(_ pending: [VerifiedTransaction], within limits: BlockLimits) {
        var early: [Identity: [VerifiedTransaction]] = [:]
        for transaction in pending {
            var next: VerifiedTransaction? = transaction
            while let candidate = next {
                next = nil
                let sender = candidate.transaction.sender
                branch.load(senderOf: candidate.transaction)
                switch branch.inclusion(of: candidate.transaction) {
                case .refused:
                    break
                case .early:
                    early[sender, default: []].append(candidate)
                case .includable:
                    guard fits(candidate, within: limits) else { break }
                    run(candidate)
                    next = Self.remove(
                        &early, sender, sequence: candidate.transaction.sequence + 1)
                }
            }
            if transactions.count >= limits.transactionCount { return }
        }
    }

    private static func remove(
        _ early: inout [Identity: [VerifiedTransaction]], _ sender: Identity, sequence: UInt64
    ) -> VerifiedTransaction? {
        guard let waiting = early[sender],
            let index = waiting.firstIndex(where: { $0.transaction.sequence == sequence })
        else { return nil }
        return early[sender]?.remove(at: index)
    }

    /// Runs a transaction of a block that is there already.
    /// - Throws: `block` when it may not stand in it.
    mutating func require(
        _ transaction: VerifiedTransaction, within limits: BlockLimits
    ) throws(LedgerError) {
        func place() -> String { "transaction \(transactions.count), \(transaction.id.text)" }
        guard fits(transaction, within: limits) else {
            throw LedgerError(.block, "\(place()): the block is longer than the network allows")
        }
        branch.load(senderOf: transaction.transaction)
        switch branch.inclusion(of: transaction.transaction) {
        case .includable:
            run(transaction)
        case .early(let expected):
            throw LedgerError(
                .block,
                "\(place()): its number is \(transaction.transaction.sequence), the "
                    + "sender's next is \(expected)")
        case .refused(let reason, let detail):
            throw LedgerError(.block, "\(place()): \(reason.rawValue): \(detail)")
        }
    }

    private func fits(_ transaction: VerifiedTransaction, within limits: BlockLimits) -> Bool {
        transactions.count < limits.transactionCount
            && byteCount + transaction.transaction.byteCount <= limits.blockByteCount
    }

    private mutating func run(_ transaction: VerifiedTransaction) {
        let index = UInt64(transactions.count)
        results.append(branch.apply(transaction.transaction, index: index))
        transactions.append(transaction)
        byteCount += transaction.transaction.byteCount
    }

    /// Ends the block: candidates lapse, the tally history is written, and the election is held
    /// when it is due; between elections, seats may change hands.
    mutating func close(proposer: Identity, round: UInt64) -> Election? {
        branch.keep()
        branch.noteTurns(proposer: proposer, round: round)
        lapse()
        branch.endCompromisedAdmissions()
        for node in branch.touchedCandidates.sorted() {
            guard var candidate = branch.candidate(node) else { continue }
            var before: Candidate?
            if case .candidate(let old) = branch.base[.candidate(node)] { before = old }
            guard
                before?.votes != candidate.votes || before?.generation != candidate.generation
                    || before?.state != candidate.state
            else { continue }
            tallies.append(
                TallyEntry(
                    candidate: node, number: candidate.number, height: branch.height,
                    votes: candidate.votes, isListed: candidate.state == .listed,
                    previousHeight: candidate.tallyHeight))
            candidate.tallyHeight = branch.height
            branch.write(candidate)
        }
        return branch.base.holdsElection(at: branch.height) ? branch.elect() : branch.replace()
    }
}
