import Cryptography
import Encoding
import Ledger
import Proofs
import TestSupport
import Testing

@Suite struct ElectionCertificateTests {
    private func chain() throws -> ProvenChain { try ReceiptTests.chain.get() }

    private func verified(
        _ certificate: ElectionCertificate, _ chain: ProvenChain
    ) throws -> Election {
        let read = try ElectionCertificate(ProofFile.parse(certificate.json.bytes))
        #expect(read.json == certificate.json)
        return try read.verify(genesis: chain.genesis)
    }

    @Test func `an election's certificate proves ranking, seats and who acts next`() throws {
        let chain = try chain()
        let nodes = chain.nodes.map(\.identity)
        let first = try verified(try chain.electionCertificate(4), chain)
        #expect(first.ranking.map(\.node) == nodes)
        #expect(first.ranking.map(\.votes) == [5, 4, 3, 2, 1])
        #expect(first.seats == Array(nodes[..<4]))
        #expect(first.actsFrom == 6)
        let second = try verified(try chain.electionCertificate(8), chain)
        #expect(second.seats == [nodes[4], nodes[0], nodes[1], nodes[2]])
        // Signed by those who leave, whom the first election's hand-over names.
        let certificate = try chain.electionCertificate(8)
        #expect(certificate.file.handovers.count == 1)
        #expect(certificate.header.representatives == first.representatives.digest)
    }

    @Test func `the rank shows what decides between equal votes`() throws {
        var chain = try ProvenChain()
        try chain.stand()
        while chain.blocks.count < 4 { try chain.add([]) }
        let election = try verified(try chain.electionCertificate(4), chain)
        #expect(election.ranking.map(\.votes) == [0, 0, 0, 0, 0])
        #expect(election.ranking.map(\.registered.height) == [1, 1, 1, 1, 1])
        #expect(election.ranking.map(\.registered.index) == [0, 1, 2, 3, 4])
        #expect(election.ranking.map(\.node) == chain.nodes.map(\.identity))
    }

    @Test func `an election without enough candidates says who stays and why`() throws {
        var chain = try ProvenChain()
        while chain.blocks.count < 4 { try chain.add([]) }
        let election = try verified(try chain.electionCertificate(4), chain)
        #expect(election.seats.isEmpty)
        #expect(election.note?.contains("stay") == true)
        #expect(election.representatives.digest == chain.genesis.representatives.digest)
    }

    @Test func `another election's record or header is refused`() throws {
        let chain = try chain()
        let (first, second) = (
            try chain.electionCertificate(4), try chain.electionCertificate(8)
        )
        for (record, proof, header) in [
            (first, second, second), (second, first, second), (second, second, first),
            (first, first, second), (second, second, nil),
        ] {
            let block = chain.blocks[8]
            let mixed = ElectionCertificate(
                file: second.file, election: record.election, proof: proof.proof,
                header: header?.header ?? block.header,
                certificate: header?.certificate ?? block.certificate)
            #expect(throws: ProofError.self) { try mixed.verify(genesis: chain.genesis) }
        }
    }

    @Test(arguments: [UInt8(0x01), 0x20])
    func `no byte of an election's certificate can be altered`(_ flip: UInt8) throws {
        let chain = try chain()
        let bytes = try chain.electionCertificate(8).json.bytes
        var accepted: [Int] = []
        for index in stride(from: 0, to: bytes.count, by: 3) {
            var altered = bytes
            altered[index] ^= flip
            do {
                _ = try ElectionCertificate(ProofFile.parse(altered)).verify(genesis: chain.genesis)
                accepted.append(index)
            } catch {}
        }
        #expect(accepted == [])
    }
}
