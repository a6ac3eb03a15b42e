internal import Credentials
internal import Cryptography
package import Encoding

extension LedgerState {
    /// Builds the next block from waiting transactions, in their order, and executes it. What may
    /// not stand in it is left out; a transaction that comes before its sender's earlier one is
    /// taken after that. What this returns passes `verify` on every node with this state, once it
    /// has the work that the network asks for.
    /// - Parameters:
    ///   - limits: the host's own bounds; the network's hold anyway.
    ///   - time: at least the previous block's plus one millisecond is used.
    /// - Returns: a block without work: in a network that asks for some, `WorkSearch` finds it.
    /// - Throws: `block` when `proposer` is no representative of the next height, or no later
    ///   time can be written.
    package func propose(
        pending: [VerifiedTransaction], limits: BlockLimits? = nil, time: Instant,
        proposer: Identity, round: UInt64
    ) throws(LedgerError) -> ExecutedBlock {
        let earliest = tip.time.adding(milliseconds: 1)
        guard earliest > tip.time else {
            throw LedgerError(.block, "no block can follow one of \(tip.time.rfc3339)")
        }
        var execution = Execution(self, time: max(time, earliest))
        let bounds = limits.map { parameters.limits.tightened(by: $0) } ?? parameters.limits
        execution.reserve(min(pending.count, bounds.transactionCount))
        execution.take(pending, within: bounds)
        return try finish(&execution, proposer: proposer, round: round)
    }

    /// Executes a block beside this state and compares every root with its header.
    /// - Throws: `block`, saying what differs.
    package func verify(_ block: Block) throws(LedgerError) -> ExecutedBlock {
        let header = block.header
        guard header.network.hasSameBytes(as: network) else {
            throw LedgerError(.block, "the block is for another network; this is \(network)")
        }
        guard header.height == tip.height + 1, header.previous == tip.block else {
            throw LedgerError(
                .block,
                "block \(header.height) after \(header.previous.text) does not follow "
                    + "block \(tip.height), \(tip.block.text)")
        }
        guard header.time > tip.time else {
            throw LedgerError(
                .block,
                "block time \(header.time.rfc3339) is not later than "
                    + "\(tip.time.rfc3339), the previous block's")
        }
        guard ProofOfWork.isDone(header, bits: parameters.proofOfWorkBits) else {
            throw LedgerError(
                .block,
                "block \(header.height): work \(header.work) does not make its id begin with "
                    + "\(parameters.proofOfWorkBits) zero bits; without work it is 0")
        }
        var execution = Execution(self, time: header.time)
        execution.reserve(block.transactions.count)
        for transaction in block.transactions {
            try execution.require(transaction, within: parameters.limits)
        }
        let executed = try finish(
            &execution, proposer: header.proposer, round: header.round, work: header.work)
        try compare(header, executed.block.header)
        return executed
    }

    private func compare(
        _ theirs: BlockHeader, _ ours: BlockHeader
    ) throws(LedgerError) {
        let pairs = [
            ("transactionsRoot", theirs.transactionsRoot, ours.transactionsRoot),
            ("resultsRoot", theirs.resultsRoot, ours.resultsRoot),
            ("stateRoot", theirs.stateRoot, ours.stateRoot),
            ("representatives", theirs.representatives, ours.representatives),
            ("nextRepresentatives", theirs.nextRepresentatives, ours.nextRepresentatives),
        ]
        for (name, their, our) in pairs where their != our {
            throw LedgerError(
                .block,
                "block \(theirs.height): \(name) is \(their.text) in the header and "
                    + "\(our.text) here")
        }
        guard theirs.bytes == ours.bytes else {
            throw LedgerError(.block, "block \(theirs.height): the header differs")
        }
    }

