import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct SilenceTests {
    /// Makes blocks up to a height while these nodes let their turns pass.
    private static func pass(
        _ silent: [Person], _ world: inout World, to height: UInt64
    ) throws {
        while world.state.tip.height < height { try next(&world, without: silent) }
    }

    private static func next(_ world: inout World, without silent: [Person]) throws {
        var round: UInt64 = 0
        while silent.contains(where: { $0.identity == world.proposer(round: round) }) { round += 1 }
        try world.block(round: round)
    }

    private static func world(
        _ blocks: Int, interval: Int = 200, nodes: Int = 5
    ) throws -> World {
        var world = try World(
            nodes: nodes, interval: interval,
            parameters: [("silenceBlocks", .number(JSONNumber(Int64(blocks))))])
        try world.list(world.nodes)
        return world
    }

    /// The first height at which it is a node's turn in round 0.
    private static func firstTurn(_ node: Person, _ world: World) throws -> UInt64 {
        let list = world.state.representatives(at: 1).list
        let place = try #require(list.firstIndex { $0.node == node.identity })
        return try #require(
            (UInt64(1)...4).first {
                ConsensusSeating.proposer(height: $0, round: 0, offset: 0, count: 4) == place
            })
    }

    @Test(arguments: [-1, 0, 1])
    func `a representative that lets its turns pass is replaced when the stretch is over`(
        offset: Int
    ) throws {
        var world = try Self.world(9)
        let silent = world.representatives[0]
        let over = try Self.firstTurn(silent, world) + 9
        try Self.pass([silent], &world, to: UInt64(Int(over) + offset))
        if offset < 0 {
            #expect(world.state.elections.count == 1)
            #expect(world.state.absences?.stretch(of: silent.identity)?.since == over - 9)
            return
        }
        let replacement = try #require(world.state.election(1))
        #expect(replacement.height == over)
        #expect(replacement.actsFrom == over + 2)
        #expect(replacement.replaces.map(\.cause) == [.silence])
        #expect(replacement.replaces.map(\.node) == [silent.identity])
        #expect(replacement.seats == [world.nodes[0].identity])
        #expect(world.state.absences?.replaced == [silent.identity])
        #expect(world.state.representatives(at: over + 1).contains(silent.identity))
        #expect(!world.state.representatives(at: over + 2).contains(silent.identity))
    }

    @Test func `a block in between begins the stretch again`() throws {
        var world = try Self.world(9)
        let silent = world.representatives[0]
        let first = try Self.firstTurn(silent, world)
        try Self.pass([silent], &world, to: first + 7)
        #expect(world.state.absences?.stretch(of: silent.identity)?.turns == 2)
        // Its third turn: it makes the block.
        try world.block()
        #expect(world.blocks.last?.block.header.proposer == silent.identity)
        #expect(world.state.absences?.stretches == [])
        try Self.pass([silent], &world, to: first + 12 + 8)
        #expect(world.state.elections.count == 1)
        try Self.pass([silent], &world, to: first + 12 + 9)
        #expect(world.state.elections.count == 2)
    }

    @Test func `one turn that passed is never enough`() throws {
        var world = try Self.world(1)
        let silent = world.representatives[0]
        let first = try Self.firstTurn(silent, world)
        try Self.pass([silent], &world, to: first + 3)
        #expect(world.state.elections.count == 1)
        try Self.pass([silent], &world, to: first + 4)
        #expect(world.state.elections.count == 2)
    }

    @Test func `no more than may be faulty are replaced in one term`() throws {
        var world = try Self.world(6, interval: 60)
        let silent = [world.representatives[0], world.representatives[1]]
        try Self.pass(silent, &world, to: 59)
        #expect(world.state.elections.count == 2)
        #expect(world.state.absences?.replaced.count == 1)
        // The next term counts anew; what was elected there is another set.
        let elected = world.nodes
        try Self.pass([elected[0]], &world, to: 119)
        #expect(world.state.elections.filter(\.isReplacement).count == 2)
        #expect(world.state.absences?.term == world.state.termElection.number)
        #expect(world.state.termElection.height == 60)
    }

    @Test func `who was replaced for silence does not follow another in the same term`() throws {
        var world = try World(
            nodes: 9, interval: 40, seats: 7, minimumSeats: 4,
            parameters: [("silenceBlocks", 8)])
        try world.list(world.nodes)
        try world.advance(to: 42)
        let sitting = world.nodes[0..<7]
        #expect(sitting.allSatisfy { world.state.status(of: $0.identity) == .representative })
        try Self.pass([sitting[0]], &world, to: 60)
        let first = try #require(world.state.election(2))
        #expect(first.replaces.map(\.node) == [sitting[0].identity])
        #expect(first.seats == [world.nodes[7].identity])
        try Self.pass([sitting[1]], &world, to: 79)
        let second = try #require(world.state.election(3))
        #expect(second.replaces.map(\.node) == [sitting[1].identity])
        #expect(second.seats == [world.nodes[8].identity])
        let rank = try #require(second.ranking.first { $0.node == sitting[0].identity })
        #expect(rank.reason?.hasPrefix("replaced") == true)
        // The election that ends the term lets everybody stand again.
        try world.advance(to: 80)
        #expect(world.state.termElection.seats == sitting.map(\.identity))
    }

    @Test func `nothing is kept where nobody is replaced, nor while everybody makes its blocks`()
        throws
    {
        var off = try Self.world(0)
        try Self.pass([off.representatives[0]], &off, to: 40)
        #expect(off.state.absences == nil)
        #expect(off.state.elections.count == 1)
        var on = try Self.world(9)
        let root = on.state.stateRoot
        try on.advance(to: 20)
        #expect(on.state.absences == nil)
        #expect(on.state.stateRoot == root)
    }

    @Test func `rounds beyond number are counted as one turn of everybody`() throws {
        var world = try Self.world(9)
        let last = UInt64(Limits.exactIntegerMaximum)
        try world.block(round: last)
        #expect(world.state.absences?.stretches.count == 3)
        #expect(world.state.absences?.stretches.allSatisfy { $0.turns == 1 } == true)
        #expect(try world.restored().absences == world.state.absences)
    }

    @Test(arguments: [3, 4, 5, 7, 11])
    func `for every interval exactly one set acts and the chain goes on`(interval: Int) throws {
        var world = try Self.world(5, interval: interval, nodes: 7)
        var random = SeededGenerator(seed: UInt64(interval))
        var expected: [UInt64: Representatives] = [:]
        for _ in 0..<60 {
            let next = world.state.tip.height + 1
            let acting = world.state.representatives(at: next)
            if let known = expected[next] { #expect(acting == known) }
            expected[next + 1] = world.state.representatives(at: next + 1)
            let round = random.next(below: 3) == 0 ? random.next(below: 4) : 0
            try world.block(round: round)
            #expect(world.blocks.last?.block.header.representatives == acting.digest)
            #expect(world.state.representatives(at: next + 2).list.count == 4)
        }
        let regular = world.state.elections.filter { !$0.isReplacement }
        for (before, after) in zip(regular, regular.dropFirst()) {
            #expect(after.height - before.height == UInt64(interval))
        }
        for (before, after) in zip(world.state.elections, world.state.elections.dropFirst()) {
            #expect(before.height < after.height)
            #expect(before.actsFrom < after.actsFrom)
        }
        for term in regular {
            let replaced = world.state.elections.filter { other in
                other.isReplacement && other.height > term.height
                    && other.height < term.height + UInt64(interval)
            }
            #expect(replaced.reduce(0) { $0 + $1.replaces.count } <= 1)
        }
        #expect(try world.restored().stateRoot == world.state.stateRoot)
    }
}
