import Cryptography
import Testing

@testable import Consensus

/// What a machine does with one rule left out, next to what it does with it: the breaks that the
/// explorer and the simulator look for are breaks.
@Suite struct BrokenRuleTests {
    let committee: Committee
    let one = ProposedValue.make("one")
    let two = ProposedValue.make("two")

    init() throws { committee = try Committee(4) }

    private func seat(_ broken: RuleBreak?) throws -> Seat {
        var seat = try Seat(committee, place: 0)
        seat.machine = try ConsensusMachine(
            configuration: committee.configuration(for: 0), breaking: broken)
        try seat.feed(.start)
        return seat
    }

    @Test(arguments: [nil, RuleBreak.lockIgnored])
    func `only a machine that ignores its lock prevotes another value`(broken: RuleBreak?) throws {
        var seat = try seat(broken)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        try seat.expire(.precommit)
        let effects = try seat.hear(committee.proposal(1, two))
        #expect(effects.voted(.prevote, 1, broken == nil ? nil : two.id))
    }

    @Test(arguments: [nil, RuleBreak.duplicateVoteCounted])
    func `only a machine that counts repeats locks on one vote sent twice`(
        broken: RuleBreak?
    ) throws {
        var seat = try seat(broken)
        try seat.hear(committee.proposal(0, one))
        for _ in 0..<3 { try seat.hear(.prevote, 0, one.id, by: [3]) }
        #expect(seat.status.lockedRound == (broken == nil ? nil : 0))
    }

    @Test(arguments: [nil, RuleBreak.quorumOffByOne])
    func `only a machine that miscounts the quorum decides on two precommits of four`(
        broken: RuleBreak?
    ) throws {
        var seat = try seat(broken)
        try seat.hear(committee.proposal(0, one))
        #expect(
            try seat.hear(.precommit, 0, one.id, by: [1, 2]).decisions
                == (broken == nil ? [] : [one.id]))
    }

    @Test func `a machine says which lines of the paper its last step went through`() throws {
        var seat = try seat(nil)
        #expect(seat.machine.reached.contains(.scheduleProposeTimeout))
        _ = seat.machine.step(
            .timeout(Timeout(kind: .propose, height: 1, round: 0)))
        #expect(seat.machine.reached.contains(.prevoteNilOnTimeout))
        #expect(!seat.machine.reached.contains(.scheduleProposeTimeout))
    }

    @Test func `remembered signatures are still verified ones`() throws {
        let signer = committee.signers[0]
        let key = signer.publicKey
        var known = KnownSignatures()
        let right = try signer.sign([1])
        known.add(right, of: [1], by: key)
        known.add(right, of: [2], by: key)
        #expect(known.verifies(right, of: [1], by: key))
        #expect(!known.verifies(right, of: [2], by: key))
        #expect(!known.verifies(right, of: [1], by: committee.signers[1].publicKey))
        #expect(try known.verifies(signer.sign([3]), of: [3], by: key))
    }

    @Test func `evidence is the same pair of signed bytes whoever heard what first`() throws {
        let first = try committee.signedVote(.prevote, 2, one.id, by: 3)
        let second = try committee.signedVote(.prevote, 2, nil, by: 3)
        let pair = try #require(
            Equivocation.votes(first, second).signedPair(set: committee.set, network: "test"))
        #expect(
            pair
                == Equivocation.votes(second, first).signedPair(
                    set: committee.set, network: "test"))
        let key = try PublicKey(algorithm: .ed25519, bytes: pair.key)
        #expect(key.verify(signature: pair.firstSignature, message: pair.first))
        #expect(key.verify(signature: pair.secondSignature, message: pair.second))
        #expect(key == committee.set.representatives[3])
        // Tag, network, height, set, type and round are equal; what is said differs.
        let prefix = 4 + "accredit/v1/consensus".utf8.count + 4 + 4 + 8 + 32 + 1 + 4
        #expect(pair.first.prefix(prefix) == pair.second.prefix(prefix))
        #expect(pair.first != pair.second)
    }
}
