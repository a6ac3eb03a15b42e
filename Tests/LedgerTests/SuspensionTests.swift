import Credentials
import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct SuspensionTests {
    /// A world whose nodes have sat since block 6, and one more is on the list.
    private static func seated(
        evidence: JSON? = nil, interval: Int = 4
    ) throws -> World {
        var world = try World(
            interval: interval, parameters: evidence.map { [("evidence", $0)] } ?? [])
        try world.list(world.nodes)
        try world.advance(to: UInt64(interval) + 2)
        return world
    }

    @Test func `the seat of a proven offender goes to the next in rank from two blocks on`()
        throws
    {
        var world = try Self.seated(interval: 20)
        #expect(world.state.representatives(at: 22).contains(world.nodes[1].identity))
        let before = world.state.representatives(at: 23)
        #expect(try world.charge(world.nodes[1], at: 22) == .ok)
        #expect(world.state.tip.height == 23)
        let replacement = try #require(world.state.election(2))
        #expect(replacement.height == 23)
        #expect(replacement.isReplacement)
        #expect(replacement.replaces.map(\.node) == [world.nodes[1].identity])
        #expect(replacement.replaces.map(\.cause) == [.equivocation])
        #expect(replacement.seats == [world.nodes[4].identity])
        #expect(try Election(replacement.json) == replacement)
        #expect(world.state.representatives(at: 24) == before)
        let after = world.state.representatives(at: 25)
        #expect(!after.contains(world.nodes[1].identity))
        #expect(after.contains(world.nodes[4].identity))
        #expect(after.list.count == 4)
        // It lapses one block after, as every candidate whose admission ended.
        #expect(world.state.candidate(world.nodes[1].identity)?.state == .listed)
        #expect(try world.block().lapsed == [world.nodes[1].identity])
        #expect(world.state.status(of: world.nodes[1].identity) == .ordinary)
        #expect(try world.block().block.header.representatives == after.digest)
        // The term goes on: the next election comes when it would have come.
        #expect(world.state.nextElectionHeight == 40)
        try world.advance(to: 40)
        let election = try #require(world.state.election(3))
        #expect(!election.isReplacement)
        #expect(!election.ranking.contains { $0.node == world.nodes[1].identity })
    }

    @Test func `at an election of the same block the offender is passed over`() throws {
        var world = try Self.seated()
        try world.advance(to: 7)
        #expect(try world.charge(world.nodes[0], at: 7) == .ok)
        let election = try #require(world.state.election(2))
        #expect(election.height == 8)
        #expect(!election.isReplacement)
        let rank = try #require(election.ranking.first { $0.node == world.nodes[0].identity })
        #expect(rank.reason?.hasPrefix("suspended") == true)
        #expect(election.seats == world.nodes[1...4].map(\.identity))
        try world.advance(to: 20)
        #expect(!world.state.elections.contains { $0.isReplacement })
    }

    @Test func `with nobody to follow the offender stays until somebody can`() throws {
        var world = try World(interval: 30, parameters: [])
        #expect(try world.charge(world.representatives[0], at: 1) == .ok)
        try world.advance(to: 6)
        #expect(world.state.elections.count == 1)
        try world.list([world.nodes[0]])
        try world.advance(to: 7)
        #expect(world.state.election(1)?.seats == [world.nodes[0].identity])
        #expect(world.state.election(1)?.height == 7)
        try world.advance(to: 12)
        #expect(world.state.elections.count == 2)
        #expect(!world.state.representatives(at: 9).contains(world.representatives[0].identity))
    }

    @Test func `with fewer to follow than offenders the first in the set's order leaves`() throws {
        var world = try World(interval: 30)
        try world.list([world.nodes[0]])
        let both = [world.representatives[0], world.representatives[1]]
        let charges = try both.enumerated().map { index, person in
            try world.sign(
                world.voters[index], .evidence(try world.evidence(against: person, at: 1)))
        }
        try world.block(charges)
        let replacement = try #require(world.state.election(1))
        #expect(replacement.replaces.count == 1)
        #expect(replacement.representatives.list.count == 4)
    }

    @Test func `a suspended node is neither admitted nor renewed`() throws {
        var world = try World(interval: 30)
        let node = world.representatives[0]
        #expect(try world.charge(node, at: 1) == .ok)
        #expect(try world.add(node) == .nodeSuspended)
        var second = try World(interval: 4)
        for (index, node) in second.nodes.enumerated() {
            #expect(try second.add(node, nonce: UInt8(index)) == .ok)
        }
        try second.advance(to: 10)
        let sitting = try #require(
            second.nodes.first { second.state.status(of: $0.identity) == .representative })
        let renewal = try second.bundle(
            sitting, World.allConsent.map { Answer(auditor: $0.auditor, validForSeconds: 7200) },
            nonce: 99)
        let charge = try second.sign(
            second.voters[0],
            .evidence(try second.evidence(against: sitting, at: second.state.tip.height)))
        let renew = try second.sign(
            second.voters[1],
            .candidateRenew(node: sitting.identity, bundle: renewal.jws.compact))
        let results = try second.block([charge, renew]).results
        #expect(results.map(\.code) == [.ok, .nodeSuspended])
    }

    @Test(arguments: [(UInt64(4), false), (5, false), (6, true)])
    func `a suspension of so many blocks ends with them`(height: UInt64, isOver: Bool) throws {
        // Recorded in block 2, for 4 blocks: block 5 is the last one, block 6 admits again.
        var world = try World(
            interval: 30, parameters: [("evidence", ["suspensionBlocks": 4])])
        let node = world.representatives[0]
        try world.advance(to: 1)
        #expect(try world.charge(node, at: 1) == .ok)
        try world.advance(to: height - 1)
        #expect(try world.add(node) == (isOver ? .ok : .nodeSuspended))
    }

    @Test func `without suspension the offence is kept and nothing else follows`() throws {
        var world = try Self.seated(
            evidence: ["suspend": false, "holdDeposit": false], interval: 20)
        #expect(try world.charge(world.nodes[0], at: 22) == .ok)
        try world.advance(to: 26)
        #expect(world.state.elections.count == 2)
        #expect(world.state.candidate(world.nodes[0].identity)?.state == .listed)
        #expect(world.state.offenders.count == 1)
    }

    @Test func `a contract cannot keep an offence from being proven`() throws {
        #expect(throws: LedgerError.self) {
            try World(
                parameters: [
                    (
                        "contracts",
                        ["evidence": [["id": "no", "expression": "false", "message": "no"]]]
                    )
                ])
        }
    }
}

