import Consensus
import Cryptography
import Encoding
import Ledger
import Proofs
import TestSupport
import Testing

@Suite struct ReceiptTests {
    static let chain = Result { try ProvenChain.played() }

    private func chain() throws -> ProvenChain { try Self.chain.get() }

    @Test func `receipts from before, between and after hand-overs verify from genesis alone`()
        throws
    {
        let chain = try chain()
        #expect(chain.handovers.map(\.header.height) == [5, 9])
        for (height, index, code) in [
            (2, 0, "ok"), (2, 2, "candidate-limit-exceeded"), (7, 0, "ok"),
        ] {
            let made = try chain.receipt(UInt64(height), index)
            let read = try Receipt(ProofFile.parse(made.json.bytes))
            let verified = try read.verify(genesis: chain.genesis)
            #expect(verified.receipt.code == code)
            #expect(verified.receipt.json == made.json)
            #expect(verified.counted == nil)
        }
        #expect(try chain.receipt(7, 0).file.handovers.count == 1)
    }

    @Test func `a member that stays takes a digit in the next hand-over`() throws {
        let stays = try chain().handovers[1].members.count {
            if case .stays = $0 { true } else { false }
        }
        #expect(stays == 3)
    }

    @Test func `a receipt of four representatives is far below 8 KB`() throws {
        let chain = try chain()
        #expect(chain.handovers[0].json.bytes.count < 1_800)
        #expect(chain.handovers[1].json.bytes.count < 1_500)
        let receipt = try chain.receipt(7, 0, before: chain.time(10, plus: 1))
        #expect(receipt.file.handovers.count == 2)
        #expect(receipt.json.bytes.count < 8 * 1024)
    }

    @Test func `a receipt of 21 representatives is below 8 KB, a whole new set adds 5 KB`() throws {
        var chain = try ProvenChain(seats: 21)
        let votes = chain.nodes.prefix(3).map { ($0.identity, Int64(1)) }
        try chain.stand()
        try chain.add([try chain.vote(votes, voter: 0)])
        while chain.blocks.count < 6 { try chain.add([]) }
        try chain.add([try chain.vote(votes, voter: 0)])
        let first = try chain.receipt(2, 0)
        #expect(first.file.handovers.isEmpty)
        _ = try first.verify(genesis: chain.genesis)
        #expect(first.json.bytes.count < 8 * 1024)
        let later = try chain.receipt(7, 0)
        #expect(later.file.handovers.count == 1)
        _ = try later.verify(genesis: chain.genesis)
        #expect(later.json.bytes.count - first.json.bytes.count < 5_500)
    }

    @Test func `a vote counts at a moment after its block's time and not at that time`() throws {
        let chain = try chain()
        func counted(_ height: UInt64, _ index: Int, _ before: Instant) throws
            -> VerifiedReceipt.Counted?
        {
            let made = try chain.receipt(height, index, before: before)
            return try Receipt(ProofFile.parse(made.json.bytes))
                .verify(genesis: chain.genesis).counted
        }
        #expect(try counted(7, 0, chain.time(7, plus: -1)) == .no)
        #expect(try counted(7, 0, chain.time(7)) == .no)
        #expect(try counted(7, 0, chain.time(7, plus: 1)) == .yes)
        #expect(try counted(7, 0, chain.time(12)) == .yes)
        // No block of this time or later is there yet.
        #expect(try counted(7, 0, chain.time(12, plus: 1)) == .provisional)
        #expect(try counted(2, 2, chain.time(12)) == .no)
    }

    @Test func `provisional becomes final with the next block and keeps its totals' header`() throws
    {
        var chain = try chain()
        let moment = chain.time(12, plus: 1)
        let before = try chain.receipt(7, 0, before: moment)
        #expect(try before.verify(genesis: chain.genesis).counted == .provisional)
        try chain.add([])
        let after = try chain.receipt(7, 0, before: moment)
        #expect(try after.verify(genesis: chain.genesis).counted == .yes)
        #expect(after.cutoff?.last == before.cutoff?.last)
    }

    @Test(arguments: [UInt8(0x01), 0x20])
    func `no byte of a receipt can be altered`(_ flip: UInt8) throws {
        let chain = try chain()
        let bytes = try chain.receipt(7, 0, before: chain.time(9)).json.bytes
        var accepted: [Int] = []
        for index in bytes.indices {
            var altered = bytes
            altered[index] ^= flip
            do {
                _ = try Receipt(ProofFile.parse(altered)).verify(genesis: chain.genesis)
                accepted.append(index)
            } catch {}
        }
        #expect(accepted == [])
    }

