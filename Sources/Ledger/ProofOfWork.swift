package import Cryptography
internal import Encoding

/// The search for a header's `work`: a number with which the SHA-256 of the header begins with so
/// many zero bits as genesis asks for.
///
/// It is done in slices, so that whoever searches may stop or do something else between them, and
/// tries 0, 1, 2 …, so that equal headers have equal work wherever it was found.
package struct WorkSearch: Sendable {
    private var next: UInt64 = 0
    private let bits: UInt64
    /// The header up to its last member, the number, and what follows it.
    private let opening: [UInt8]

    /// - Parameter bits: `Parameters.proofOfWorkBits`.
    package init(_ block: ExecutedBlock, bits: UInt64) {
        self.bits = bits
        // `work` is the last member of a header.
        let suffix = Array("\(block.block.header.work)}".utf8)
        opening = Array(block.block.header.bytes.dropLast(suffix.count))
    }

    /// Tries so many numbers.
    /// - Returns: the first that does; nil when none of them does, and the search goes on after
    ///   them.
    package mutating func look(_ count: Int) -> UInt64? {
        for _ in 0..<count {
            let work = next
            next &+= 1
            if ProofOfWork.isDone(Digest.sha256(opening + "\(work)}".utf8), bits: bits) {
                return work
            }
        }
        return nil
    }
}

/// What counts as work.
package enum ProofOfWork {
    /// Whether a header's id begins with so many zero bits.
    package static func isDone(_ id: Digest, bits: UInt64) -> Bool {
        var missing = bits
        for byte in id.bytes where missing > 0 {
            let zeros = UInt64(byte.leadingZeroBitCount)
            if zeros >= missing { return true }
            guard zeros == 8 else { return false }
            missing -= 8
        }
        return missing == 0
    }

    /// Whether a header has the work that its network asks for; without any, none is allowed, so
    /// that one block has one header.
    package static func isDone(_ header: BlockHeader, bits: UInt64) -> Bool {
        bits == 0 ? header.work == 0 : isDone(header.id, bits: bits)
    }
}

extension ExecutedBlock {
    /// The same block with the work that was found for its header.
    package func worked(_ work: UInt64) -> ExecutedBlock {
        let header = block.header.worked(work)
        let tip = Record.tip(Tip(height: header.height, block: header.id, time: header.time))
        let key = RecordKey.tip
        let address = RecordAddress(key)
        return ExecutedBlock(
            block: Block(header: header, transactions: block.transactions), results: results,
            changes: changes.map {
                $0.key == address.key ? RecordChange(key: $0.key, value: tip.bytes) : $0
            },
            tallies: tallies, lapsed: lapsed, election: election, electionProof: electionProof,
            roots: roots, buckets: buckets, deposits: deposits,
            records: records.map {
                $0.key == key
                    ? WrittenRecord(key: key, address: address, record: tip, before: $0.before) : $0
            },
            update: update, nextRepresentatives: nextRepresentatives)
    }
}
