import Encoding
import Testing

@testable import Consensus

/// A node may stop at any point. It comes back from its newest record, repeats what it signed, byte
/// for byte, and forgets no lock.
@Suite struct RestartTests {
    let committee: Committee
    let one = ProposedValue.make("one")
    let two = ProposedValue.make("two")

    init() throws { committee = try Committee(4) }

    @Test func `a proposer stopped between build and record builds anew`() throws {
        var seat = try Seat(committee, place: 1)
        seat.built = nil
        try seat.feed(.start)
        #expect(seat.record == nil)
        var again = try seat.restarted()
        again.built = two
        #expect(try again.feed(.start).proposals.map(\.value) == [two])
    }

    @Test func `a proposer stopped between record and signature proposes the same`() throws {
        var seat = try Seat(committee, place: 1)
        seat.isSigning = false
        seat.built = one
        try seat.feed(.start)
        #expect(seat.record != nil)
        var again = try seat.restarted()
        again.built = two
        let effects = try again.feed(.start)
        #expect(!effects.contains(.build(round: 0)))
        #expect(effects.proposals.map(\.value) == [one])
        #expect(effects.signed.map(\.bytes).first == seat.log.signed.map(\.bytes).first)
    }

    @Test func `a proposer stopped between signature and sending sends the same bytes`() throws {
        var seat = try Seat(committee, place: 1)
        seat.built = one
        let first = try seat.feed(.start)
        var again = try seat.restarted()
        again.built = two
        let second = try again.feed(.start)
        #expect(second.sent.map { $0.encoded() } == first.sent.map { $0.encoded() })
    }

    @Test(arguments: [Step.propose, .prevote, .precommit])
    func `a node stopped in any step repeats its words and adds no others`(step: Step) throws {
        var seat = try Seat.started(in: committee)
        if step >= .prevote { try seat.hear(committee.proposal(0, one)) }
        if step >= .precommit { try seat.hear(.prevote, 0, one.id, by: [1, 2]) }
        #expect(seat.status.step == step)
        var again = try seat.restarted()
        var effects = try again.feed(.start)
        #expect(Set(effects.votes) == Set(seat.log.votes))
        // Whatever comes now, no second word for a kind and round follows.
        effects += try again.hear(committee.proposal(0, two))
        effects += try again.expire(.propose)
        effects += try again.hear(.prevote, 0, nil, by: [1, 2, 3])
        effects += try again.expire(.prevote)
        for vote in seat.log.votes {
            let rivals = effects.votes.filter { $0.kind == vote.kind && $0.round == vote.round }
            #expect(rivals.allSatisfy { $0 == vote })
        }
    }

    @Test func `a restarted node keeps its lock and can still prove it`() throws {
        var seat = try Seat.started(in: committee)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        var again = try seat.restarted()
        try again.feed(.start)
        #expect(again.status.lockedRound == 0)
        try again.expire(.precommit)
        #expect(try again.hear(committee.proposal(1, two)).voted(.prevote, 1, nil))
        try again.expire(.precommit)
        let proposals = try again.expire(.precommit).proposals
        #expect(proposals.map(\.value) == [one])
        try proposals.first?.proof?.verify(set: committee.set, network: "test")
    }

    @Test func `a restarted node decides on precommits alone`() throws {
        var seat = try Seat.started(in: committee)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        var again = try seat.restarted()
        try again.feed(.start)
        #expect(try again.hear(.precommit, 0, one.id, by: [1, 2]).decisions == [one.id])
    }

    @Test func `the record of a later round leads back there`() throws {
        var seat = try Seat.started(in: committee)
        try seat.expire(.precommit)
        try seat.expire(.propose)
        #expect(seat.record?.round == 1)
        var again = try seat.restarted()
        #expect(try again.feed(.start).voted(.prevote, 1, nil))
        #expect(again.status.round == 1)
        #expect(again.status.step == .prevote)
    }

    @Test func `words of earlier rounds that the record left out raise no alarm`() throws {
        var seat = try Seat.started(in: committee)
        try seat.expire(.propose)
        try seat.expire(.precommit)
        try seat.expire(.propose)
        var again = try seat.restarted()
        try again.feed(.start)
        let echo = try committee.vote(.prevote, 0, nil, by: 0)
        #expect(try again.hear(echo) == [])
        #expect(again.status.isSigning)
    }

    @Test func `a record of another height, network, set or key is refused`() throws {
        var seat = try Seat.started(in: committee)
        try seat.expire(.propose)
        let record = try #require(seat.record)
        let other = try Committee(4)
        let configurations = [
            committee.configuration(for: 0, height: 2), committee.configuration(for: 1),
            committee.configuration(for: nil), other.configuration(for: 0),
            ConsensusConfiguration(
                network: "elsewhere", height: 1, set: committee.set,
                ownKey: committee.signers[0].publicKey),
        ]
        for configuration in configurations {
            #expect(throws: ConsensusError(.record, "")) {
                try ConsensusMachine(configuration: configuration, restoring: record)
            }
        }
    }

    @Test func `a record that only names its values needs them to be read`() throws {
        var seat = try Seat(committee, place: 1)
        seat.built = one
        try seat.feed(.start)
        let record = try #require(seat.record)
        #expect(record.values == [one])
        #expect(try ConsensusRecord(decoding: record.encoded()) == record)
        let bytes = record.encodedNamingValues()
        #expect(try ConsensusRecord(decoding: bytes, values: [two, one]) == record)
        let swapped = ProposedValue(id: one.id, bytes: two.bytes)
        for values in [[], [two], [swapped]] {
            #expect(throws: FormatError.self) {
                try ConsensusRecord(decoding: bytes, values: values)
            }
        }
    }

    @Test func `a damaged record is refused, never half read`() throws {
        var seat = try Seat.started(in: committee)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        let bytes = try #require(seat.record).encoded()
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self) {
                try ConsensusRecord(decoding: Array(bytes.prefix(count)))
            }
        }
        #expect(throws: (any Error).self) { try ConsensusRecord(decoding: bytes + [0]) }
    }
}
