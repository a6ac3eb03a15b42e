import Consensus
import Cryptography
import Encoding
import Ledger
import Proofs
import TestSupport
import Testing

@Suite struct CutoffProofTests {
    private func chain() throws -> ProvenChain { try ReceiptTests.chain.get() }

    private func verified(_ proof: CutoffProof, _ chain: ProvenChain) throws -> VerifiedTallies {
        let read = try CutoffProof(ProofFile.parse(proof.json.bytes))
        #expect(read.json == proof.json)
        return try read.verify(genesis: chain.genesis)
    }

    @Test func `the votes before a moment are those of the last block whose time is before it`()
        throws
    {
        let chain = try chain()
        let late = chain.nodes[4].identity
        // Block 7 has five votes for a node that had one.
        let moments: [(Instant, height: UInt64, votes: UInt64)] = [
            (chain.time(7, plus: -1), 6, 1), (chain.time(7), 6, 1), (chain.time(7, plus: 1), 7, 6),
            (chain.time(8), 7, 6),
        ]
        for (moment, height, votes) in moments {
            for candidate in [nil, late] {
                let proof = try chain.cutoffProof(moment, of: candidate)
                let verified = try verified(proof, chain)
                #expect(verified.proof.cutoff.last.height == height)
                #expect(verified.isFinal)
                #expect(verified.totals.first { $0.candidate == late }?.votes == votes)
                #expect(verified.totals.count == (candidate == nil ? 5 : 1))
            }
        }
    }

    @Test func `most votes come first`() throws {
        let chain = try chain()
        let verified = try verified(try chain.cutoffProof(chain.time(12)), chain)
        #expect(verified.totals.map(\.votes) == [6, 5, 4, 3, 2])
        #expect(verified.totals.contains { !$0.listed } == false)
    }

    @Test func `a moment after the newest block is provisional until a later block is there`()
        throws
    {
        var chain = try chain()
        let moment = chain.time(12, plus: 1)
        let early = try verified(try chain.cutoffProof(moment), chain)
        #expect(!early.isFinal)
        try chain.add([])
        let late = try verified(try chain.cutoffProof(moment), chain)
        #expect(late.isFinal)
        #expect(late.totals == early.totals)
    }

    @Test func `headers that leave a gap around the moment or lie beside it are refused`() throws {
        let chain = try chain()
        let moment = chain.time(7, plus: 1)
        let good = try chain.cutoffProof(moment)
        let block = { (height: Int) in chain.blocks[height - 1] }
        let wrong = [
            // An older state, the block after it being before the moment too.
            (6, 7), (6, 8), (7, 9), (8, 9), (8, 7), (8, nil as Int?),
        ]
        for (last, next) in wrong {
            let cutoff = CutoffHeaders(
                before: moment, last: block(last).header, next: next.map { block($0).header },
                certificate: block(next ?? last).certificate)
            let proof = CutoffProof(
                file: chain.file(.cutoff, below: 12), cutoff: cutoff, tally: good.tally)
            #expect(throws: ProofError.self) { try proof.verify(genesis: chain.genesis) }
        }
    }

    @Test func `tallies of another block are refused`() throws {
        let chain = try chain()
        let good = try chain.cutoffProof(chain.time(7, plus: 1))
        for candidate in [nil, chain.nodes[4].identity] {
            let other = try chain.cutoffProof(chain.time(7), of: candidate)
            let proof = CutoffProof(file: good.file, cutoff: good.cutoff, tally: other.tally)
            #expect(throws: ProofError.self) { try proof.verify(genesis: chain.genesis) }
        }
    }

    @Test(arguments: [UInt8(0x01), 0x20], [0, 1])
    func `no byte of a cut-off proof can be altered`(_ flip: UInt8, _ kind: Int) throws {
        let chain = try chain()
        let proof = try chain.cutoffProof(
            chain.time(9, plus: 5), of: kind == 0 ? nil : chain.nodes[2].identity)
        let bytes = proof.json.bytes
        var accepted: [Int] = []
        for index in stride(from: kind, to: bytes.count, by: 3) {
            var altered = bytes
            altered[index] ^= flip
            do {
                let read = try CutoffProof(ProofFile.parse(altered))
                let verified = try read.verify(genesis: chain.genesis)
                // Another moment between the same two blocks is as true.
                if verified.totals == (try proof.verify(genesis: chain.genesis)).totals,
                    read.cutoff.before != proof.cutoff.before
                {
                    continue
                }
                accepted.append(index)
            } catch {}
        }
        #expect(accepted == [])
    }
}
