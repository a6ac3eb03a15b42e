import Consensus
import Cryptography
import Encoding
import Ledger
import Replication
import Testing
import TestSupport

@Suite struct ReplicaTests {
    @Test func `a lone representative commits a block after each heartbeat`() throws {
        var lone = try Lone()
        try lone.begin()
        #expect(lone.state.tip.height == 0)
        lone.now = 999
        try lone.feed(.tick)
        #expect(lone.state.tip.height == 0)
        lone.now = 1000
        try lone.feed(.tick)
        #expect(lone.state.tip.height == 1)
        lone.now = 2000
        try lone.feed(.tick)
        #expect(lone.state.tip.height == 2)
    }

    @Test func `a waiting transaction is a reason to begin once the interval has passed`() throws {
        var lone = try Lone()
        try lone.begin()
        lone.now = 99
        try lone.feed(.waiting(true))
        #expect(lone.state.tip.height == 0)
        lone.now = 100
        try lone.feed(.waiting(true))
        #expect(lone.state.tip.height == 1)
    }

    @Test func `nothing begins before the chain was compared with the peers`() throws {
        var lone = try Lone()
        try lone.feed(.start)
        lone.now = 5000
        try lone.feed(.tick)
        #expect(lone.state.tip.height == 0)
        try lone.feed(.synchronised)
        #expect(lone.state.tip.height == 1)
    }

    @Test func `nothing is signed before its record is durable`() throws {
        var lone = try Lone()
        lone.isSaving = false
        try lone.begin()
        lone.now = 1000
        try lone.feed(.tick)
        var asked: UnsignedMessage?
        for effect in lone.effects {
            if case .save(_, let message) = effect { asked = message }
            if case .sign = effect { Issue.record("signed without a record") }
        }
        let message = try #require(asked)
        lone.isSaving = true
        try lone.feed(.saved(message))
        #expect(lone.state.tip.height == 1)
        let count = lone.effects.count
        try lone.feed(.saved(message))
        #expect(lone.effects.count == count, "the same word counts once")
    }

    @Test func `other bytes under the name of a known block are refused`() throws {
        var lone = try Lone(others: 1)
        try lone.begin()
        lone.now = 1000
        try lone.feed(.tick)
        // Place 1 proposes at height 1; another round makes it this node's turn.
        for round in UInt32(0)..<2 {
            try lone.feed(.timeout(Timeout(kind: .propose, height: 1, round: round)))
        }
        let own = lone.effects.compactMap { effect -> SignedProposal? in
            guard case .send(.proposal(let signed), _) = effect else { return nil }
            return signed
        }
        // Proposing first, this node has proposed already.
        guard let value = own.first?.proposal.value else { return }
        let junk = ProposedValue(id: value.id, bytes: value.bytes + [0])
        #expect(junk != value)
    }
}
