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

    @Test func `transactions that come are of interest until a block has its moment`() throws {
        var lone = try Lone(isPair: true)
        #expect(!lone.replica.awaitsTransactions)
        try lone.feed(.start)
        #expect(!lone.replica.awaitsTransactions, "the peers were not asked yet")
        try lone.feed(.synchronised)
        #expect(lone.replica.awaitsTransactions, "only the heartbeat has its moment")
        lone.now = 50
        try lone.feed(.waiting(true))
        #expect(!lone.replica.awaitsTransactions)
        lone.now = 99
        try lone.feed(.waiting(false))
        #expect(lone.replica.awaitsTransactions, "what waited has left")
        lone.now = 100
        try lone.feed(.waiting(true))
        #expect(!lone.replica.awaitsTransactions, "the block is under way")
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

    @Test(arguments: [-1, 1, 21, 255])
    func `a vote of a place that nobody has is refused`(_ sender: Int) throws {
        var lone = try Lone()
        try lone.begin()
        let vote = Vote(kind: .prevote, height: 1, round: 7, valueID: nil)
        let junk = [UInt8](repeating: 7, count: 64)
        try lone.feed(
            .message(.vote(SignedVote(vote: vote, sender: sender, signature: junk))))
        let refusals = lone.effects.compactMap { effect -> Refusal? in
            guard case .notice(.messageRefused(let refusal)) = effect else { return nil }
            return refusal
        }
        #expect(refusals == [.unknownSender])
        lone.now = 1000
        try lone.feed(.tick)
        #expect(lone.state.tip.height == 1)
    }

    @Test func `other bytes under the name of a known block are refused`() throws {
        var lone = try Lone(isPair: true)
        let proposer = try #require(lone.other?.node)
        try lone.begin()
        let block = try lone.state.propose(
            pending: [], time: lone.state.tip.time, proposer: proposer, round: 0)
        let value = ProposedValue(
            id: block.block.header.id, bytes: block.block.received.bytes)
        lone.now = 1000
        for word in try lone.words(proposing: value) { try lone.feed(.message(word)) }
        #expect(lone.refusedBlocks == [])
        // A quorum stands behind the name now, so whatever comes under it is looked at.
        let junk = ProposedValue(id: value.id, bytes: value.bytes + [0])
        for word in try lone.words(proposing: junk) { try lone.feed(.message(word)) }
        #expect(lone.refusedBlocks == [value.id])
    }
}

extension Lone {
    var refusedBlocks: [Digest] {
        effects.compactMap { effect in
            guard case .notice(.blockRefused(let id, _)) = effect else { return nil }
            return id
        }
    }

    /// A block that a quorum decided, whose header says another root than it has here.
    private func decidedElsewhere(
        _ lone: Lone, with root: KeyPath<BlockHeader, Digest>
    ) throws -> (Block, CommitCertificate) {
        let executed = try lone.state.propose(
            pending: [], time: lone.state.tip.time.adding(milliseconds: 5),
            proposer: lone.replica.identity, round: 0)
        let header = executed.block.header
        let text = String(decoding: header.bytes, as: UTF8.self)
        let forged = try BlockHeader(
            bytes: Array(
                text.replacing(header[keyPath: root].text, with: MerkleTree.root([[1]]).text).utf8))
        var machine = try ConsensusMachine(
            configuration: ConsensusConfiguration(
                network: lone.state.network, height: 1,
                set: try lone.state.representativeSet(at: 1), ownKey: lone.consensus.publicKey))
        let value = ProposedValue(id: forged.id, bytes: forged.bytes)
        var inputs: [Input] = [.start, .built(value, round: 0)]
        while !inputs.isEmpty {
            for effect in machine.step(inputs.removeFirst()) {
                if case .sign(let message, _) = effect {
                    let signature = try lone.consensus.key.sign(message.bytes)
                    inputs.append(.signed(message.signed(signature)))
                }
                if case .decide(_, let certificate) = effect {
                    return (Block(header: forged, transactions: []), certificate)
                }
            }
        }
        throw LedgerError(.block, "nothing was decided")
    }

    @Test func `a decided block that comes to something else here ends all signing`() throws {
        var lone = try Lone()
        try lone.begin()
        let (block, certificate) = try decidedElsewhere(lone, with: \.stateRoot)
        try lone.feed(.fetched(block, certificate))
        #expect(lone.replica.watching == .diverged(height: 1))
        #expect(lone.replica.status == nil)
        for step in 1...5 {
            lone.now = Int64(step) * 1_000
            try lone.feed(.tick)
        }
        try lone.feed(.fetched(block, certificate))
        let told = lone.effects.filter { if case .diverged = $0 { true } else { false } }
        #expect(told.count == 1)
        #expect(!lone.effects.contains { if case .sign = $0 { true } else { false } })
        #expect(lone.state.tip.height == 0)
    }

    @Test func `a peer that sends other transactions than the header names is only refused`()
        throws
    {
        var lone = try Lone()
        try lone.begin()
        let (block, certificate) = try decidedElsewhere(lone, with: \.transactionsRoot)
        try lone.feed(.fetched(block, certificate))
        #expect(lone.replica.watching == nil)
        #expect(lone.replica.status != nil)
    }
}
