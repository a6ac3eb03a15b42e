package import Consensus
package import Encoding
package import Ledger

/// What the clocks of a node say while one input is taken.
package struct Moment: Sendable, Hashable {
    /// Milliseconds of a clock that never goes back.
    package let monotonic: Int64
    /// What the node believes the time of the day to be.
    package let wall: Instant

    package init(monotonic: Int64, wall: Instant) {
        self.monotonic = monotonic
        self.wall = wall
    }
}

/// What can happen to a replica. Everything it knows of the world comes in here.
///
/// Answers to effects are fed in the order of the effects, and before anything else.
package enum ReplicaInput: Sendable {
    /// The first input.
    case start
    /// The chain was compared with the peers: from now on this node may begin a height.
    case synchronised
    /// A decoded message from anybody, and the node that brought it.
    case message(SignedMessage, from: Identity? = nil)
    /// A timeout asked for by `schedule` has passed.
    case timeout(Timeout)
    /// It may be time to begin the next height: a transaction came in, or `wake` is over.
    case tick
    /// A peer's block whose certificate was verified for its height, and every signature in it.
    case fetched(Block, CommitCertificate)
    /// Blocks in a row that peers decided are durable, and the state handed in is the one after
    /// them. `signed` is the newest of their certificates with this node's own signature.
    case overtaken(signed: CommitCertificate?)

    /// The answer to `askWaiting`.
    case waiting(Bool)
    /// The answer to `collect`: transactions in the order they came.
    case collected([VerifiedTransaction], round: UInt32)
    /// The answer to `search`, in its own time: the block with the work that was found.
    case worked(ExecutedBlock, round: UInt32)
    /// The answer to `verify`: every signature is good, or what the first wrong one has wrong.
    case verified(ProposedValue, Result<[VerifiedTransaction], LedgerError>)
    /// The answer to `save`: the record is durable.
    case saved(UnsignedMessage)
    /// The answer to `sign`.
    case signed(SignedMessage)
    /// The answer to `append`: the block is durable, and the state handed in is the one after it.
    case appended
}
