package import Consensus
package import Cryptography
internal import Encoding
package import Ledger

/// Everything one node decides about its chain, as a step function: when to begin a height, what to
/// build, which block to agree to, what may be signed, and what is committed.
///
/// It has no clock, no disk, no key and no state of the ledger: each step is given what the clocks
/// say and the state after the newest block, and says what is to be done. A node performs that with
/// sockets and databases, a simulator with a virtual clock; both run this.
///
/// Agreement (+Agreement) drives the machine of a height, heights (+Heights) begin and end, and
/// committing (+Commit) is one path for blocks agreed on here and fetched from peers.
package struct Replica: Sendable {
    /// A block executed beside the state of this height.
    struct Known: Sendable {
        /// SHA-256 of the bytes that have the block's id and are really the block.
        let content: Digest
        let block: ExecutedBlock
    }

    /// A value whose transactions' signatures are being verified.
    struct Examination: Sendable {
        enum Purpose: Sendable {
            case verdict(ValueOrigin)
            case commit(CommitCertificate)
        }

        let value: ProposedValue
        let header: BlockHeader
        let purpose: Purpose
    }

    package let identity: Identity
    package let ownKey: PublicKey
    let timeouts: TimeoutSchedule
    let rehearsal: Rehearsal?

    /// Agreement on the next height; nil when this node does not take part.
    var machine: ConsensusMachine?
    /// The machine of the height before, which helps those who have not heard of its decision, and
    /// who decided with it.
    var previous: (machine: ConsensusMachine, deciders: Representatives)?
    /// Who decides the next height.
    package internal(set) var deciders: Representatives
    var executed: [Digest: Known] = [:]
    var early = EarlyMessages()
    /// The newest record of what was signed.
    var record: ConsensusRecord?
    /// Asked to be recorded, in order.
    var unsaved: [(message: UnsignedMessage, record: ConsensusRecord)] = []
    var examinations: [Examination] = []
    /// The block on its way to the disk.
    var appending: (height: UInt64, isFetched: Bool)?

    /// Round 0 of the next height was begun here.
    var hasBegun = false
    /// Another representative has begun the next height.
    var othersBegan = false
    /// Monotonic milliseconds at which the newest height was begun here.
    var beganAt: Int64
    /// Monotonic milliseconds of the last commit, or of the start.
    package internal(set) var committedAt: Int64
    package internal(set) var isSynchronised = false
    /// The height this node signed for before, when that is later than the next one: nothing is
    /// signed until the chain has got there.
    package internal(set) var withheldUntil: UInt64?
    /// Why this node, although it is a representative, only watches.
    package internal(set) var watching: Watching?
    /// What was heard of the height under way before a restart.
    var logged: LoggedHeight?
    /// The height whose log was found damaged.
    let damagedHeight: UInt64?
    /// The operator answers for what the consensus key signed up to here.
    let vouchedHeight: UInt64
    /// Monotonic milliseconds for which `wake` was asked.
    var wakesAt: Int64?
    /// There is a reason for a block, and `wakesAt` is its moment.
    var isPaced = false
    var isHalted = false

    var effects: [ReplicaEffect] = []

    /// - Parameters:
    ///   - identity: the node's name on the ledger.
    ///   - record: the newest record of what its consensus key signed, of any height.
    ///   - logged: what was heard before a restart, to be told again at its height.
    ///   - damagedHeight: the height whose log is not what was written: it is watched only.
    ///   - olderRecord: a height at which the chain has a signature of the consensus key that is
    ///     newer than the record.
    ///   - vouchedHeight: signatures up to here are no sign of an older record.
    ///   - committedAt: monotonic milliseconds at which the newest block was made.
    package init(
        identity: Identity, ownKey: PublicKey, timeouts: TimeoutSchedule,
        restoring record: ConsensusRecord?, state: LedgerState, committedAt: Int64,
        logged: LoggedHeight? = nil, damagedHeight: UInt64? = nil, olderRecord: UInt64? = nil,
        vouchedHeight: UInt64 = 0, rehearsal: Rehearsal? = nil
    ) {
        self.identity = identity
        self.ownKey = ownKey
        self.timeouts = timeouts
        self.rehearsal = rehearsal
        self.record = record
        self.committedAt = committedAt
        self.logged = logged
        self.damagedHeight = damagedHeight
        self.vouchedHeight = vouchedHeight
        watching = olderRecord.map { .olderRecord(height: $0) }
        beganAt = committedAt
        deciders = state.representatives(at: state.tip.height + 1)
    }

    /// Whether a transaction that comes in now may be what makes it time for a block: not while one
    /// is under way or already has its moment.
    package var awaitsTransactions: Bool { mayBegin && !isPaced }

    /// Why there is no next block yet; nil while this node takes no part in agreeing on it.
    package var status: ConsensusStatus? { machine?.status }

    /// Takes one input and says what is to be done about it.
    /// - Parameter state: after the newest block; after the appended one for `appended`.
    package mutating func step(
        _ input: ReplicaInput, at moment: Moment, state: LedgerState
    ) -> [ReplicaEffect] {
        guard !isHalted else { return [] }
        switch input {
        case .start: beginHeight(state)
        case .synchronised:
            isSynchronised = true
            beginIfDue(moment, state)
        case .message(let message, let carrier): take(message, from: carrier, moment, state)
        case .timeout(let timeout):
            if timeout.height == machine?.height {
                advance(.timeout(timeout), moment, state)
            } else if timeout.height == previous?.machine.height {
                help(.timeout(timeout))
            }
        case .tick: beginIfDue(moment, state)
        case .fetched(let block, let certificate): take(block, certificate, state)
        case .overtaken(let signed): noteOvertaken(signed, moment, state)
        case .waiting(let hasReason): begin(hasReason: hasReason, moment, state)
        case .collected(let pending, let round): build(pending, round: round, moment, state)
        case .worked(let block, let round): propose(block, round: round, moment, state)
        case .verified(let value, let result): conclude(value, result, moment, state)
        case .saved(let message): noteSaved(message)
        case .signed(let message):
            if message.height == machine?.height { advance(.signed(message), moment, state) }
        case .appended: noteAppended(moment, state)
        }
        defer { effects = [] }
        return effects
    }

    mutating func halt(_ reason: Halt) {
        isHalted = true
        effects.append(.halt(reason))
    }
}
