import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct EvidenceTests {
    @Test(arguments: [ConsensusStatement.Kind.proposal, .prevote, .precommit])
    func `two statements of one round are taken, once for a height`(
        kind: ConsensusStatement.Kind
    ) throws {
        var world = try World()
        try world.advance(to: 3)
        let offender = world.representatives[1]
        #expect(try world.charge(offender, kind, at: 3) == .ok)
        let offence = try #require(world.state.offence(offender.identity, height: 3))
        #expect(offence.kind == kind)
        #expect(offence.recorded == 4)
        #expect(world.state.offenders.map(\.node) == [offender.identity])
        // Sent again, or by somebody else, or of another round and kind: the same height.
        #expect(try world.charge(offender, kind, at: 3) == .evidenceKnown)
        let other = try world.evidence(against: offender, .precommit, at: 3, round: 7)
        #expect(try world.run(world.voters[1], .evidence(other)).code == .evidenceKnown)
        #expect(try world.charge(offender, kind, at: 2) == .ok)
        #expect(world.state.offender(offender.identity)?.count == 2)
        #expect(world.state.offender(offender.identity)?.last.height == 2)
        let restored = try world.restored()
        #expect(restored.offenders == world.state.offenders)
        #expect(restored.stateRoot == world.state.stateRoot)
    }

    @Test func `a vote for a block contradicts one for none`() throws {
        var world = try World()
        try world.advance(to: 2)
        let evidence = try world.evidence(
            against: world.representatives[0], .precommit, at: 2, ("a", nil))
        #expect(try world.run(world.voters[0], .evidence(evidence)).code == .ok)
    }

    @Test func `a proposal made again with proof of lock contradicts the one without`() throws {
        var world = try World()
        try world.advance(to: 2)
        let person = world.representatives[0]
        let plain = World.said(.proposal, 2, round: 3, "a")
        let again = ConsensusStatement(
            kind: .proposal, height: 2, round: 3, validRound: 1, valueID: plain.valueID,
            content: plain.content)
        let evidence = Evidence(
            node: person.identity, kind: .proposal, height: 2, round: 3,
            first: try world.statement(plain, by: person),
            second: try world.statement(again, by: person))
        #expect(try world.run(world.voters[0], .evidence(evidence)).code == .ok)
    }

    @Test func `one statement sent twice is no offence`() throws {
        var world = try World()
        try world.advance(to: 2)
        let person = world.representatives[0]
        let same = try world.evidence(against: person, at: 2, ("a", "a"))
        #expect(try world.run(world.voters[0], .evidence(same)).code == .evidenceSame)
        let none = try world.evidence(against: person, at: 2, (nil, nil))
        #expect(try world.run(world.voters[0], .evidence(none)).code == .evidenceSame)
        #expect(world.state.offenders.isEmpty)
    }

    @Test func `two votes of a network of the same name, keys and time before are no offence`()
        throws
    {
        var world = try World(interval: 4)
        try world.advance(to: 3)
        let person = world.representatives[0]
        let old = try world.seats(at: 2, genesis: .sha256(Array("the genesis before".utf8)))
        let said = ["a", "b"].map { World.said(.precommit, 2, $0) }
        let (here, before) = (
            try said.map { try world.statement($0, by: person) },
            try said.map { try world.statement($0, by: person, set: old) }
        )
        // Both of the old network, or one of each.
        for pair in [(before[0], before[1]), (before[0], here[1]), (here[0], before[1])] {
            let evidence = Evidence(
                node: person.identity, kind: .precommit, height: 2, round: 0, first: pair.0,
                second: pair.1)
            #expect(try world.run(world.voters[0], .evidence(evidence)).code == .evidenceForged)
        }
        #expect(world.state.offenders.isEmpty)
        #expect(try world.charge(person, .precommit, at: 2) == .ok)
    }

    @Test func `forged statements are refused`() throws {
        var world = try World(interval: 4)
        try world.list(world.nodes)
        try world.advance(to: 3)
        let (person, other) = (world.representatives[0], world.representatives[1])
        let sound = try world.evidence(against: person, at: 2)
        var broken = sound.second.signature
        broken[40] ^= 1
        let vote = World.said(.prevote, 2, "b")
        let wrong: [Evidence.Statement] = [
            Evidence.Statement(
                block: sound.second.block, validRound: nil, content: nil, signature: broken),
            // Of another key, another network, another set, another height.
            try world.statement(vote, by: person, key: try World.consensusKey(of: other)),
            try world.statement(vote, by: person, key: person),
            try world.statement(vote, by: person, network: "test-2"),
            try world.statement(vote, by: person, set: .sha256([1])),
            try world.statement(vote, by: person, set: world.seats(at: 2, genesis: .zero)),
            try world.statement(vote, by: person, set: world.seats(at: 2, since: 2)),
            try world.statement(World.said(.prevote, 3, "b"), by: person),
            try world.statement(World.said(.precommit, 2, "b"), by: person),
            try world.statement(World.said(.prevote, 2, round: 1, "b"), by: person),
        ]
        for statement in wrong {
            for isFirst in [true, false] {
                let evidence = Evidence(
                    node: person.identity, kind: .prevote, height: 2, round: 0,
                    first: isFirst ? statement : sound.first,
                    second: isFirst ? sound.first : statement)
                let code = try world.run(world.voters[0], .evidence(evidence)).code
                #expect(code == .evidenceForged || code == .evidenceSame)
            }
        }
        #expect(world.state.offenders.isEmpty)
        #expect(try world.run(world.voters[0], .evidence(sound)).code == .ok)
    }

    @Test func `only who acted at that height can have signed for it`() throws {
        var world = try World(interval: 4)
        try world.list(world.nodes)
        try world.advance(to: 7)
        let (old, new) = (world.representatives[0], world.nodes[0])
        #expect(world.state.representatives(at: 5).contains(old.identity))
        #expect(world.state.representatives(at: 6).contains(new.identity))
        #expect(try world.charge(new, at: 5) == .evidenceNotRepresentative)
        #expect(try world.charge(old, at: 6) == .evidenceNotRepresentative)
        #expect(try world.charge(world.voters[1], at: 5) == .evidenceNotRepresentative)
        #expect(try world.charge(new, at: 6) == .ok)
        // Who has left meanwhile is charged all the same.
        #expect(try world.charge(old, at: 5) == .ok)
    }

    @Test func `evidence of the block's own height counts, of a later one not yet`() throws {
        var world = try World()
        try world.advance(to: 2)
        let person = world.representatives[0]
        #expect(try world.charge(person, at: 4) == .evidenceEarly)
        #expect(try world.charge(person, at: 4) == .ok)
        #expect(try world.charge(person, at: UInt64(Limits.exactIntegerMaximum)) == .evidenceEarly)
    }

    @Test func `evidence is too old only when both ages are exceeded`() throws {
        let rules: JSON = ["maximumAgeBlocks": 3, "maximumAgeSeconds": 60, "suspend": false]
        var world = try World(interval: 4, parameters: [("evidence", rules)])
        try world.advance(to: 4)
        let end = try #require(world.state.election(1)?.time)
        // Old enough in blocks, and the term ended a moment ago.
        try world.advance(to: 9)
        #expect(try world.charge(world.representatives[0], at: 4) == .ok)
        #expect(try world.charge(world.representatives[0], at: 1) == .ok)
        world.time = end.adding(milliseconds: 60_000)
        #expect(try world.charge(world.representatives[0], at: 2) == .ok)
        world.time = end.adding(milliseconds: 60_001)
        #expect(try world.charge(world.representatives[0], at: 3) == .evidenceExpired)
        // Far in time, and few blocks.
        world.time = world.time.adding(milliseconds: 86_400_000)
        let next = world.state.tip.height + 1
        #expect(try world.charge(world.representatives[0], at: next - 3) == .ok)
        #expect(try world.charge(world.representatives[1], at: next + 1 - 4) == .evidenceExpired)
    }

    @Test func `the first height with evidence is told to the block`() throws {
        let rules: JSON = ["maximumAgeBlocks": 3, "maximumAgeSeconds": 60, "suspend": false]
        var world = try World(interval: 4, parameters: [("evidence", rules)])
        try world.advance(to: 9)
        let (first, second) = (
            try #require(world.state.election(1)?.time), try #require(world.state.election(2)?.time)
        )
        #expect(world.state.evidenceBegin == 1)
        for (time, begin) in [
            (first.adding(milliseconds: 60_000), 1), (first.adding(milliseconds: 60_001), 5),
            (second.adding(milliseconds: 60_000), 5), (second.adding(milliseconds: 60_001), 9),
        ] as [(Instant, UInt64)] {
            #expect(world.state.evidenceBegin(in: 100, at: time) == begin)
            // By blocks: 3 is young enough for block 6, and 2 is not.
            #expect(world.state.evidenceBegin(in: 3, at: time) == 1)
            #expect(world.state.evidenceBegin(in: 4, at: time) == 1)
            #expect(world.state.evidenceBegin(in: 6, at: time) == min(begin, 3))
        }
    }

    @Test func `in a term without an end evidence is never too old`() throws {
        let rules: JSON = ["maximumAgeBlocks": 1, "maximumAgeSeconds": 0, "suspend": false]
        var world = try World(interval: 100, parameters: [("evidence", rules)])
        try world.advance(to: 20)
        #expect(try world.charge(world.representatives[0], at: 1) == .ok)
    }

    @Test func `a representative without an account may send evidence, and nobody else`() throws {
        var world = try World()
        let stranger = try Person("nobody")
        let record = RecordKey.account(world.representatives[2].identity).bytes
        world.stored[record] = nil
        world.state = try world.restored()
        let evidence = try world.evidence(against: world.representatives[0], at: 1)
        let body = TransactionBody.evidence(evidence)
        #expect(try world.block([world.sign(stranger, body)]).results.isEmpty)
        let sender = world.representatives[2]
        #expect(try world.block([world.sign(sender, .data(content: "x"))]).results.isEmpty)
        #expect(try world.run(sender, body).code == .ok)
        #expect(world.state.account(sender.identity)?.sequence == 1)
        #expect(try world.run(sender, body).code == .evidenceKnown)
    }

    @Test func `bodies that are no evidence are refused by their shape`() throws {
        let world = try World()
        let evidence = try world.evidence(against: world.representatives[0], at: 1)
        let text = TransactionBody.evidence(evidence).json.text
        let proposal = TransactionBody.evidence(
            try world.evidence(against: world.representatives[0], .proposal, at: 1, round: 2)
        ).json.text
        let digest = Digest.sha256([]).text
        let broken = [
            "{}", text.replacing("prevote", with: "decision"),
            text.replacing(#""height":1"#, with: #""height":0"#),
            text.replacing(#""height":1"#, with: #""height":-1"#),
            text.replacing(#""round":0"#, with: #""round":100001"#),
            text.replacing(#""round":0"#, with: #""round":4294967296"#),
            text.replacing(#""signature":""#, with: #""signature":"AA"#),
            text.replacing(#""block":""#, with: #""block":"00"#),
            text.replacing(#""second""#, with: #""third""#),
            text.replacing(#""signature""#, with: #""content":"\#(digest)","signature""#),
            proposal.replacing(#""content""#, with: #""contents""#),
            proposal.replacing(#""content""#, with: #""validRound":2,"content""#),
        ]
        for body in broken where body != text {
            #expect(throws: (any Error).self, "\(body)") {
                var fields = try Fields(try JSON.parse(Array(body.utf8)), "body")
                _ = try TransactionBody(type: "evidence", &fields)
            }
        }
        for body in [text, proposal] {
            var fields = try Fields(try JSON.parse(Array(body.utf8)), "body")
            #expect(try TransactionBody(type: "evidence", &fields).json.text == body)
        }
    }

    @Test func `any bit of a statement that changes is found`() throws {
        let world = try World()
        let person = world.representatives[0]
        let sound = try world.evidence(against: person, .proposal, at: 1)
        for bit in stride(from: 0, to: 512, by: 13) {
            var signature = sound.first.signature
            signature[bit / 8] ^= 1 << UInt8(bit % 8)
            let first = Evidence.Statement(
                block: sound.first.block, validRound: nil, content: sound.first.content,
                signature: signature)
            var other = world
            let code = try other.run(
                world.voters[0],
                .evidence(
                    Evidence(
                        node: person.identity, kind: .proposal, height: 1, round: 0, first: first,
                        second: sound.second))
            ).code
            #expect(code == .evidenceForged)
        }
    }
}
