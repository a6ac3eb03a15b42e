import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct VoteTests {
    @Test func `votes add up, come back and are shown to voter and candidate`() throws {
        var world = try World()
        let (voter, other) = (world.voters[0], world.voters[1])
        let (first, second) = (world.nodes[0], world.nodes[1])
        try world.list([first, second])
        #expect(try world.vote(voter, [(first, 4), (second, 1)]) == .ok)
        #expect(try world.vote(other, [(first, 6)]) == .ok)
        #expect(try world.vote(voter, [(first, -3)]) == .ok)
        #expect(world.state.candidate(first.identity)?.votes == 7)
        #expect(world.state.candidate(second.identity)?.votes == 1)
        let view = try #require(world.state.account(voter.identity))
        #expect(view.cast == 2)
        #expect(view.remaining == 8)
        #expect(view.votes.count == 2)
        #expect(world.state.results.first == Total(candidate: first.identity, votes: 7))
    }

    @Test func `the allowance can be spent exactly and not exceeded`() throws {
        var world = try World()
        let voter = world.voters[0]
        let (first, second) = (world.nodes[0], world.nodes[1])
        try world.list([first, second])
        #expect(try world.vote(voter, [(first, 6), (second, 5)]) == .allowanceExceeded)
        #expect(world.state.account(voter.identity)?.cast == 0)
        #expect(world.state.candidate(first.identity)?.votes == 0)
        #expect(try world.vote(voter, [(first, 6), (second, 4)]) == .ok)
        #expect(world.state.account(voter.identity)?.remaining == 0)
        #expect(try world.vote(voter, [(second, 1)]) == .allowanceExceeded)
        // Moving votes counts the sum, whichever change comes first.
        #expect(try world.vote(voter, [(first, -1), (second, 1)]) == .ok)
        #expect(try world.vote(voter, [(first, 1), (second, -1)]) == .ok)
        #expect(world.state.candidate(first.identity)?.votes == 6)
    }

    @Test func `one candidate gets at most what genesis says from one account`() throws {
        var world = try World()
        let (voter, node) = (world.voters[0], world.nodes[0])
        try world.list([node])
        #expect(try world.vote(voter, [(node, 7)]) == .candidateLimitExceeded)
        #expect(try world.vote(voter, [(node, 6)]) == .ok)
        #expect(try world.vote(voter, [(node, 1)]) == .candidateLimitExceeded)
        #expect(
            try world.vote(voter, [(node, Int64(Ledger.Limits.allowanceMaximum))])
                == .candidateLimitExceeded)
        #expect(world.state.candidate(node.identity)?.votes == 6)
    }

    @Test func `no more can be withdrawn than was cast`() throws {
        var world = try World()
        let (voter, other, node) = (world.voters[0], world.voters[1], world.nodes[0])
        try world.list([node])
        #expect(try world.vote(voter, [(node, -1)]) == .withdrawalExceedsCast)
        #expect(try world.vote(voter, [(node, 3)]) == .ok)
        #expect(try world.vote(other, [(node, -1)]) == .withdrawalExceedsCast)
        #expect(try world.vote(voter, [(node, -4)]) == .withdrawalExceedsCast)
        #expect(try world.vote(voter, [(node, -3)]) == .ok)
        #expect(world.state.candidate(node.identity)?.votes == 0)
        #expect(world.state.account(voter.identity)?.votes.isEmpty == true)
    }

    @Test func `votes go to listed candidates alone, and a list counts whole or not at all`() throws
    {
        var world = try World()
        let (voter, node, stranger) = (world.voters[0], world.nodes[0], world.nodes[1])
        try world.list([node])
        #expect(try world.vote(voter, [(stranger, 1)]) == .unknownCandidate)
        #expect(try world.vote(voter, [(node, 1), (stranger, 1)]) == .unknownCandidate)
        #expect(world.state.candidate(node.identity)?.votes == 0)
        #expect(world.state.account(voter.identity)?.sequence == 2)
        #expect(try world.run(node, .candidateRemove(node: node.identity)).code == .ok)
        #expect(try world.vote(voter, [(node, 1)]) == .notCandidate)
    }

    @Test func `an account without allowance cannot vote`() throws {
        var world = try World()
        try world.list([world.nodes[0]])
        #expect(try world.vote(world.nodes[1], [(world.nodes[0], 1)]) == .allowanceExceeded)
    }

    @Test func `a removed candidate's votes come back when their voters act next`() throws {
        var world = try World()
        let voter = world.voters[0]
        let (first, second) = (world.nodes[0], world.nodes[1])
        try world.list([first, second])
        #expect(try world.vote(voter, [(first, 6), (second, 4)]) == .ok)
        let removal = TransactionBody.candidateRemove(node: first.identity)
        #expect(try world.run(second, removal).code == .notTheNode)
        #expect(try world.run(first, removal).code == .ok)
        #expect(try world.run(first, removal).code == .notCandidate)
        #expect(world.state.candidate(first.identity)?.votes == 0)
        let view = try #require(world.state.account(voter.identity))
        #expect(view.released.map(\.votes) == [6])
        #expect(view.remaining == 6)
        #expect(try world.vote(voter, [(second, 2)]) == .ok)
        let after = try #require(world.state.account(voter.identity))
        #expect(after.released.isEmpty)
        #expect(after.cast == 6)
        #expect(after.remaining == 4)
    }

    @Test func `a tally has one entry a block, each naming the one before`() throws {
        var world = try World()
        let (voter, other, node) = (world.voters[0], world.voters[1], world.nodes[0])
        try world.list([node])
        let both = try [voter, other].map { try world.sign($0, World.vote([(node, 2)])) }
        let first = try world.block(both)
        #expect(
            first.tallies == [
                Self.entry(node, height: 1, votes: 4, previousHeight: 0)
            ])
        #expect(try world.block().tallies.isEmpty)
        let neutral = try [
            world.sign(voter, World.vote([(node, 1)])),
            world.sign(voter, World.vote([(node, -1)]), sequence: 2),
        ]
        #expect(try world.block(neutral).tallies.isEmpty)
        let last = try world.block([world.sign(voter, World.vote([(node, -2)]))])
        #expect(
            last.tallies == [
                Self.entry(node, height: 4, votes: 2, previousHeight: 1)
            ])
        let removal = try world.block([
            world.sign(node, .candidateRemove(node: node.identity))
        ])
        #expect(
            removal.tallies == [
                Self.entry(node, height: 5, votes: 0, isListed: false, previousHeight: 4)
            ])
    }

    private static func entry(
        _ node: Person, height: UInt64, votes: UInt64, isListed: Bool = true,
        previousHeight: UInt64
    ) -> TallyEntry {
        TallyEntry(
            candidate: node.identity, number: 0, height: height, votes: votes,
            isListed: isListed, previousHeight: previousHeight)
    }

    @Test(arguments: [(-1, 0), (0, 1), (1, 1)])
    func `a candidate lapses at the first block not before its credential's end`(
        offset: Int64, lapsed: Int
    ) throws {
        var world = try World()
        let (voter, node) = (world.voters[0], world.nodes[0])
        let end = world.time.adding(milliseconds: 5000)
        try world.list([node], validUntil: end)
        #expect(try world.vote(voter, [(node, 6)]) == .ok)
        world.time = end.adding(milliseconds: offset)
        let executed = try world.block([world.sign(voter, World.vote([(node, -1)]))])
        #expect(executed.lapsed.count == lapsed)
        #expect(world.state.candidates.count == 1 - lapsed)
        if lapsed == 1 {
            // The lapse comes after the block's transactions, and votes before it are refused.
            #expect(executed.results.map(\.code) == [.notCandidate])
            #expect(executed.tallies.map(\.votes) == [0])
            #expect(world.state.candidate(node.identity)?.state == .lapsed)
            #expect(world.state.account(voter.identity)?.remaining == 10)
            #expect(world.state.status(of: node.identity) == .ordinary)
        } else {
            #expect(world.state.candidate(node.identity)?.votes == 5)
        }
    }

    @Test func `a recount from the transactions gives the tallies`() throws {
        for seed in UInt64(1)...3 {
            var numbers = SeededGenerator(seed: seed)
            var world = try World(voters: 8, nodes: 6, interval: 7)
            try world.list(world.nodes)
            for _ in 0..<30 { try world.block(Self.randomVotes(in: world, &numbers)) }
            #expect(world.blocks.contains { $0.results.contains { $0.code != .ok } })
            for node in world.nodes {
                let counted = Self.recount(node.identity, in: world.blocks)
                #expect(world.state.candidate(node.identity)?.votes == counted)
                let history = world.blocks.flatMap(\.tallies).last {
                    $0.candidate == node.identity
                }
                #expect((history?.votes ?? 0) == counted)
            }
            let cast = world.voters.compactMap { world.state.account($0.identity)?.cast }
            #expect(cast.reduce(0, +) == world.state.results.reduce(0) { $0 + $1.votes })
            #expect(try world.restored().stateRoot == world.state.stateRoot)
        }
    }

    private static func randomVotes(
        in world: World, _ numbers: inout SeededGenerator
    ) throws -> [VerifiedTransaction] {
        var transactions: [VerifiedTransaction] = []
        for voter in world.voters where numbers.next(below: 4) > 0 {
            let nodes = world.nodes.filter { _ in numbers.next(below: 3) == 0 }
            guard !nodes.isEmpty else { continue }
            let changes = nodes.map { node -> (Person, Int64) in
                let votes = Int64(numbers.next(below: 9)) - 4
                return (node, votes == 0 ? 1 : votes)
            }
            transactions.append(try world.sign(voter, World.vote(changes)))
        }
        let leaver = world.nodes[Int(numbers.next(below: UInt64(world.nodes.count)))]
        if numbers.next(below: 15) == 0 {
            transactions.append(
                try world.sign(leaver, .candidateRemove(node: leaver.identity)))
        }
        return transactions
    }

    /// Adds up the votes of every transaction that was taken, from blocks alone.
    private static func recount(_ node: Identity, in blocks: [ExecutedBlock]) -> UInt64 {
        var total: Int64 = 0
        for block in blocks {
            for (transaction, result) in zip(block.block.transactions, block.results)
            where result.code == .ok {
                switch transaction.transaction.body {
                case .vote(let changes):
                    for change in changes where change.candidate == node { total += change.votes }
                case .candidateRemove(node):
                    total = 0
                case .candidateRemove, .transfer, .depositPay, .depositRefund, .candidateAdd,
                    .voterEnroll, .data, .parametersUpdate, .candidateRenew, .credentialRevoke,
                    .auditorRotate, .auditorSetUpdate, .evidence:
                    break
                }
            }
        }
        return UInt64(total)
    }
}
