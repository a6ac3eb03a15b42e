import Cryptography
import Encoding
import Ledger
import TestSupport

/// The ledger of one simulated node: the real state machine, or one with a rule missing.
protocol HuntLedger: Sendable {
    var height: UInt64 { get }
    var time: Instant { get }
    /// The same on every node with the same blocks.
    var root: String { get }
    /// Of the voter that the hunt is after.
    var account: HuntAccount { get }
    var votesOfCandidates: UInt64 { get }
    /// Height and votes of each election held.
    var elections: [(height: UInt64, votes: UInt64)] { get }

    func check(_ transaction: VerifiedTransaction, at time: Instant) -> Inclusion
    func propose(_ pending: [VerifiedTransaction], time: Instant) throws -> HuntBlock
    /// - Returns: the results' codes.
    mutating func apply(_ block: HuntBlock) throws -> [String]
}

struct HuntAccount: Sendable, Equatable {
    let allowance: UInt64
    let cast: UInt64
    let sequence: UInt64
}

/// A block that was agreed on.
struct HuntBlock: Sendable {
    let time: Instant
    let transactions: [VerifiedTransaction]
    /// Nil from a ledger that makes no headers.
    let header: BlockHeader?
}

/// The state machine of the product, after a block in which the candidates stand.
struct RealHuntLedger: HuntLedger {
    private var state: LedgerState
    private let voter: Identity

    init(_ fixture: HuntFixture) throws {
        state = try LedgerState(genesis: fixture.genesis)
        voter = Identity(fixture.voter.publicKey)
        let block = try propose(fixture.opening, time: fixture.start)
        let codes = try apply(block)
        guard codes == ["ok", "ok"] else {
            throw LedgerError(.block, "the candidates are not listed: \(codes)")
        }
    }

    var height: UInt64 { state.tip.height }
    var time: Instant { state.tip.time }
    var root: String { state.stateRoot.text }
    var votesOfCandidates: UInt64 { state.results.reduce(0) { $0 + $1.votes } }
    var elections: [(height: UInt64, votes: UInt64)] {
        state.elections.dropFirst().map { election in
            (election.height, election.ranking.reduce(0) { $0 + $1.votes })
        }
    }
    var account: HuntAccount {
        let view = state.account(voter)
        return HuntAccount(
            allowance: view?.allowance ?? 0, cast: view?.cast ?? 0, sequence: view?.sequence ?? 0)
    }

    func check(_ transaction: VerifiedTransaction, at time: Instant) -> Inclusion {
        state.check(transaction, at: time)
    }

    func propose(_ pending: [VerifiedTransaction], time: Instant) throws -> HuntBlock {
        let deciders = state.representatives(at: height + 1).list
        let executed = try state.propose(
            pending: pending, time: time, proposer: deciders[0].node, round: 0)
        let header = executed.block.header
        return HuntBlock(
            time: header.time, transactions: executed.block.transactions, header: header)
    }

    mutating func apply(_ block: HuntBlock) throws -> [String] {
        guard let header = block.header else {
            throw LedgerError(.block, "the block has no header")
        }
        let executed = try state.verify(Block(header: header, transactions: block.transactions))
        try state.commit(executed)
        return executed.results.map(\.code.rawValue)
    }
}

/// A plain ledger of one account that can be told to forget a rule: what the hunt must catch.
struct FakeHuntLedger: HuntLedger {
    enum Rule: Sendable { case allowance, sequence }

    let missing: Rule?
    private(set) var height: UInt64 = 1
    private(set) var time: Instant
    private(set) var votesOfCandidates: UInt64 = 0
    private(set) var elections: [(height: UInt64, votes: UInt64)] = []
    private var sequence: UInt64 = 0

    init(_ fixture: HuntFixture, missing: Rule?) {
        self.missing = missing
        time = fixture.start
    }

    var root: String { "\(height) \(sequence) \(votesOfCandidates)" }
    var account: HuntAccount {
        HuntAccount(
            allowance: HuntFixture.allowance, cast: votesOfCandidates, sequence: sequence)
    }

    func check(_ transaction: VerifiedTransaction, at time: Instant) -> Inclusion {
        let transaction = transaction.transaction
        if transaction.notAfter <= time { return .refused(.expired, detail: "late") }
        if missing == .sequence { return .includable }
        if transaction.sequence < sequence { return .refused(.sequenceUsed, detail: "used") }
        return transaction.sequence > sequence ? .early(expected: sequence) : .includable
    }

    func propose(_ pending: [VerifiedTransaction], time: Instant) throws -> HuntBlock {
        var ahead = self
        var taken: [VerifiedTransaction] = []
        var rest = pending
        let time = max(time, self.time.adding(milliseconds: 1))
        while let index = rest.firstIndex(where: { ahead.check($0, at: time) == .includable }) {
            let transaction = rest.remove(at: index)
            _ = ahead.run(transaction)
            taken.append(transaction)
        }
        return HuntBlock(time: time, transactions: taken, header: nil)
    }

    mutating func apply(_ block: HuntBlock) throws -> [String] {
        time = block.time
        height += 1
        let codes = block.transactions.map { run($0) }
        if height % UInt64(HuntFixture.electionInterval) == 0 {
            elections.append((height, votesOfCandidates))
        }
        return codes
    }

    private mutating func run(_ transaction: VerifiedTransaction) -> String {
        sequence = max(sequence, transaction.transaction.sequence + 1)
        guard case .vote(let changes) = transaction.transaction.body else { return "no-vote" }
        let votes = changes.reduce(0) { $0 + $1.votes }
        guard missing == .allowance || votesOfCandidates + UInt64(votes) <= HuntFixture.allowance
        else { return ResultCode.allowanceExceeded.rawValue }
        votesOfCandidates += UInt64(votes)
        return ResultCode.ok.rawValue
    }
}
