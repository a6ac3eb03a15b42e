package import Cryptography

/// What is agreed on: an identifier and the bytes behind it, both opaque here.
///
/// Whether the bytes are what the identifier names, and whether they may become the next block, is
/// for the host to say in answer to `Effect.validate`.
package struct ProposedValue: Sendable, Equatable {
    package let id: Digest
    package let bytes: [UInt8]
    /// SHA-256 of the bytes. A proposal's signature covers it, so a relay cannot swap the bytes.
    package let content: Digest

    package init(id: Digest, bytes: [UInt8]) {
        self.id = id
        self.bytes = bytes
        content = Digest.sha256(bytes)
    }

    package static func == (left: ProposedValue, right: ProposedValue) -> Bool {
        left.id == right.id && left.content == right.content
    }
}

/// Where a value came from, for the host that has to judge it.
package enum ValueOrigin: Sendable, Hashable {
    /// Built for this round by this representative: its time has to be near the local clock, and
    /// the proposer and round it names have to be these.
    case fresh(proposer: Int, round: UInt32)
    /// Proposed again with proof of lock, or decided by others: its time was judged by a quorum, so
    /// only its content counts. It may name any earlier round.
    case carried
}

/// The host's judgement of a value.
package enum Verdict: Sendable, Hashable {
    case valid
    /// Sound in itself, but not acceptable as a fresh proposal of this round: its time is off, or
    /// it names another proposer or round. No prevote without proof of lock; decidable
    /// nevertheless.
    case notFresh
    /// The bytes are not what the identifier names, or must never become a block.
    case invalid
}