    @Test func `another genesis file proves nothing`() throws {
        let other = try ProvenChain()
        #expect(throws: ProofError.self) {
            try chain().receipt(7, 0).verify(genesis: other.genesis)
        }
    }
}

@Suite struct HandoverTests {
    private func verify(
        _ chain: ProvenChain, _ handovers: [Handover], height: UInt64 = 7
    ) throws {
        let made = try chain.receipt(height, 0)
        let block = chain.blocks[Int(height) - 1]
        let forged = try Receipt(
            file: ProofFile(
                kind: .receipt, network: ProvenChain.network, genesis: chain.genesis.digest,
                handovers: handovers),
            transactions: block.transactions, codes: block.results.map(\.code.rawValue),
            index: made.index, header: block.header, certificate: block.certificate)
        _ = try Receipt(ProofFile.parse(forged.json.bytes)).verify(genesis: chain.genesis)
    }

    private func header(_ header: BlockHeader, naming set: Representatives) throws -> BlockHeader {
        let text = String(decoding: header.bytes, as: UTF8.self)
        return try BlockHeader(
            bytes: Array(
                text.replacing(header.nextRepresentatives.text, with: set.digest.text).utf8))
    }

    @Test func `a hand-over that is missing, doubled or out of order is refused`() throws {
        let chain = try ProvenChain.played()
        try verify(chain, [chain.handovers[0]])
        for wrong in [
            [], [chain.handovers[1]], [chain.handovers[0], chain.handovers[0]],
            [chain.handovers[1], chain.handovers[0]],
        ] {
            #expect(throws: ProofError.self) { try verify(chain, wrong) }
        }
    }

    @Test func `a hand-over to oneself, forged without the old keys, is refused`() throws {
        let chain = try ProvenChain.played()
        let strangers = try Representatives(
            try (0..<4).map { _ in
                let member = try ProvenChain.Member()
                return Representative(
                    node: member.identity, consensusKey: member.consensus.publicKey.bytes,
                    endpoint: "")
            })
        let old = chain.handovers[0]
        let founders = chain.genesis.representatives
        // The certificate of the true header does not fit the altered one.
        let altered = try header(old.header, naming: strangers)
        let first = Handover(
            header: altered, certificate: old.certificate, before: founders, after: strangers)
        // The true header with other members does not fit its digest.
        let second = Handover(
            header: old.header, certificate: old.certificate, before: founders, after: strangers)
        // Signed by those who come, not by those who leave.
        let third = Handover(
            header: altered,
            certificate: try chain.certify(
                altered, by: chain.state.representatives(at: 7)),
            before: founders, after: strangers)
        for forged in [first, second, third] {
            #expect(throws: ProofError.self) { try verify(chain, [forged]) }
        }
    }

    @Test func `a certificate of another genesis, or of members since another block, is refused`()
        throws
    {
        let chain = try ProvenChain.played()
        let block = chain.blocks[6]
        let deciders = chain.state.representatives(at: 7)
        #expect(chain.state.seatedSince(at: 7) == 6)
        func verify(_ certificate: CommitCertificate) throws {
            let made = try Receipt(
                file: chain.file(.receipt, below: 7), transactions: block.transactions,
                codes: block.results.map(\.code.rawValue), index: 0, header: block.header,
                certificate: certificate)
            _ = try Receipt(ProofFile.parse(made.json.bytes)).verify(genesis: chain.genesis)
        }
        try verify(chain.certify(block.header, by: deciders))
        for other in [
            try chain.certify(block.header, by: deciders, genesis: .zero),
            try chain.certify(block.header, by: deciders, since: 1),
            try chain.certify(block.header, by: deciders, since: 7),
        ] {
            #expect(throws: ProofError.self) { try verify(other) }
        }
    }

    @Test func `a block that hands nothing over is no hand-over`() throws {
        let chain = try ProvenChain.played()
        let block = chain.blocks[2]
        let founders = chain.genesis.representatives
        let idle = Handover(
            header: block.header, certificate: block.certificate, before: founders,
            after: founders)
        #expect(throws: ProofError.self) { try verify(chain, [idle, chain.handovers[0]]) }
    }

    @Test func `fewer signatures than the quorum of genesis certify nothing`() throws {
        let chain = try ProvenChain.played()
        let old = chain.handovers[0]
        var json = old.certificate.json.objectValue ?? JSONObject()
        json["bitmap"] = JSON(Base64URL.encode([3]))
        json["signatures"] = .array(
            Array((json["signatures"]?.arrayValue ?? []).prefix(2)))
        let weak = Handover(
            header: old.header, certificate: try CommitCertificate(json: .object(json)),
            before: chain.genesis.representatives, after: chain.state.representatives(at: 7))
        #expect(throws: ProofError.self) { try verify(chain, [weak]) }
    }
}