@Suite struct DepositHoldTests {
    /// A world in which a representative, for which a deposit was paid, is proven to have offended.
    private static func charged(
        _ rules: JSON
    ) throws -> (World, deposit: Digest, auditor: Person) {
        var world = try World(interval: 3, parameters: [("evidence", rules)])
        try world.list(world.nodes)
        let node = world.representatives[0]
        let deposit = try world.pay(node, auditor: 0)
        #expect(try world.charge(node, at: 1) == .ok)
        // The elected have taken over: the node is ordinary.
        try world.advance(to: 6)
        #expect(world.state.status(of: node.identity) == .ordinary)
        return (world, deposit.id, world.auditors[0].person)
    }

    @Test func `a deposit for a proven offender is not sent back`() throws {
        var (world, id, auditor) = try Self.charged([:])
        let deposit = try #require(world.state.deposit(id))
        #expect(world.state.isOnHold(deposit))
        #expect(try world.run(auditor, .depositRefund(deposit: id)).code == .depositOnHold)
        #expect(world.state.deposit(id)?.state == .held)
    }

    @Test(arguments: [(UInt64(9), false), (10, false), (11, true)])
    func `a hold of so many blocks ends with them`(height: UInt64, isOver: Bool) throws {
        // Recorded in block 2, for 9 blocks: block 10 is the last one, block 11 sends it back.
        var (world, id, auditor) = try Self.charged(["holdBlocks": 9])
        try world.advance(to: height - 1)
        let deposit = try #require(world.state.deposit(id))
        #expect(world.state.isOnHold(deposit) != isOver)
        let code = try world.run(auditor, .depositRefund(deposit: id)).code
        #expect(code == (isOver ? .ok : .depositOnHold))
    }

    @Test func `the representatives end a hold by agreeing to other rules`() throws {
        var (world, id, auditor) = try Self.charged([:])
        let people = world.nodes.filter {
            world.state.status(of: $0.identity) == .representative
        }
        let change = try ParametersUpdateTests.update(
            [("evidence", ["holdDeposit": false])], by: people)
        #expect(try world.run(world.voters[0], change).code == .ok)
        #expect(try world.run(auditor, .depositRefund(deposit: id)).code == .ok)
    }

    @Test func `without the rule a deposit goes back as ever`() throws {
        var (world, id, auditor) = try Self.charged(["holdDeposit": false])
        #expect(try world.run(auditor, .depositRefund(deposit: id)).code == .ok)
    }
}
