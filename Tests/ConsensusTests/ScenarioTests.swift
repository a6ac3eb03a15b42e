import Cryptography
import Encoding
import Testing

@testable import Consensus

/// What goes wrong in real implementations, one story each.
@Suite struct ScenarioTests {
    let committee: Committee
    let one = ProposedValue.make("one")
    let two = ProposedValue.make("two")

    init() throws { committee = try Committee(4) }

    @Test func `a lone representative decides alone`() throws {
        let alone = try Committee(1)
        var seat = try Seat(alone, place: 0)
        let effects = try seat.feed(.start)
        #expect(effects.decisions == [ProposedValue.make("built").id])
        for case .decide(let value, let certificate) in effects {
            try certificate.verify(set: alone.set, network: "test", height: 1, valueID: value.id)
        }
    }

    @Test func `with unanimity one precommit fewer decides nothing`() throws {
        let committee = try Committee(4, approval: .all)
        var seat = try Seat.started(in: committee)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        #expect(seat.status.step == .prevote)
        try seat.hear(.prevote, 0, one.id, by: [3])
        #expect(try seat.hear(.precommit, 0, one.id, by: [1, 2]).decisions.isEmpty)
        #expect(try seat.hear(.precommit, 0, one.id, by: [3]).decisions == [one.id])
    }

    @Test func `with unanimity one faulty node cannot drag the others through rounds`() throws {
        let committee = try Committee(4, approval: .all)
        var seat = try Seat.started(in: committee)
        try seat.hear(.prevote, 9, nil, by: [3])
        #expect(seat.status.round == 0)
    }

    @Test func `a hidden lock comes out when its holder proposes`() throws {
        // Place 0 alone saw the quorum of prevotes for `one`; the others went on without it.
        var holder = try Seat(committee, place: 0)
        try holder.feed(.start)
        try holder.hear(committee.proposal(0, one))
        try holder.hear(.prevote, 0, one.id, by: [1, 3])
        var other = try Seat(committee, place: 2)
        try other.feed(.start)
        try other.expire(.propose)
        try other.hear(.prevote, 0, nil, by: [1, 3])
        for _ in 0..<3 {
            try holder.expire(.precommit)
            try other.expire(.precommit)
        }
        #expect(holder.status.round == 3)
        let sent = holder.log.filter { if case .broadcast(.proposal) = $0 { true } else { false } }
        #expect(sent.proposals.map(\.value) == [one])
        var effects: [Effect] = []
        for message in sent.sent { effects += try other.hear(message) }
        #expect(effects.voted(.prevote, 3, one.id))
    }

