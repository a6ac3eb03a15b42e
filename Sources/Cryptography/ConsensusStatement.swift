internal import Encoding

/// What a representative signs about a height, and the exact bytes of it: domain tag ‖ network ‖
/// height ‖ set digest ‖ type ‖ round ‖ validRound ‖ value id, and for proposals the digest of the
/// value's bytes.
///
/// It stands here because both sides read it: agreement, which makes these signatures, and the
/// ledger, which judges them as evidence without knowing how agreement works. No time is in it, so
/// that two statements have the same bytes exactly when they say the same.
package struct ConsensusStatement: Sendable, Hashable {
    /// The raw value is the type byte.
    package enum Kind: UInt8, Sendable, Hashable {
        case proposal = 1
        case prevote = 2
        case precommit = 3
    }

    package let kind: Kind
    package let height: UInt64
    package let round: UInt32
    /// Of a proposal made again: the round whose proof of lock comes along.
    package let validRound: UInt32?
    /// The value voted for or proposed; nil is a vote for none.
    package let valueID: Digest?
    /// SHA-256 of a proposal's bytes; nil in a vote.
    package let content: Digest?

    package init(
        kind: Kind, height: UInt64, round: UInt32, validRound: UInt32?, valueID: Digest?,
        content: Digest?
    ) {
        self.kind = kind
        self.height = height
        self.round = round
        self.validRound = validRound
        self.valueID = valueID
        self.content = content
    }

    /// - Parameter set: `ConsensusSeating.digest` of who acts at this height.
    package func bytes(network: String, set: Digest) -> [UInt8] {
        var writer = ByteWriter()
        writer.string("accredit/v1/consensus")
        writer.string(network)
        writer.uint64(height)
        writer.fixed(set.bytes)
        writer.byte(kind.rawValue)
        writer.uint32(round)
        writer.byte(validRound == nil ? 0 : 1)
        if let validRound { writer.uint32(validRound) }
        writer.byte(valueID == nil ? 0 : 1)
        if let valueID { writer.fixed(valueID.bytes) }
        if let content { writer.fixed(content.bytes) }
        return writer.bytes
    }
}

/// Who sits where, as far as both agreement and the ledger have to know it.
package enum ConsensusSeating {
    /// Names ledger, term, quorum and members in everything they sign: domain tag ‖ genesis ‖ since
    /// ‖ quorum ‖ number of keys ‖ keys.
    ///
    /// A network made anew under its old name and with its old keys has another genesis, so nobody
    /// is held there to what they signed in the old one. Members who come back after others sat in
    /// between, sit since another height.
    /// - Parameters:
    ///   - genesis: SHA-256 of the genesis file.
    ///   - since: the height from which on just these members have decided every block, 1 for those
    ///     of genesis. An election that seats the same members again does not change it, so that
    ///     the hand-overs of a proof are enough to know it.
    ///   - keys: Ed25519 keys in ascending order of their bytes.
    package static func digest(
        genesis: Digest, since: UInt64, quorum: Int, keys: [[UInt8]]
    ) -> Digest {
        var writer = ByteWriter()
        writer.string("accredit/v1/seats")
        writer.fixed(genesis.bytes)
        writer.uint64(since)
        writer.uint32(UInt32(clamping: quorum))
        writer.uint32(UInt32(clamping: keys.count))
        for key in keys { writer.bytes(key) }
        return Digest.sha256(writer.bytes)
    }

    /// The place of who proposes: (height + round + offset) mod n. Nothing is remembered between
    /// blocks, so nodes cannot come to differ about it.
    /// - Parameter count: of the members, more than 0.
    package static func proposer(
        height: UInt64, round: UInt64, offset: UInt64, count: Int
    ) -> Int {
        let count = UInt64(count)
        return Int((height % count + round % count + offset % count) % count)
    }
}
