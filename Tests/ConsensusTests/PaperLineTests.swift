import Testing

@testable import Consensus

/// Each rule of arXiv:1807.04938, algorithm 1, by its line. Four representatives, place 0 is ours,
/// place 1 proposes in round 0, 2 in round 1, 3 in round 2 and 0 in round 3.
@Suite struct PaperLineTests {
    let committee: Committee
    let one = ProposedValue.make("one")
    let two = ProposedValue.make("two")

    init() throws { committee = try Committee(4) }

    private func started() throws -> Seat { try .started(in: committee) }

    /// A seat that locked `one` in round 0 and went on to round 1.
    private func locked() throws -> Seat {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        try seat.expire(.precommit)
        #expect(seat.status.lockedRound == 0)
        #expect(seat.status.round == 1)
        return seat
    }

    @Test func `L18 the proposer builds, records, signs and sends a value of its own`() throws {
        var seat = try Seat(committee, place: 1)
        let effects = try seat.feed(.start)
        #expect(effects.contains(.build(round: 0)))
        #expect(effects.proposals.map(\.value) == [.make("built")])
        #expect(effects.proposals.map(\.validRound) == [nil])
        #expect(effects.voted(.prevote, 0, ProposedValue.make("built").id))
    }

    @Test func `L16 the proposer of a later round proposes the valid value with its proof`() throws
    {
        var seat = try locked()
        try seat.expire(.precommit)
        let effects = try seat.expire(.precommit)
        #expect(seat.status.round == 3)
        #expect(!effects.contains(.build(round: 3)))
        #expect(effects.proposals.map(\.value) == [one])
        #expect(effects.proposals.map(\.validRound) == [0])
        try effects.proposals.first?.proof?.verify(set: committee.set, network: "test")
    }

    @Test func `L21 everybody waits for the proposal for a limited time`() throws {
        var seat = try Seat(committee, place: 0)
        #expect(try seat.feed(.start).schedules(.propose, 0))
    }

    @Test func `L22 a fresh valid proposal gets a prevote`() throws {
        var seat = try started()
        #expect(try seat.hear(committee.proposal(0, one)).voted(.prevote, 0, one.id))
    }

    @Test(arguments: [Verdict.invalid, .notFresh])
    func `L22 a proposal the host does not take gets a nil prevote`(verdict: Verdict) throws {
        var seat = try started()
        seat.verdict = { _ in verdict }
        #expect(try seat.hear(committee.proposal(0, one)).voted(.prevote, 0, nil))
    }

    @Test func `L22 nothing is voted before the verdict is here`() throws {
        var seat = try started()
        seat.verdict = { _ in nil }
        #expect(try !seat.hear(committee.proposal(0, one)).hasVoted)
        #expect(seat.status.waiting == .verdict)
        #expect(try seat.feed(.validated(one, .valid)).voted(.prevote, 0, one.id))
    }

    @Test func `L22 a node locked on another value prevotes nil`() throws {
        var seat = try locked()
        #expect(try seat.hear(committee.proposal(1, two)).voted(.prevote, 1, nil))
    }

    @Test func `L22 a node locked on the same value prevotes it`() throws {
        var seat = try locked()
        #expect(try seat.hear(committee.proposal(1, one)).voted(.prevote, 1, one.id))
    }

    @Test func `L28 a lock gives way to proof of lock from a later round`() throws {
        var seat = try locked()
        try seat.expire(.precommit)
        let proof = try committee.proof(1, two.id, by: [1, 2, 3])
        let effects = try seat.hear(committee.proposal(2, two, proof: proof))
        #expect(effects.voted(.prevote, 2, two.id))
    }

    @Test func `L28 a lock does not give way to proof of lock from an earlier round`() throws {
        var seat = try started()
        try seat.expire(.propose)
        try seat.hear(.prevote, 0, nil, by: [1, 2])
        try seat.expire(.precommit)
        try seat.hear(committee.proposal(1, one))
        try seat.hear(.prevote, 1, one.id, by: [2, 3])
        #expect(seat.status.lockedRound == 1)
        try seat.expire(.precommit)
        let proof = try committee.proof(0, two.id, by: [1, 2, 3])
        let effects = try seat.hear(committee.proposal(2, two, proof: proof))
        #expect(effects.voted(.prevote, 2, nil))
    }

    @Test func `L28 a value with proof of lock is not judged by its time again`() throws {
        var seat = try started()
        try seat.expire(.precommit)
        seat.verdict = { _ in .notFresh }
        let proof = try committee.proof(0, two.id, by: [1, 2, 3])
        let effects = try seat.hear(committee.proposal(1, two, proof: proof))
        #expect(effects.contains(.validate(two, .carried)))
        #expect(effects.voted(.prevote, 1, two.id))
    }

    @Test func `L34 prevotes of a quorum that do not agree start a timer, once`() throws {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        try #expect(!seat.hear(.prevote, 0, nil, by: [1]).schedules(.prevote, 0))
        try #expect(seat.hear(.prevote, 0, two.id, by: [2]).schedules(.prevote, 0))
        try #expect(!seat.hear(.prevote, 0, nil, by: [3]).schedules(.prevote, 0))
    }

