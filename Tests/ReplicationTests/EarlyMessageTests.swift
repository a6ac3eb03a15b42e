import Consensus
import Testing

@testable import Replication

/// What is kept of heights that have not come yet.
@Suite struct EarlyMessageTests {
    private func vote(_ height: UInt64, round: UInt32 = 0) -> SignedMessage {
        .vote(
            SignedVote(
                vote: Vote(kind: .prevote, height: height, round: round, valueID: nil), sender: 0,
                signature: Array(repeating: 0, count: 64)))
    }

    @Test func `claims about heights far ahead push out nothing that is needed soon`() throws {
        var replica = try Lone().replica
        let soon = vote(3)
        replica.keepEarly(soon)
        for height in 100..<1500 as Range<UInt64> { replica.keepEarly(vote(height)) }
        #expect(replica.early.contains(soon))
        #expect(replica.early.count <= Limits.futureMessagesMaximum)
        for round in 1...600 as ClosedRange<UInt32> { replica.keepEarly(vote(4, round: round)) }
        #expect(replica.early.contains(soon))
        #expect(replica.early.contains(vote(4, round: 600)))
        #expect(replica.early.count <= Limits.futureMessagesMaximum)
    }
}