    private func finish(
        _ execution: inout Execution, proposer: Identity, round: UInt64, work: UInt64 = 0
    ) throws(LedgerError) -> ExecutedBlock {
        let deciders = representatives(at: execution.branch.height)
        guard deciders.contains(proposer) else {
            throw LedgerError(
                .block, "\(proposer) is no representative at height \(execution.branch.height)")
        }
        let election = execution.close(proposer: proposer, round: round)
        let branch = execution.branch
        let written = branch.written()
        try balance(written)
        let changed = changes(written)
        let update = update(changed, tallies: execution.tallies)
        if let failure {
            throw LedgerError(.storage, "block \(branch.height) cannot be executed: \(failure)")
        }
        let header = BlockHeader(
            BlockHeader.Draft(
                network: network, height: branch.height, time: branch.time,
                previous: tip.block,
                transactionsRoot: MerkleTree.root(
                    execution.transactions.map(\.transaction.bytes)),
                transactionCount: UInt64(execution.transactions.count),
                stateRoot: update.roots.state,
                resultsRoot: MerkleTree.root(
                    zip(execution.transactions, execution.results).map {
                        $1.leaf(transaction: $0.id)
                    }),
                representatives: deciders.digest,
                nextRepresentatives: representatives(at: branch.height + 1).digest,
                proposer: proposer, round: round, work: work))
        let tip = WrittenRecord(
            key: .tip, address: RecordAddress(.tip),
            record: .tip(Tip(height: header.height, block: header.id, time: header.time)),
            before: .tip(self.tip))
        let switched = election.map { !$0.seats.isEmpty } ?? false
        return ExecutedBlock(
            block: Block(header: header, transactions: execution.transactions),
            results: execution.results,
            changes: [tip.change] + changed.map(\.change),
            tallies: execution.tallies, lapsed: execution.lapsed, election: election,
            electionProof: election.map { proof(of: .election($0.number), after: update) },
            roots: update.roots, buckets: update.stored, deposits: newDeposits(written),
            records: [tip] + written,
            update: update,
            nextRepresentatives: switched ? election?.representatives : nil)
    }

    /// The records to store for what a block wrote, in the order of their keys. A candidate is two:
    /// itself and its votes; only what differs is stored.
    private func changes(_ written: [WrittenRecord]) -> [StoredChange] {
        var changes: [StoredChange] = []
        var tallies: [StoredChange] = []
        changes.reserveCapacity(written.count)
        for record in written {
            guard case .candidate(let candidate) = record.record else {
                changes.append(StoredChange(record))
                continue
            }
            var before: Candidate?
            if case .candidate(let old) = record.before { before = old }
            if before?.isStoredAs(candidate) != true { changes.append(StoredChange(record)) }
            if before?.tally != candidate.tally {
                let key = RecordKey.tally(candidate.number)
                let change = RecordChange(key: key.bytes, value: candidate.tally.bytes)
                tallies.append(StoredChange(key: key, name: nil, change: change))
            }
        }
        // Numbers are not in the order of the nodes.
        return changes + tallies.sorted { $0.change.key.lexicographicallyPrecedes($1.change.key) }
    }

    private func newDeposits(_ written: [WrittenRecord]) -> [NewDeposit] {
        written.compactMap { record in
            guard case .deposit(let deposit) = record.record, record.before == nil else {
                return nil
            }
            return NewDeposit(node: deposit.node, auditor: deposit.auditor, id: deposit.id)
        }
    }

    /// Balances and held deposits add up to what they did before: no rule makes or loses money.
    func balance(
        _ written: [WrittenRecord]
    ) throws(LedgerError) {
        var before: UInt128 = 0
        var after: UInt128 = 0
        for record in written where record.key.hasWorth {
            if let old = record.before { before += Self.worth(old) }
            after += Self.worth(record.record)
        }
        guard before == after else {
            throw LedgerError(
                .invariant,
                "the block would change the supply from \(before) to \(after) in the "
                    + "records it touches; the block is refused, report this")
        }
    }

    private static func worth(_ record: Record) -> UInt128 {
        switch record {
        case .account(let account): UInt128(account.balance)
        case .deposit(let deposit): deposit.state == .held ? UInt128(deposit.amount) : 0
        case .tip, .settings, .parameters, .auditorSet, .candidate, .election, .tally, .owner,
            .credential, .auditorSetChange, .offence, .offender, .absences:
            0
        }
    }
}

extension RecordKey {
    /// Whether the record may hold part of the supply.
    fileprivate var hasWorth: Bool {
        switch self {
        case .account, .deposit: true
        case .tip, .settings, .parameters, .auditorSet, .candidate, .election, .consensusKey,
            .application, .tally, .credential, .auditorSetChange, .offence, .offender, .absences:
            false
        }
    }
}