    @Test func `a prevote given to one node only does not block the others`() throws {
        // Place 3 lies: it prevotes `one` towards place 0 and nil towards place 2. Places 0 and 1
        // are honest. Place 0 locks; place 2 holds the liar's nil vote and can never count a quorum
        // for `one` by itself.
        var holder = try Seat(committee, place: 0)
        try holder.feed(.start)
        try holder.hear(committee.proposal(0, one))
        try holder.hear(.prevote, 0, one.id, by: [1, 3])
        #expect(holder.status.lockedRound == 0)

        var other = try Seat(committee, place: 2)
        try other.feed(.start)
        try other.hear(committee.vote(.prevote, 0, nil, by: 3))
        try other.hear(committee.proposal(0, one))
        try other.hear(.prevote, 0, one.id, by: [0])
        try other.expire(.prevote)
        #expect(other.status.validRound == nil)
        for _ in 0..<3 {
            try holder.expire(.precommit)
            try other.expire(.precommit)
        }
        let proposal = try #require(holder.log.proposals.last)
        #expect(proposal.validRound == 0)
        let effects = try holder.log.sent.flatMap { message -> [Effect] in
            guard case .proposal = message else { return [] }
            return try other.hear(message)
        }
        #expect(effects.voted(.prevote, 3, one.id))
        #expect(effects.evidence.map(\.sender) == [3])
        #expect(
            effects.evidence.allSatisfy { $0.verify(set: committee.set, network: "test") })
    }

    @Test func `a locked node shows its proof at every rebroadcast`() throws {
        var seat = try Seat.started(in: committee)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        let effects = try seat.expire(.rebroadcast)
        let proofs = effects.sent.compactMap { message -> ProofOfLock? in
            if case .proofOfLock(let proof) = message { proof } else { nil }
        }
        #expect(proofs.map(\.valueID) == [one.id])
        #expect(effects.voted(.prevote, 0, one.id))
        #expect(effects.voted(.precommit, 0, one.id))
        #expect(effects.schedules(.rebroadcast, 0))
    }

    @Test func `a precommit for a value is sent again in later rounds`() throws {
        var seat = try Seat.started(in: committee)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        try seat.expire(.precommit)
        let effects = try seat.expire(.rebroadcast)
        #expect(effects.voted(.precommit, 0, one.id))
        #expect(!effects.voted(.prevote, 0, one.id))
    }

    @Test func `a precommit given to one node only does not leave the others behind`() throws {
        // Place 3 lies and sends its precommit to place 0 only, which goes on to round 1 without
        // ever having voted in round 0. Place 2 could wait for a third precommit for ever.
        var ahead = try Seat(committee, place: 0)
        try ahead.feed(.start)
        try ahead.hear(.precommit, 0, nil, by: [1, 2, 3])
        try ahead.expire(.precommit)
        try ahead.expire(.propose)
        var behind = try Seat(committee, place: 2)
        try behind.feed(.start)
        try behind.expire(.propose)
        try behind.expire(.prevote)
        try behind.hear(.precommit, 0, nil, by: [1])
        #expect(behind.status.missing.count == 2)
        var again = try ahead.restarted()
        try again.feed(.start)
        for var seat in [ahead, again] {
            var follower = behind
            let sent = try seat.expire(.rebroadcast).sent
            let effects = try sent.flatMap { try follower.hear($0) }
            #expect(effects.schedules(.precommit, 0))
        }
    }

    @Test func `votes of nodes ahead are passed on to those behind`() throws {
        let committee = try Committee(7)
        var seat = try Seat.started(in: committee)
        try seat.hear(.prevote, 3, nil, by: [2, 4])
        try seat.hear(.prevote, 5, nil, by: [6])
        #expect(seat.status.round == 3)
        var behind = try Seat(committee, place: 1)
        try behind.feed(.start)
        for message in try seat.expire(.rebroadcast).sent { try behind.hear(message) }
        #expect(behind.status.round == 3)
    }

    @Test func `a node that decided helps one that keeps on voting, once a second`() throws {
        var seat = try Seat.started(in: committee)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        try seat.hear(.precommit, 0, one.id, by: [1, 2])
        let late = try committee.vote(.prevote, 1, nil, by: 3)
        let help = try seat.hear(late)
        guard case .send(let message, let receiver) = try #require(help.first) else {
            Issue.record("no help was sent: \(help)")
            return
        }
        #expect(receiver == 3)
        #expect(try seat.hear(late) == [])
        try seat.expire(.rebroadcast)
        #expect(try seat.hear(late) == help)
        var behind = try Seat(committee, place: 3)
        try behind.feed(.start)
        #expect(try behind.hear(message).decisions == [one.id])
    }

    @Test func `the other half of a late precommit asks for no help`() throws {
        var seat = try Seat.started(in: committee)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2])
        try seat.hear(.precommit, 0, one.id, by: [1, 2])
        #expect(try seat.hear(.precommit, 0, one.id, by: [3]) == [])
    }

    @Test func `wrong bytes under a decided name leave room for the right ones`() throws {
        var seat = try Seat(committee, place: 0)
        seat.verdict = { [one] in $0 == one ? .valid : .invalid }
        try seat.feed(.start)
        let certificate = try committee.certificate(0, one.id, by: [1, 2, 3])
        let forged = ProposedValue(id: one.id, bytes: [1, 2, 3])
        #expect(try seat.hear(.decision(certificate, forged)).decisions.isEmpty)
        #expect(try seat.hear(.decision(certificate, one)).decisions == [one.id])
    }

    @Test func `an equivocator is reported once for each kind of message`() throws {
        var seat = try Seat.started(in: committee)
        for kind in [VoteKind.prevote, .precommit] {
            try seat.hear(kind, 0, one.id, by: [2])
            let evidence = try seat.hear(kind, 0, two.id, by: [2]).evidence
            #expect(evidence.count == 1)
            #expect(evidence.allSatisfy { $0.verify(set: committee.set, network: "test") })
            #expect(evidence.allSatisfy { !$0.verify(set: committee.set, network: "other") })
            #expect(try seat.hear(kind, 0, nil, by: [2]).evidence.isEmpty)
        }
        try seat.hear(committee.proposal(0, one))
        let evidence = try seat.hear(committee.proposal(0, two)).evidence
        #expect(evidence.map(\.sender) == [1])
        #expect(evidence.allSatisfy { $0.verify(set: committee.set, network: "test") })
        #expect(try seat.hear(committee.proposal(0, .make("three"))).evidence.isEmpty)
    }

    @Test func `an equivocator's second vote counts nowhere`() throws {
        var seat = try Seat.started(in: committee)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1])
        try seat.hear(.prevote, 0, nil, by: [3])
        try seat.hear(.prevote, 0, one.id, by: [3])
        #expect(seat.status.step == .prevote)
        #expect(seat.status.prevotesMissing == [committee.set.representatives[2]])
    }

    @Test func `an observer follows, decides and signs nothing`() throws {
        var seat = try Seat(committee, place: nil)
        try seat.feed(.start)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1, 2, 3])
        try seat.hear(.precommit, 0, one.id, by: [1, 2, 3])
        #expect(seat.machine.isDecided)
        #expect(seat.log.signed.isEmpty)
        #expect(seat.log.sent.isEmpty)
        #expect(!seat.status.isSigning)
    }

    @Test func `a node that sees its key used elsewhere stops signing`() throws {
        var seat = try Seat.started(in: committee)
        let foreign = try committee.vote(.precommit, 2, one.id, by: 0)
        #expect(try seat.hear(foreign).contains(.ownKeyElsewhere(foreign)))
        #expect(try !seat.hear(committee.proposal(0, one)).hasVoted)
        #expect(!seat.status.isSigning)
    }

    @Test func `an echo of one's own vote is no sign of another process`() throws {
        var seat = try Seat.started(in: committee)
        let sent = try seat.hear(committee.proposal(0, one)).sent
        for message in sent { #expect(try seat.hear(message) == []) }
        #expect(seat.status.isSigning)
    }

    @Test func `the status names who is missing for which step of which round`() throws {
        var seat = try Seat(committee, place: 0)
        #expect(seat.status.waiting == .start)
        try seat.feed(.start)
        let members = committee.set.representatives
        #expect(seat.status.missing == [members[1]])
        #expect(seat.status.explanation.contains("waiting for the proposal of \(members[1].did)"))
        try seat.hear(committee.proposal(0, one))
        try seat.hear(.prevote, 0, one.id, by: [1])
        #expect(seat.status.missing == [members[2], members[3]])
        #expect(seat.status.explanation.contains("2 of 3 prevotes"))
        try seat.hear(.prevote, 0, nil, by: [2])
        #expect(seat.status.explanation.contains("no 3 of them agree"))
        try seat.hear(.prevote, 0, one.id, by: [3])
        #expect(seat.status.missing == [members[1], members[2], members[3]])
        #expect(seat.status.json["step"]?.stringValue == "precommit")
        try seat.hear(.precommit, 0, one.id, by: [1, 2])
        #expect(seat.status.decided == one.id)
        #expect(seat.status.missing.isEmpty)
    }
}
