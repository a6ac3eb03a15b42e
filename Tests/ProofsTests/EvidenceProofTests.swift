import Consensus
import Cryptography
import Encoding
import Ledger
import Proofs
import TestSupport
import Testing

/// What follows from evidence, held against the chain by those who believe nothing.
@Suite struct EvidenceProofTests {
    /// Two votes of a node for the newest height, signed as agreement signs them.
    private static func evidence(
        _ chain: ProvenChain, against member: ProvenChain.Member
    ) throws -> TransactionBody {
        let height = chain.state.tip.height
        let acting = chain.state.representatives(at: height)
        let keys = try acting.list.map {
            try PublicKey(algorithm: .ed25519, bytes: $0.consensusKey)
        }
        let set = try RepresentativeSet(
            keys, approval: .ratio(numerator: 7, denominator: 10), genesis: chain.genesis.digest,
            since: chain.state.seatedSince(at: height))
        let domain = SigningDomain(network: ProvenChain.network, set: set.digest)
        let statements = try [UInt8](1...2).map { name in
            let vote = Vote(
                kind: .precommit, height: height, round: 0, valueID: Digest.sha256([name]))
            return Evidence.Statement(
                block: vote.valueID, validRound: nil, content: nil,
                signature: try member.consensus.key.sign(domain.bytes(of: vote)))
        }
        return .evidence(
            Evidence(
                node: member.identity, kind: .precommit, height: height, round: 0,
                first: statements[0], second: statements[1]))
    }

    /// The first node, which sits since block 6, is charged in block 9; node 3 follows it.
    private static func charged() throws -> ProvenChain {
        var chain = try ProvenChain()
        try chain.stand()
        while chain.blocks.count < 8 { try chain.add([]) }
        let body = try evidence(chain, against: chain.nodes[0])
        try chain.add([try chain.sign(body, chain.voters[0])])
        while chain.blocks.count < 12 { try chain.add([]) }
        return chain
    }

    @Test func `what agreement signs is what the ledger verifies`() throws {
        let chain = try Self.charged()
        #expect(chain.blocks[8].results.map(\.code) == [.ok])
        #expect(chain.state.offenders.map(\.node) == [chain.nodes[0].identity])
    }

    @Test func `the certificate of a replacement proves who left, who followed and who stayed`()
        throws
    {
        let chain = try Self.charged()
        let certificate = try chain.electionCertificate(9)
        let election = try ElectionCertificate(ProofFile.parse(certificate.json.bytes))
            .verify(genesis: chain.genesis)
        #expect(election.replaces.map(\.node) == [chain.nodes[0].identity])
        #expect(election.replaces.map(\.cause) == [.equivocation])
        #expect(election.seats == [chain.nodes[4].identity])
        #expect(election.actsFrom == 11)
        // Later blocks are certified by those who follow, whom the hand-overs name.
        let last = try chain.electionCertificate(12)
        let next = try ElectionCertificate(ProofFile.parse(last.json.bytes))
            .verify(genesis: chain.genesis)
        #expect(!next.isReplacement)
        #expect(!next.ranking.contains { $0.node == chain.nodes[0].identity })
    }

    @Test func `a recount follows a suspension and finds an offence that is charged twice`()
        throws
    {
        let chain = try Self.charged()
        var votes = VoteRecount(genesis: chain.genesis)
        for block in chain.blocks {
            let entries = zip(block.transactions, block.results).map {
                VoteRecount.Entry($0, code: $1.code.rawValue)
            }
            try votes.follow(
                height: block.header.height, time: block.header.time, entries: entries)
            if let election = block.election { try votes.check(election) }
        }
        let tally = votes.tallies.first { $0.candidate == chain.nodes[0].identity }
        #expect(tally?.isListed == false)
        let charge = VoteRecount.Entry(chain.blocks[8].transactions[0], code: "ok")
        #expect(throws: ProofError.self) {
            try votes.follow(
                height: 13, time: chain.blocks[11].header.time.adding(milliseconds: 1),
                entries: [charge])
        }
    }

    @Test func `a replay by the state machine comes to the same sets`() throws {
        let chain = try Self.charged()
        var replay = try ChainReplay(genesis: chain.genesis)
        for block in chain.blocks {
            try replay.follow(
                header: block.header.bytes,
                transactions: block.transactions.map(\.jws.compact),
                codes: block.results.map(\.code.rawValue), certificate: block.certificate)
        }
        #expect(replay.state.stateRoot == chain.state.stateRoot)
        #expect(replay.state.elections == chain.state.elections)
    }
}
