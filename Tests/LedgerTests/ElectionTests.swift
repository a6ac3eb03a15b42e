import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct ElectionTests {
    @Test func `the elected act from two blocks after the election, and not before`() throws {
        var world = try World(interval: 5)
        let old = world.state.representatives(at: 1)
        try world.list(world.nodes)
        try world.advance(to: 4)
        #expect(world.blocks.allSatisfy { $0.election == nil })
        let executed = try world.block()
        let election = try #require(executed.election)
        #expect(election.number == 1)
        #expect(election.height == 5)
        #expect(election.seats == world.nodes[0..<4].map(\.identity))
        #expect(executed.electionProof == world.state.proof(of: .election(1)).proof)
        let new = try #require(executed.nextRepresentatives)
        #expect(new == election.representatives)
        #expect(world.state.representatives(at: 5) == old)
        #expect(world.state.representatives(at: 6) == old)
        #expect(world.state.representatives(at: 7) == new)
        #expect(world.state.status(of: old.list[0].node) == .representative)
        let last = try world.block()
        #expect(last.block.header.representatives == old.digest)
        #expect(world.state.status(of: old.list[0].node) == .ordinary)
        #expect(world.state.status(of: world.nodes[0].identity) == .representative)
        #expect(world.state.status(of: world.nodes[4].identity) == .candidate)
        let first = try world.block()
        #expect(first.block.header.representatives == new.digest)
        #expect(new.contains(first.block.header.proposer))
        try world.advance(to: 30)
        #expect(world.state.elections.map(\.height) == [0, 5, 10, 15, 20, 25, 30])
        #expect(world.state.representatives(at: 1) == old)
    }

    @Test func `members sit since the block they took over at, whatever confirms them`() throws {
        var world = try World(interval: 4)
        try world.list(world.nodes)
        // Nodes 0 to 3 from 6 on, and again from 10 on; 4 takes a seat from 14 to 17.
        try world.advance(to: 9)
        #expect(try world.vote(world.voters[0], [(world.nodes[4], 1)]) == .ok)
        try world.advance(to: 13)
        #expect(try world.vote(world.voters[0], [(world.nodes[4], -1)]) == .ok)
        try world.advance(to: 24)
        let expected: [(ClosedRange<UInt64>, UInt64)] = [
            (0...5, 1), (6...13, 6), (14...17, 14), (18...26, 18),
        ]
        let restored = try world.restored()
        for (heights, since) in expected {
            for height in heights {
                #expect(world.state.seatedSince(at: height) == since, "height \(height)")
                #expect(restored.seatedSince(at: height) == since, "height \(height)")
            }
        }
        #expect(world.state.representatives(at: 13) == world.state.representatives(at: 18))
        #expect(world.state.seats(at: 6) == world.state.seats(at: 13))
        #expect(world.state.seats(at: 13) != world.state.seats(at: 18))
    }

    @Test func `more votes go first, then earlier registration, then the lesser did`() throws {
        var world = try World(nodes: 6, interval: 3, seats: 5)
        let nodes = world.nodes
        try world.list(nodes)
        #expect(try world.vote(world.voters[0], [(nodes[5], 2), (nodes[3], 1)]) == .ok)
        #expect(try world.vote(world.voters[1], [(nodes[4], 1)]) == .ok)
        let election = try #require(try world.block().election)
        #expect(
            election.ranking.map(\.node)
                == [nodes[5], nodes[3], nodes[4], nodes[0], nodes[1], nodes[2]].map(\.identity))
        #expect(election.ranking.map(\.votes) == [2, 1, 1, 0, 0, 0])
        #expect(
            election.seats
                == [nodes[5], nodes[3], nodes[4], nodes[0], nodes[1]].map(\.identity))
    }

    @Test func `equal registration is decided by the bytes of the did`() throws {
        var world = try World(interval: 2)
        for node in world.nodes { try world.list([node]) }
        try world.advance(to: 2)
        let election = try #require(world.state.election(1))
        #expect(election.ranking.map(\.node) == world.nodes.map(\.identity).sorted())
    }

    @Test func `with fewer than the minimum the sitting stay and the record says why`() throws {
        var world = try World(interval: 3, seats: 4, minimumSeats: 4)
        let sitting = world.state.representatives(at: 1)
        try world.list(Array(world.nodes[0..<3]))
        try world.advance(to: 3)
        let election = try #require(world.state.election(1))
        #expect(election.seats.isEmpty)
        #expect(election.representatives == sitting)
        #expect(election.note?.contains("3 candidates are eligible, 4 are needed") == true)
        #expect(world.blocks.last?.nextRepresentatives == nil)
        #expect(world.state.representatives(at: 5) == sitting)
        #expect(world.state.status(of: world.nodes[0].identity) == .candidate)
        // The next election comes a full interval later.
        #expect(world.state.nextElectionHeight == 6)
    }

    @Test func `a size for which the approval rule is unsafe keeps the sitting`() throws {
        var world = try World(
            interval: 3, seats: 5, minimumSeats: 3, approval: ["count": 3])
        try world.list(world.nodes)
        try world.advance(to: 3)
        let election = try #require(world.state.election(1))
        #expect(election.seats.isEmpty)
        #expect(election.note?.contains("not safe for 5") == true)
        #expect(election.note?.contains("4 of 5 stand 1 silent and 2 malicious") == true)
    }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `credentials must be good beyond the term`(offset: Int64, eligible: Bool) throws {
        var world = try World(interval: 3, margin: 60)
        let electionTime = world.time.adding(milliseconds: 2000)
        let end = electionTime.adding(milliseconds: 60_000 + offset)
        try world.list(Array(world.nodes[0..<4]))
        try world.list([world.nodes[4]], validUntil: end)
        try world.advance(to: 3)
        let election = try #require(world.state.election(1))
        let rank = try #require(election.ranking.first { $0.node == world.nodes[4].identity })
        #expect(rank.eligible == eligible)
        #expect(rank.reason?.hasPrefix("credential-ends-within-term") == (eligible ? nil : true))
    }

    @Test func `a representative that leaves the list keeps its seat until the switch`() throws {
        var world = try World(interval: 4)
        let nodes = world.nodes
        try world.list(nodes)
        try world.advance(to: 6)
        #expect(world.state.status(of: nodes[0].identity) == .representative)
        #expect(try world.run(nodes[0], .candidateRemove(node: nodes[0].identity)).code == .ok)
        #expect(world.state.status(of: nodes[0].identity) == .representative)
        try world.advance(to: 8)
        #expect(world.state.election(2)?.seats == nodes[1..<5].map(\.identity))
        #expect(world.state.status(of: nodes[0].identity) == .representative)
        try world.advance(to: 9)
        #expect(world.state.status(of: nodes[0].identity) == .ordinary)
    }

    @Test(arguments: [2, 3, 5, 8])
    func `one function answers who acts, for every interval`(interval: Int) throws {
        var world = try World(interval: interval)
        try world.list(world.nodes)
        var expected: [UInt64: Representatives] = [:]
        for _ in 0..<20 {
            let next = world.state.tip.height + 1
            let acting = world.state.representatives(at: next)
            if let known = expected[next] { #expect(acting == known) }
            expected[next + 1] = world.state.representatives(at: next + 1)
            // Votes wander, so that elections differ.
            let favourite = world.nodes[Int(next) % world.nodes.count]
            let voter = world.voters[Int(next) % world.voters.count]
            try world.block([world.sign(voter, World.vote([(favourite, 1)]))])
            #expect(world.blocks.last?.block.header.representatives == acting.digest)
        }
        let restored = try world.restored()
        for height in 1...world.state.tip.height + 2 {
            #expect(
                restored.representatives(at: height) == world.state.representatives(at: height))
        }
        #expect(restored.elections == world.state.elections)
    }

    @Test func `an election record reads back as it was written`() throws {
        var world = try World(interval: 3)
        try world.list(world.nodes)
        try world.advance(to: 3)
        let election = try #require(world.state.election(1))
        #expect(try Election(election.json) == election)
        #expect(try Election(try JSON.parse(election.json.bytes)) == election)
        #expect(world.state.election(2) == nil)
        #expect(world.state.election(.max) == nil)
    }

    @Test(arguments: [
        (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 3, 4), (5, 4, 5), (6, 5, 6), (7, 5, 7),
        (21, 15, 21),
    ])
    func `only quorums that keep blocks safe are taken`(count: Int, least: Int, most: Int) {
        for fixed in 1...22 {
            let quorum = ApprovalRule.count(fixed).quorum(of: count)
            #expect(quorum == ((least...most).contains(fixed) ? fixed : nil))
        }
        #expect(ApprovalRule.all.quorum(of: count) == count)
        #expect(ApprovalRule.all.quorum(of: 22) == nil)
        #expect(ApprovalRule.all.quorum(of: 0) == nil)
    }

    @Test func `a ratio rounds up`() throws {
        let rule = try ApprovalRule(["ratio": "2/3"])
        #expect(rule.quorum(of: 4) == 3)
        #expect(rule.quorum(of: 7) == 5)
        #expect(rule.quorum(of: 3) == nil)
        #expect(try ApprovalRule(["ratio": "1/1"]).quorum(of: 3) == 3)
        for text in ["2/0", "0/3", "3/2", "2", "2/3/4", "-2/3", "02/3", "2 /3", "2/1001", ""] {
            #expect(throws: LedgerError.self) { try ApprovalRule(["ratio": .string(text)]) }
        }
        for json: JSON in ["ALL", ["count": 0], ["count": 22], ["count": 3, "ratio": "2/3"], 3] {
            #expect(throws: LedgerError.self) { try ApprovalRule(json) }
        }
    }
}
