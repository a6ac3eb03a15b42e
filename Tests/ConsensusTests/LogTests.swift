import Encoding
import TestSupport
import Testing

@testable import Consensus

/// A node that keeps what it hears may stop at any point and goes on from there: with its lock, its
/// valid value, the proposals and the votes it had, and without another word than those it signed.
@Suite struct LogTests {
    let committee: Committee
    let one = ProposedValue.make("one")
    let two = ProposedValue.make("two")

    init() throws { committee = try Committee(4) }

    @Test func `every entry comes back from its bytes, and no cut one does`() throws {
        let certificate = try committee.certificate(0, one.id, by: [0, 1, 2])
        let entries: [LoggedInput] = [
            .began(height: 7, set: committee.set.digest),
            .message(try committee.proposal(0, one)),
            .message(try committee.vote(.prevote, 0, nil, by: 2)),
            .message(.proofOfLock(try committee.proof(0, one.id, by: [0, 1, 2]))),
            .message(.decision(certificate, one)),
            .judged(id: one.id, content: one.content, .valid),
            .judged(id: one.id, content: one.content, .notFresh),
            .judged(id: two.id, content: two.content, .invalid),
            .timeout(Timeout(kind: .propose, height: 1, round: 0)),
            .timeout(Timeout(kind: .prevote, height: 1, round: 1)),
            .timeout(Timeout(kind: .precommit, height: .max, round: 100_000)),
        ]
        for entry in entries {
            let payload = entry.payload
            #expect(try LoggedInput(type: entry.type, payload: payload) == entry)
            for count in 0..<payload.count {
                #expect(throws: FormatError.self) {
                    try LoggedInput(type: entry.type, payload: Array(payload[..<count]))
                }
            }
            #expect(throws: FormatError.self) {
                try LoggedInput(type: entry.type, payload: payload + [0])
            }
        }
        for type in [0, 5, 255] as [UInt8] {
            #expect(throws: FormatError.self) { try LoggedInput(type: type, payload: []) }
        }
    }

    @Test func `a log of another height or set is not told to a machine`() throws {
        let other = try Committee(4)
        for began in [
            LoggedInput.began(height: 2, set: committee.set.digest),
            .began(height: 1, set: other.set.digest),
        ] {
            let logged = try #require(
                LoggedHeight([began, .message(try committee.proposal(0, one))]))
            var machine = try ConsensusMachine(configuration: committee.configuration(for: 0))
            _ = machine.restart(with: logged)
            #expect(machine.status.waiting == .proposal)
        }
        #expect(LoggedHeight([.message(try committee.proposal(0, one))]) == nil)
    }

    /// Whatever the host does about them, every point between two inputs is one to stop at.
    @Test(arguments: 1...40)
    func `a node stopped after any input is where it was`(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        var seat = try Seat(committee, place: 0)
        seat.built = ProposedValue.make("built")
        try seat.feed(.start)
        for _ in 0..<30 where !seat.machine.isDecided {
            try disturb(&seat, &dice)
            let again = try seat.replayed()
            try expectSame(again, seat)
        }
    }

    private func disturb(_ seat: inout Seat, _ dice: inout SeededGenerator) throws {
        let current = seat.status.round
        let round = min(current + UInt32(dice.next() % 3), current + 1)
        let value = dice.next() % 3 == 0 ? two : one
        let sender = Int(dice.next() % 3) + 1
        switch dice.next() % 10 {
        case 0: try seat.expire([.propose, .prevote, .precommit][Int(dice.next() % 3)])
        case 1, 2:
            if committee.configuration(for: 0).proposer(round) != 0 {
                try seat.hear(committee.proposal(round, value))
            }
        case 3:
            let proof = try committee.proof(current, value.id, by: [1, 2, 3])
            try seat.hear(.proofOfLock(proof))
        case 4, 5, 6:
            let id = dice.next() % 4 == 0 ? nil : value.id
            try seat.hear(committee.vote(.prevote, round, id, by: sender))
        case _:
            let id = dice.next() % 3 == 0 ? value.id : nil
            try seat.hear(committee.vote(.precommit, round, id, by: sender))
        }
    }

    private func expectSame(_ again: Seat, _ seat: Seat) throws {
        #expect(again.status == seat.status)
        #expect(again.machine.rounds.locked == seat.machine.rounds.locked)
        #expect(again.machine.rounds.valid?.value == seat.machine.rounds.valid?.value)
        #expect(
            again.machine.proposals.map(\.signed) == seat.machine.proposals.map(\.signed))
        // Nothing was signed in the place of something else.
        for message in again.log.signed {
            let rivals = seat.log.signed.filter {
                $0.round == message.round && kind($0) == kind(message)
            }
            #expect(rivals.allSatisfy { $0.bytes == message.bytes })
        }
    }

    private func kind(_ message: UnsignedMessage) -> VoteKind? {
        switch message.content {
        case .proposal: nil
        case .vote(let vote): vote.kind
        }
    }

    @Test(arguments: [Verdict.valid, .notFresh])
    func `what was judged is not asked again, and what was refused is`(verdict: Verdict) throws {
        var seat = try Seat(committee, place: 0)
        seat.isSigning = false
        seat.verdict = { [one] in $0 == one ? verdict : .invalid }
        try seat.feed(.start)
        try seat.hear(committee.proposal(0, one))
        try seat.hear(committee.proposal(1, two))
        var asked: [ProposedValue] = []
        for case .validate(let value, _) in try seat.replayed().log { asked.append(value) }
        #expect(asked == [two])
    }

    @Test func `a proposer goes on with what it proposed, in whatever round it is now`() throws {
        var seat = try Seat(committee, place: 1)
        seat.built = one
        try seat.feed(.start)
        try seat.hear(.prevote, 0, nil, by: [0, 2, 3])
        try seat.hear(.precommit, 0, nil, by: [0, 2, 3])
        try seat.expire(.precommit)
        #expect(seat.status.round == 1)
        var again = try seat.replayed()
        try expectSame(again, seat)
        try again.hear(.precommit, 0, one.id, by: [0, 2, 3])
        #expect(again.log.decisions.isEmpty)
        try again.hear(.decision(committee.certificate(0, one.id, by: [1, 2, 3]), nil))
        #expect(again.log.decisions == [one.id])
    }
}
