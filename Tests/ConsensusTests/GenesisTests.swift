import Cryptography
import Testing

@testable import Consensus

/// A ledger made anew with the name and the keys of an older one, and members who come back: what
/// was signed before counts for nothing.
@Suite struct GenesisTests {
    let committee: Committee
    let one = ProposedValue.make("one")

    init() throws { committee = try Committee(4) }

    /// The same name and keys from another genesis file, and since another height.
    private func others() throws -> [Committee] {
        [
            try Committee(signers: committee.signers, genesis: .sha256([1])),
            try Committee(signers: committee.signers, since: 2),
        ]
    }

    @Test func `votes, proposals and certificates of another genesis or term are refused`() throws {
        for other in try others() {
            #expect(other.set.representatives == committee.set.representatives)
            #expect(other.network == committee.network)
            var seat = try Seat(committee, place: 0)
            try seat.feed(.start)
            let foreign: [SignedMessage] = [
                try other.proposal(0, one), try other.vote(.prevote, 0, one.id, by: 2),
                try other.vote(.precommit, 0, one.id, by: 3),
                .proofOfLock(try other.proof(0, one.id, by: [1, 2, 3])),
                .decision(try other.certificate(0, one.id, by: [1, 2, 3]), one),
            ]
            for message in foreign {
                let effects = try seat.hear(message)
                #expect(effects.refusals.count == 1)
                #expect(!effects.hasVoted)
            }
            #expect(seat.log.decisions.isEmpty)
            #expect(seat.log.evidence.isEmpty)
            // The members' own words of this ledger decide.
            try seat.hear(committee.proposal(0, one))
            try seat.hear(.precommit, 0, one.id, by: [1, 2, 3])
            #expect(seat.log.decisions == [one.id])
        }
    }

    @Test func `votes of two ledgers are no equivocation`() throws {
        for other in try others() {
            let here = try committee.signedVote(.prevote, 0, one.id, by: 1)
            let there = try other.signedVote(.prevote, 0, nil, by: 1)
            let both = try committee.signedVote(.prevote, 0, nil, by: 1)
            #expect(
                !Equivocation.votes(here, there).verify(set: committee.set, network: "test"))
            #expect(!Equivocation.votes(here, there).verify(set: other.set, network: "test"))
            #expect(Equivocation.votes(here, both).verify(set: committee.set, network: "test"))
            var seat = try Seat(committee, place: 0)
            try seat.feed(.start)
            try seat.hear(.vote(here))
            #expect(try seat.hear(.vote(there)).evidence.isEmpty)
            #expect(try seat.hear(.vote(both)).evidence.count == 1)
        }
    }

    @Test func `a record or a certificate of another genesis or term is not taken`() throws {
        var seat = try Seat(committee, place: 1)
        try seat.feed(.start)
        let record = try #require(seat.record)
        let certificate = try committee.certificate(0, one.id, by: [1, 2, 3])
        try certificate.verify(
            set: committee.set, network: "test", height: 1, valueID: one.id)
        for other in try others() {
            #expect(throws: ConsensusError.self) {
                try ConsensusMachine(configuration: other.configuration(for: 1), restoring: record)
            }
            #expect(throws: ConsensusError.self) {
                try certificate.verify(
                    set: other.set, network: "test", height: 1, valueID: one.id)
            }
        }
    }
}