    @Test func `L36 a quorum of prevotes for an accepted value locks and precommits it`() throws {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        let effects = try seat.hear(.prevote, 0, one.id, by: [1, 2])
        #expect(effects.voted(.precommit, 0, one.id))
        #expect(seat.status.lockedRound == 0)
        #expect(seat.status.validRound == 0)
    }

    @Test func `L36 after the precommit only the valid value changes`() throws {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, nil, by: [1])
        try seat.hear(.prevote, 0, one.id, by: [2])
        #expect(try seat.expire(.prevote).voted(.precommit, 0, nil))
        let effects = try seat.hear(.prevote, 0, one.id, by: [3])
        #expect(!effects.hasVoted)
        #expect(seat.status.lockedRound == nil)
        #expect(seat.status.validRound == 0)
    }

    @Test func `L36 a proof of lock counts whatever prevotes were seen`() throws {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, nil, by: [1, 2])
        #expect(seat.status.step == .prevote)
        let proof = try committee.proof(0, one.id, by: [1, 2, 3])
        let effects = try seat.hear(.proofOfLock(proof))
        #expect(effects.voted(.precommit, 0, one.id))
        #expect(effects.evidence.map(\.sender) == [1, 2])
    }

    @Test func `L44 a quorum of nil prevotes gives a nil precommit`() throws {
        var seat = try started()
        try seat.expire(.propose)
        #expect(try seat.hear(.prevote, 0, nil, by: [1, 2]).voted(.precommit, 0, nil))
    }

    @Test func `L47 precommits of a quorum start a timer in any step, once`() throws {
        var seat = try started()
        try #expect(!seat.hear(.precommit, 0, nil, by: [1, 2]).schedules(.precommit, 0))
        let effects = try seat.hear(committee.vote(.precommit, 0, one.id, by: 3))
        #expect(effects.schedules(.precommit, 0))
        #expect(seat.status.step == .propose)
    }

    @Test func `L49 a quorum of precommits for an accepted value decides`() throws {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        let effects = try seat.hear(.precommit, 0, one.id, by: [1, 2])
        #expect(effects.decisions == [one.id])
        #expect(seat.machine.isDecided)
    }

    @Test func `L49 the proposal may come after the precommits`() throws {
        var seat = try started()
        try seat.hear(.precommit, 0, one.id, by: [1, 2, 3])
        #expect(seat.status.waiting == .certifiedValue)
        #expect(try seat.hear(committee.proposal(0, one)).decisions == [one.id])
    }

    @Test func `L49 an older round decides as well`() throws {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.precommit, 0, one.id, by: [1, 2])
        for _ in 0..<3 { try seat.expire(.precommit) }
        #expect(seat.status.round == 3)
        #expect(try seat.hear(.precommit, 0, one.id, by: [3]).decisions == [one.id])
    }

    @Test func `L49 a certificate with its value decides before the height has begun`() throws {
        var seat = try Seat(committee, place: 0)
        let certificate = try committee.certificate(2, one.id, by: [1, 2, 3])
        #expect(try seat.hear(.decision(certificate, one)).decisions == [one.id])
        #expect(try seat.feed(.start).scheduled.map(\.kind) == [.rebroadcast])
    }

    @Test func `L49 goes before L55`() throws {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.precommit, 0, one.id, by: [1, 2])
        try seat.hear(.prevote, 5, nil, by: [1])
        let certificate = try committee.certificate(5, one.id, by: [1, 2, 3])
        let effects = try seat.hear(.decision(certificate, nil))
        #expect(effects.decisions == [one.id])
        #expect(seat.status.round == 0)
    }

    @Test func `L55 enough senders in a later round take a node along`() throws {
        var seat = try started()
        try seat.hear(.prevote, 4, nil, by: [1])
        try seat.hear(.precommit, 4, nil, by: [1])
        #expect(seat.status.round == 0)
        let effects = try seat.hear(.precommit, 4, nil, by: [2])
        #expect(seat.status.round == 4)
        #expect(effects.schedules(.propose, 4))
    }

    @Test func `L55 votes seen ahead count once their round is reached`() throws {
        var seat = try started()
        try seat.hear(.prevote, 4, nil, by: [1])
        try seat.hear(.prevote, 4, nil, by: [2])
        #expect(seat.status.round == 4)
        try seat.expire(.propose)
        #expect(seat.status.step == .precommit)
    }

    @Test func `L55 timers of a round left behind do nothing`() throws {
        var seat = try started()
        try seat.hear(.prevote, 4, nil, by: [1, 2])
        for kind in [Timeout.Kind.propose, .prevote, .precommit] {
            let stale = Timeout(kind: kind, height: 1, round: 0)
            #expect(try seat.feed(.timeout(stale)) == [])
        }
        #expect(seat.status.round == 4)
        #expect(seat.status.step == .propose)
    }

    @Test func `L57 without a proposal in time the prevote is nil`() throws {
        var seat = try started()
        #expect(try seat.expire(.propose).voted(.prevote, 0, nil))
    }

    @Test func `L61 without agreement in time the precommit is nil`() throws {
        var seat = try started()
        try seat.expire(.propose)
        #expect(try seat.expire(.prevote).voted(.precommit, 0, nil))
    }

    @Test func `L65 without a decision in time the next round begins`() throws {
        var seat = try started()
        #expect(try seat.expire(.precommit).schedules(.propose, 1))
        #expect(seat.status.round == 1)
    }
}
