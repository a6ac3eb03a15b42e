import Cryptography
import Testing

@testable import Consensus

/// Chosen attacks that must succeed against a broken node or beyond the bound, and fail otherwise.
/// Random faults find these hardly ever, so they are played move by move.
@Suite struct BrokenPromiseTests {
    let committee: Committee
    let one = ProposedValue.make("one")
    let two = ProposedValue.make("two")

    init() throws { committee = try Committee(4) }

    /// Places 0, 1 and 2 lock `one` in round 0, and place 0 alone sees it decided. Places 1 and 2
    /// restart; place 3 lies and proposes `two` in round 2.
    private func decisionsAfterRestart(forgettingLocks: Bool) throws -> [Digest] {
        var seats = try (0..<3).map { try Seat(committee, place: $0) }
        let proposal = try committee.proposal(0, one)
        for place in seats.indices {
            seats[place].built = place == 1 ? one : nil
            try seats[place].feed(.start)
            if place != 1 { try seats[place].hear(proposal) }
            try seats[place].hear(.prevote, 0, one.id, by: [0, 1, 2].filter { $0 != place })
            #expect(seats[place].status.lockedRound == 0)
        }
        try seats[0].hear(.precommit, 0, one.id, by: [1, 2])
        let lie = try committee.proposal(2, two)
        for place in 1...2 {
            if forgettingLocks { seats[place].record = seats[place].record?.withoutLock }
            seats[place] = try seats[place].restarted()
            seats[place].built = nil
            try seats[place].feed(.start)
            try seats[place].expire(.precommit)
            try seats[place].expire(.precommit)
            #expect(seats[place].status.round == 2)
            try seats[place].hear(lie)
        }
        let prevotes = (1...2).flatMap { seats[$0].log.votes.filter { $0.round == 2 } }
        if prevotes.allSatisfy({ $0.valueID == two.id }) {
            for place in 1...2 {
                try seats[place].hear(.prevote, 2, two.id, by: [1, 2, 3].filter { $0 != place })
                try seats[place].hear(.precommit, 2, two.id, by: [1, 2, 3].filter { $0 != place })
            }
        }
        return seats.flatMap { $0.log.decisions }
    }

    @Test func `locks that outlive a restart keep the nodes agreed`() throws {
        #expect(try decisionsAfterRestart(forgettingLocks: false) == [one.id])
    }

    @Test func `nodes that forget their locks come to disagree`() throws {
        #expect(try decisionsAfterRestart(forgettingLocks: true) == [one.id, two.id, two.id])
    }

    /// Two liars of four, one more than 2q−n−1 allows, show each honest node another world.
    @Test func `more liars than the bound allows can split the honest`() throws {
        #expect(committee.set.maliciousTolerance == 1)
        // Place 1 proposes in round 0 and lies together with place 2.
        var decided: [Digest] = []
        for (place, value) in [(0, one), (3, two)] {
            var seat = try Seat(committee, place: place)
            try seat.feed(.start)
            try seat.hear(committee.proposal(0, value))
            try seat.hear(.prevote, 0, value.id, by: [1, 2])
            try seat.hear(.precommit, 0, value.id, by: [1, 2])
            decided += seat.log.decisions
        }
        #expect(decided == [one.id, two.id])
    }

    @Test func `one liar, which the bound allows, cannot`() throws {
        var decided: [Digest] = []
        for (place, value) in [(0, one), (3, two)] {
            var seat = try Seat(committee, place: place)
            try seat.feed(.start)
            try seat.hear(committee.proposal(0, value))
            // Place 2 is honest and prevotes what it saw, `one`, once.
            try seat.hear(.prevote, 0, value.id, by: [1])
            try seat.hear(.prevote, 0, one.id, by: [2])
            try seat.hear(.precommit, 0, value.id, by: [1])
            try seat.hear(.precommit, 0, one.id, by: [2])
            decided += seat.log.decisions
        }
        #expect(decided == [one.id])
    }
}

extension ConsensusRecord {
    /// The record as a node would have it that does not write down its locks.
    fileprivate var withoutLock: ConsensusRecord {
        ConsensusRecord(
            network: network, height: height, set: set, signer: signer, round: round, step: step,
            locked: nil, valid: nil, reason: reason, messages: messages)
    }
}
