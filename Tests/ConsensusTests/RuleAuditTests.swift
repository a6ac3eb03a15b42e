import Cryptography
import Testing

@testable import Consensus

/// Rules that have gone wrong in other implementations, each on its own.
@Suite struct RuleAuditTests {
    let committee: Committee
    let one = ProposedValue.make("one")
    let two = ProposedValue.make("two")

    init() throws { committee = try Committee(4) }

    private func started() throws -> Seat { try .started(in: committee) }

    @Test func `a commit certificate counts whatever an equivocator's precommits said first`()
        throws
    {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        // Places 2 and 3 told this node nil; to others, place 3 precommitted the value.
        try seat.hear(.precommit, 0, nil, by: [2, 3])
        try seat.hear(.precommit, 0, one.id, by: [1])
        #expect(!seat.machine.isDecided)
        let certificate = try committee.certificate(0, one.id, by: [1, 2, 3])
        let effects = try seat.hear(.decision(certificate, nil))
        #expect(effects.decisions == [one.id])
        #expect(Set(effects.evidence.map(\.sender)) == [2, 3])
    }

    @Test func `L44 goes before L34`() throws {
        var seat = try started()
        try seat.expire(.propose)
        try seat.hear(.prevote, 0, nil, by: [1])
        let effects = try seat.hear(.prevote, 0, nil, by: [2])
        #expect(effects.voted(.precommit, 0, nil))
        #expect(!effects.schedules(.prevote, 0))
    }

    @Test func `L36 goes before L44 and L34`() throws {
        var seat = try started()
        // The proposal comes last: the quorum for its value is there already.
        try seat.hear(.prevote, 0, one.id, by: [1, 2, 3])
        let effects = try seat.hear(committee.proposal(0, one))
        #expect(effects.voted(.prevote, 0, one.id))
        #expect(effects.voted(.precommit, 0, one.id))
        #expect(!effects.schedules(.prevote, 0))
    }

    @Test func `a height is decided once, whatever comes after`() throws {
        var seat = try started()
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.precommit, 0, one.id, by: [1, 2, 3])
        #expect(seat.log.decisions == [one.id])
        let again = try committee.certificate(1, one.id, by: [1, 2, 3])
        try seat.hear(.decision(again, one))
        try seat.hear(.precommit, 1, one.id, by: [1, 2, 3])
        for kind in [Timeout.Kind.propose, .prevote, .precommit] { try seat.expire(kind) }
        #expect(seat.log.decisions == [one.id])
    }

    @Test func `votes for the next height before this one is over are left to its machine`() throws
    {
        var seat = try started()
        let early = try committee.vote(.precommit, 0, one.id, by: 1, height: 2)
        #expect(try seat.hear(early) == [.refused(.otherHeight)])
        var next = try Seat(committee, place: 0, height: 2)
        #expect(try next.hear(early).refusals == [])
    }

    @Test func `after a round change the next height believes only its own set`() throws {
        // Height 1 is decided in round 2 by the old set; height 2 has one new member.
        let certificate = try committee.certificate(2, one.id, by: [1, 2, 3])
        let changed = try Committee(
            signers: Array(committee.signers.dropFirst()) + [Signer()])
        #expect(throws: ConsensusError(.certificate, "")) {
            try certificate.verify(
                set: changed.set, network: "test", height: 1, valueID: one.id)
        }
        let place = try #require(changed.set.index(of: committee.signers[1].publicKey))
        var seat = try Seat(changed, place: place, height: 2)
        try seat.feed(.start)
        for sender in 0..<4 where sender != place {
            let old = try committee.signedVote(.precommit, 0, one.id, by: sender, height: 2)
            #expect(try seat.hear(.vote(old)) == [.refused(.wrongSignature)])
        }
        let stale = try committee.certificate(0, one.id, by: [1, 2, 3], height: 2)
        #expect(try seat.hear(.decision(stale, one)) == [.refused(.wrongCertificate)])
        let own = try changed.certificate(
            0, one.id, by: (0..<4).filter { $0 != place }, height: 2)
        #expect(try seat.hear(.decision(own, one)).decisions == [one.id])
    }

    @Test func `what a node sets for itself changes when it votes, never what`() throws {
        let patient = try TimeoutSchedule(
            propose: 9000, prevote: 8000, precommit: 7000, delta: 1, cap: 60_000, rebroadcast: 5)
        var votes: [[Vote]] = []
        for timeouts in [TimeoutSchedule.standard, patient] {
            var seat = try Seat(committee, place: 0)
            seat.machine = try ConsensusMachine(
                configuration: ConsensusConfiguration(
                    network: "test", height: 1, set: committee.set,
                    ownKey: committee.signers[0].publicKey, timeouts: timeouts))
            try seat.feed(.start)
            try seat.hear(committee.proposal(0, one))
            try seat.hear(.prevote, 0, one.id, by: [1, 2])
            try seat.hear(.precommit, 0, nil, by: [1, 2])
            try seat.expire(.precommit)
            try seat.hear(committee.proposal(1, two))
            votes.append(seat.log.votes)
        }
        #expect(votes[0] == votes[1])
        #expect(votes[0].map(\.valueID) == [one.id, one.id, nil])
    }

    @Test(arguments: [
        (4, 3, 2), (4, 4, 2), (7, 5, 3), (7, 7, 3), (21, 15, 7), (21, 21, 7), (1, 1, 1),
    ])
    func `no minority of liars makes a node skip rounds`(
        count: Int, quorum: Int, threshold: Int
    ) throws {
        let set = try Committee(count, approval: .count(quorum)).set
        #expect(set.skipThreshold == threshold)
        #expect(set.skipThreshold > (count - 1) / 3)
        #expect(set.skipThreshold <= set.quorum)
    }

    @Test func `a liar far ahead costs a bounded amount of memory`() throws {
        var seat = try started()
        for round in 2..<200 as Range<UInt32> {
            try seat.hear(.prevote, round, one.id, by: [3])
            try seat.hear(.precommit, round, two.id, by: [3])
        }
        #expect(seat.status.round == 0)
        #expect(seat.machine.summary.votes.count <= 2)
    }

    @Test func `an equivocator caught ahead of the round is not reported again in it`() throws {
        var seat = try started()
        try seat.hear(.prevote, 5, one.id, by: [3])
        #expect(try seat.hear(.prevote, 5, two.id, by: [3]).evidence.count == 1)
        try seat.hear(.prevote, 5, nil, by: [2])
        #expect(seat.status.round == 5)
        #expect(try seat.hear(.prevote, 5, nil, by: [3]).evidence.isEmpty)
        try seat.hear(.precommit, 5, one.id, by: [3])
        #expect(try seat.hear(.precommit, 5, nil, by: [3]).evidence.count == 1)
    }

    @Test func `an unsafe approval says how many silent and how many malicious it would stand`()
        throws
    {
        let half = #expect(throws: ConsensusError.self) {
            _ = try ApprovalPolicy.count(2).quorum(of: 4)
        }
        #expect(half?.detail.contains("2 of 4") == true)
        #expect(half?.detail.contains("2 silent") == true)
        #expect(half?.detail.contains("0 malicious") == true)
        let many = #expect(throws: ConsensusError.self) {
            _ = try ApprovalPolicy.count(5).quorum(of: 4)
        }
        #expect(many?.detail.contains("5 of 4") == true)
    }
}
