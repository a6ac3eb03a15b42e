import Consensus
import Cryptography
import Ledger
import TestSupport
import Testing

@testable import Replication

/// What is kept of heights that have not come yet.
@Suite struct EarlyMessageTests {
    private let honest: Identity
    private let flooder: Identity

    init() throws {
        honest = Identity(try KeyPair().publicKey)
        flooder = Identity(try KeyPair().publicKey)
    }

    private func vote(_ height: UInt64, round: UInt32 = 0, by sender: Int = 0) -> SignedMessage {
        .vote(
            SignedVote(
                vote: Vote(kind: .prevote, height: height, round: round, valueID: nil),
                sender: sender, signature: Array(repeating: 0, count: 64)))
    }

    private func proposal(_ height: UInt64, round: UInt32 = 0, by sender: Int = 0) -> SignedMessage
    {
        let value = ProposedValue(id: .zero, bytes: [1])
        return .proposal(
            SignedProposal(
                proposal: Proposal(height: height, round: round, value: value, proof: nil),
                sender: sender, signature: Array(repeating: 0, count: 64)))
    }

    @Test func `claims about heights far ahead push out nothing that is needed soon`() {
        var early = EarlyMessages()
        early.keep(vote(3), from: nil)
        for height in 100..<800 as Range<UInt64> { early.keep(vote(height), from: nil) }
        #expect(early.messages.contains(vote(3)))
        #expect(early.messages.count <= Limits.futureMessagesMaximum)
        for round in 1...600 as ClosedRange<UInt32> {
            early.keep(vote(4, round: round), from: nil)
        }
        #expect(early.messages.contains(vote(3)))
        #expect(early.messages.contains(vote(4, round: 600)))
        #expect(early.messages.count <= Limits.futureMessagesMaximum)
    }

    @Test func `a flood pushes out nothing but itself, whatever seats it speaks for`() {
        var early = EarlyMessages()
        let sound = (0..<20).map { vote(4, round: UInt32($0), by: 1) } + [proposal(4, by: 1)]
        for message in sound { early.keep(message, from: honest) }
        for round in 0..<700 as Range<UInt32> {
            early.keep(vote(3, round: round, by: 1), from: flooder)
            early.keep(vote(4, round: round, by: Int(round % 4)), from: flooder)
            early.keep(proposal(3, round: round, by: 1), from: flooder)
        }
        let kept = early.messages
        #expect(kept.count == Limits.futureMessagesMaximum)
        #expect(kept.count { $0.carriesBlock } == Limits.futureBlocksMaximum)
        #expect(sound.allSatisfy(kept.contains))
        // What comes during the flood stays as well.
        early.keep(vote(3, by: 2), from: honest)
        early.keep(proposal(3, by: 2), from: honest)
        early.keep(vote(3, round: 9999, by: 3), from: flooder)
        early.keep(proposal(3, round: 9999, by: 3), from: flooder)
        #expect(early.messages.contains(vote(3, by: 2)))
        #expect(early.messages.contains(proposal(3, by: 2)))
    }

    @Test func `what is sent again each second is kept once`() {
        var early = EarlyMessages()
        for _ in 0..<2000 { early.keep(vote(3), from: honest) }
        #expect(early.messages == [vote(3)])
        early.keep(vote(3), from: flooder)
        early.keep(vote(4), from: honest)
        #expect(early.messages.count == 3)
        #expect(early.reach(beyond: 3))
        #expect(early.take(3) == [vote(3), vote(3)])
        #expect(early.messages == [vote(4)])
        #expect(!early.reach(beyond: 4))
        #expect(early.take(5).isEmpty)
        #expect(early.messages.isEmpty)
    }

    @Test func `a height begins with what others said of it, through a flood`() throws {
        var lone = try Lone()
        try lone.begin()
        try lone.feed(.message(vote(2, by: 1), from: honest))
        for round in 0..<700 as Range<UInt32> {
            try lone.feed(.message(vote(2, round: round, by: 1), from: flooder))
            try lone.feed(.message(vote(3, round: round, by: 1), from: flooder))
        }
        try lone.feed(.message(vote(2, round: 1, by: 1), from: honest))
        lone.now = 1000
        try lone.feed(.tick)
        #expect(lone.state.tip.height == 1)
        let told = lone.effects.compactMap { effect -> SignedMessage? in
            if case .again(let message) = effect { message } else { nil }
        }
        #expect(told.contains(vote(2, by: 1)))
        #expect(told.contains(vote(2, round: 1, by: 1)))
    }
}
