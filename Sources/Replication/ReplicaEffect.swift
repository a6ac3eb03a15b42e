package import Consensus
package import Cryptography
package import Ledger

/// What the host has to do, in this order, after a step.
package enum ReplicaEffect: Sendable {
    /// Keep this where a restart finds it, before the effects that follow are performed. The
    /// beginning of a height lets go of what was kept before.
    case log(LoggedInput)
    /// Make the record durable, then answer with `saved`. A host that cannot stops.
    case save(ConsensusRecord, for: UnsignedMessage)
    /// Sign `bytes` with the consensus key and answer with `signed`. Comes after `saved` only.
    case sign(UnsignedMessage)
    case send(SignedMessage, to: [Representative])
    /// Answer with `timeout` after this many milliseconds.
    case schedule(Timeout, milliseconds: UInt32)
    /// Timeouts of earlier heights than this are of no use any more.
    case endTimeouts(below: UInt64)
    /// Feed `tick` after this many milliseconds, instead of what was asked for before. Asking again
    /// is the host's: two clocks may disagree about when the time has come.
    case wake(milliseconds: Int64)
    case endWaking
    /// Feed this once more, after everything that waits already.
    case again(SignedMessage)
    /// Feed `tick` after everything that waits already.
    case tickAgain
    /// Say with `waiting` whether a waiting transaction may stand in the next block.
    case askWaiting
    /// Say with `collected` what a block may be made of.
    case collect(round: UInt32)
    /// Find the work of the header (`WorkSearch`), without keeping the replica from its next input,
    /// and answer with `worked`, at any time. Of no use any more once another is asked for.
    case search(ExecutedBlock, bits: UInt64, round: UInt32)
    /// Verify the signatures of these transactions and answer with `verified`.
    case verify(ProposedValue, [String])
    /// Store the block durably with everything it changes, let the state take it over, answer with
    /// `appended`. A host that cannot stops.
    case append(ExecutedBlock, CommitCertificate)
    /// Why the block of `fetched` is not taken.
    case notFetched(String)
    /// A quorum decided this block, whose transactions come to something else here. Nothing more
    /// is signed; tell the operator which transaction it is.
    case diverged(Block, CommitCertificate, reason: String)
    /// Somebody speaks of later heights than the next one, or nobody does.
    case behind(Bool)
    /// A representative signed two contradicting messages.
    case evidence(Equivocation, by: Identity?)
    case notice(Notice)
    /// Nothing more may be signed or committed. Comes once; every later step does nothing.
    case halt(Halt)
}

/// What an operator may want to know.
package enum Notice: Sendable {
    case blockNotBuilt(String)
    case blockRefused(Digest, String)
    /// Sound, but late, early, or made for another round than it was proposed in.
    case proposalNotFresh(BlockHeader, round: UInt32)
    /// Another process uses this node's key; nothing more is signed at this height.
    case ownKeyElsewhere(height: UInt64)
    case messageRefused(Refusal)
}

/// Why a replica cannot go on.
package enum Halt: Error, Sendable, Hashable {
    /// Stored records cannot be read.
    case records(String)
    /// The record of signatures does not fit.
    case signingRecord(String)
    /// A decided block cannot be executed here.
    case block(String)
}
