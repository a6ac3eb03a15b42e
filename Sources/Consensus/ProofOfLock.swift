package import Cryptography
import Encoding

/// A quorum of prevotes for one value in one round. It is believed on its own signatures, whatever
/// votes the reader happened to see first.
package struct ProofOfLock: Sendable, Hashable {
    let quorum: SignedQuorum

    /// The proof that these prevotes make. Nothing is checked; `verify` does that.
    package init(height: UInt64, round: UInt32, valueID: Digest, votes: [SignedVote], count: Int) {
        quorum = SignedQuorum(
            height: height, round: round, valueID: valueID, votes: votes, count: count)
    }

    package var height: UInt64 { quorum.height }
    package var round: UInt32 { quorum.round }
    package var valueID: Digest { quorum.valueID }
    var signatures: QuorumSignatures { quorum.signatures }

    /// The vote that every signer made.
    package var vote: Vote { quorum.vote(.prevote) }

    /// Checks that a quorum of `set` made this vote.
    ///
    /// - Throws: `.certificate`, saying what does not fit.
    package func verify(set: RepresentativeSet, network: String) throws(ConsensusError) {
        try signatures.verify(vote, set: set, network: network)
    }

    func write(to writer: inout ByteWriter) { quorum.write(to: &writer) }
}

extension ProofOfLock {
    init(reading reader: inout ByteReader) throws(FormatError) {
        quorum = try SignedQuorum(reading: &reader)
    }
}
