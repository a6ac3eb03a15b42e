package import Cryptography

/// The representatives who agree on one height: who they are and how many make a quorum.
///
/// Everybody has one vote. The order is that of the keys' bytes, so the same members give the same
/// set, the same proposer and the same digest at every node.
package struct RepresentativeSet: Sendable, Hashable {
    /// Ed25519 consensus keys in ascending order of their bytes. Messages name a member by its
    /// place.
    package let representatives: [PublicKey]
    /// q: how many votes decide.
    package let quorum: Int
    /// s: how many senders in a later round make a node skip to it (L55). With q = n a single
    /// faulty node could drag everybody along if this were n−q+1 alone.
    package let skipThreshold: Int
    /// `ConsensusSeating.digest`: names ledger, term, quorum and members in everything they sign.
    package let digest: Digest

    /// - Parameters:
    ///   - genesis: SHA-256 of the ledger's genesis file.
    ///   - since: the height from which on just these members have decided every block.
    /// - Throws: `approval` or `representatives` when no quorum of them is safe.
    package init(
        _ representatives: [PublicKey], approval: ApprovalPolicy, genesis: Digest, since: UInt64
    ) throws(ConsensusError) {
        let quorum = try approval.quorum(of: representatives.count)
        for key in representatives where key.algorithm != .ed25519 {
            throw ConsensusError(
                .representatives, "\(key.did) is no Ed25519 key; consensus keys have to be Ed25519")
        }
        let sorted = representatives.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        for (key, next) in zip(sorted, sorted.dropFirst()) where key.bytes == next.bytes {
            throw ConsensusError(.representatives, "\(key.did) stands in the set twice")
        }
        self.init(sorted: sorted, quorum: quorum, genesis: genesis, since: since)
    }

    /// Takes any quorum. Tests use it to build a set that is known to be unsafe.
    init(sorted: [PublicKey], quorum: Int, genesis: Digest, since: UInt64) {
        representatives = sorted
        self.quorum = quorum
        skipThreshold = max(sorted.count - quorum + 1, (sorted.count - 1) / 3 + 1)
        digest = ConsensusSeating.digest(
            genesis: genesis, since: since, quorum: quorum, keys: sorted.map(\.bytes))
    }

    package var count: Int { representatives.count }

    /// The member's place, or nil for a key outside the set.
    package func index(of key: PublicKey) -> Int? {
        representatives.firstIndex { $0.bytes == key.bytes }
    }

    /// Who proposes: (height + round + offset) mod n. Nothing is remembered between blocks, so
    /// nodes cannot come to differ about it.
    package func proposer(height: UInt64, round: UInt32, offset: UInt64) -> Int {
        ConsensusSeating.proposer(
            height: height, round: UInt64(round), offset: offset, count: representatives.count)
    }

    /// How many members may stay silent while blocks still come.
    package var silentTolerance: Int { count - quorum }

    /// How many members may lie, in any way, while two different blocks never both get a quorum.
    package var maliciousTolerance: Int { 2 * quorum - count - 1 }

    /// What the quorum stands, as a sentence for operators.
    package var toleranceText: String {
        """
        \(quorum) of \(count) representatives decide: blocks keep coming with \
        \(silentTolerance) silent, and never contradict each other with \
        \(maliciousTolerance) malicious
        """
    }
}
