package import Cryptography
import Encoding

/// A quorum of prevotes for one value in one round. It is believed on its own signatures, whatever
/// votes the reader happened to see first.
package struct ProofOfLock: Sendable, Hashable {
    package let height: UInt64
    package let round: UInt32
    package let valueID: Digest
    let signatures: QuorumSignatures

    /// The vote that every signer made.
    package var vote: Vote {
        Vote(kind: .prevote, height: height, round: round, valueID: valueID)
    }

    /// The proof that these prevotes make. Nothing is checked; `verify` does that.
    package init(height: UInt64, round: UInt32, valueID: Digest, votes: [SignedVote], count: Int) {
        self.init(
            height: height, round: round, valueID: valueID,
            signatures: QuorumSignatures(votes, count: count))
    }

    init(height: UInt64, round: UInt32, valueID: Digest, signatures: QuorumSignatures) {
        self.height = height
        self.round = round
        self.valueID = valueID
        self.signatures = signatures
    }

    package func verify(set: RepresentativeSet, network: String) throws(ConsensusError) {
        try signatures.verify(vote, set: set, network: network)
    }

    func write(to writer: inout ByteWriter) {
        writer.uint64(height)
        writer.uint32(round)
        writer.fixed(valueID.bytes)
        signatures.write(to: &writer)
    }
}

extension ProofOfLock {
    init(reading reader: inout ByteReader) throws(FormatError) {
        height = try reader.uint64()
        round = try reader.round()
        valueID = try reader.digest()
        signatures = try QuorumSignatures(reading: &reader)
    }
}
