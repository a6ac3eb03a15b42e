import Cryptography
import Encoding

/// One value in one round and the signatures of a quorum for it: what a proof of lock and a commit
/// certificate are made of. Which kind of vote they stand for is said by the type around it.
struct SignedQuorum: Sendable, Hashable {
    let height: UInt64
    let round: UInt32
    let valueID: Digest
    let signatures: QuorumSignatures

    func vote(_ kind: VoteKind) -> Vote {
        Vote(kind: kind, height: height, round: round, valueID: valueID)
    }

    func write(to writer: inout ByteWriter) {
        writer.uint64(height)
        writer.uint32(round)
        writer.fixed(valueID.bytes)
        signatures.write(to: &writer)
    }
}

extension SignedQuorum {
    init(height: UInt64, round: UInt32, valueID: Digest, votes: [SignedVote], count: Int) {
        self.init(
            height: height, round: round, valueID: valueID,
            signatures: QuorumSignatures(votes, count: count))
    }

    /// Reads what `write` wrote. Nothing is verified yet.
    init(reading reader: inout ByteReader) throws(FormatError) {
        height = try reader.uint64()
        round = try reader.round()
        valueID = try reader.digest()
        signatures = try QuorumSignatures(reading: &reader)
    }
}
