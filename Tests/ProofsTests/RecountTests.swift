import Cryptography
import Encoding
import Ledger
import Proofs
import TestSupport
import Testing

@Suite struct RecountTests {
    private func follow(
        _ chain: ProvenChain, _ recount: inout ChainRecount,
        _ change: (Int, inout [String], inout [String]) -> Void = { _, _, _ in }
    ) throws {
        for (place, block) in chain.blocks.enumerated() {
            var transactions = block.transactions.map(\.jws.compact)
            var codes = block.results.map(\.code.rawValue)
            change(place + 1, &transactions, &codes)
            try recount.follow(
                header: block.header.bytes, transactions: transactions, codes: codes)
            if let election = block.election { try recount.votes.check(election) }
            try recount.check(recordsRoot: block.sheet.recordsRoot)
        }
    }

    private func votes(
        _ chain: ProvenChain, _ change: (Int, inout [VoteRecount.Entry]) -> Void
    ) throws {
        var votes = VoteRecount(genesis: chain.genesis)
        for (place, block) in chain.blocks.enumerated() {
            var entries = zip(block.transactions, block.results).map {
                VoteRecount.Entry($0, code: $1.code.rawValue)
            }
            change(place + 1, &entries)
            try votes.follow(
                height: block.header.height, time: block.header.time, entries: entries)
            if let election = block.election { try votes.check(election) }
        }
    }

    @Test func `a chain counted again comes to the ledger's totals`() throws {
        let chain = try ProvenChain.played()
        var recount = ChainRecount(genesis: chain.genesis)
        try follow(chain, &recount)
        #expect(recount.votes.changeCount == 6)
        for total in chain.state.results {
            let tally = recount.votes.tallies.first { $0.candidate == total.candidate }
            #expect(tally?.votes == total.votes)
            #expect(tally?.isListed == true)
        }
    }

    @Test func `a block that is not its header's is refused`() throws {
        let chain = try ProvenChain.played()
        let changes: [(Int, inout [String], inout [String]) -> Void] = [
            { height, _, codes in if height == 2 { codes[2] = "ok" } },
            { height, transactions, codes in
                if height == 2 {
                    transactions.removeLast()
                    codes.removeLast()
                }
            },
            { height, transactions, codes in
                if height == 7 {
                    transactions += transactions
                    codes += codes
                }
            },
        ]
        for change in changes {
            var recount = ChainRecount(genesis: chain.genesis)
            #expect(throws: ProofError.self) { try follow(chain, &recount, change) }
        }
    }

    @Test func `votes taken, refused or counted twice against the rules are found`() throws {
        let chain = try ProvenChain.played()
        try votes(chain) { _, _ in }
        let changes: [(Int, inout [VoteRecount.Entry]) -> Void] = [
            // More than a candidate may get from one account, told as applied.
            { height, entries in
                if height == 2 { entries[2] = Self.told(entries[2], "ok") }
            },
            // A good vote told as refused.
            { height, entries in
                if height == 7 { entries[0] = Self.told(entries[0], "allowance-exceeded") }
            },
            // The same vote once more.
            { height, entries in if height == 7 { entries += entries } },
            // A vote left out: the election's totals differ.
            { height, entries in if height == 2 { entries.removeFirst() } },
            // A voter enrolled by somebody else than the registrar.
            { height, entries in
                if height == 3 {
                    entries = [
                        VoteRecount.Entry(
                            sender: chain.nodes[0].identity, sequence: 9,
                            body: .voterEnroll(account: chain.nodes[1].identity, allowance: 5),
                            code: "ok")
                    ]
                }
            },
        ]
        for (number, change) in changes.enumerated() {
            #expect(throws: ProofError.self, "change \(number)") { try votes(chain, change) }
        }
    }

    @Test func `a wrong tally or order in an election, or another root, is found`() throws {
        let chain = try ProvenChain.played()
        var recount = ChainRecount(genesis: chain.genesis)
        for block in chain.blocks.prefix(4) {
            try recount.follow(
                header: block.header.bytes, transactions: block.transactions.map(\.jws.compact),
                codes: block.results.map(\.code.rawValue))
        }
        let good = try #require(chain.blocks[3].election)
        try recount.votes.check(good)
        let text = good.json.text
        let ranks = try #require(good.json["ranking"]?.arrayValue).map(\.text)
        let mutants = [
            text.replacing(#""votes":5"#, with: #""votes":6"#),
            text.replacing(ranks[0] + "," + ranks[1], with: ranks[1] + "," + ranks[0]),
            text.replacing("," + ranks[4], with: ""),
            text.replacing(#""index":4"#, with: #""index":5"#),
            text.replacing(#""height":4,"actsFrom":6"#, with: #""height":8,"actsFrom":10"#),
        ]
        for (number, mutant) in mutants.enumerated() {
            let election = try Election(bytes: Array(mutant.utf8))
            #expect(election != good)
            #expect(throws: ProofError.self, "mutant \(number)") {
                try recount.votes.check(election)
            }
        }
        #expect(throws: ProofError.self) {
            try recount.check(recordsRoot: chain.blocks[4].header.stateRoot)
        }
    }

    @Test func `votes for a candidate that leaves or lapses come back`() throws {
        let chain = try ProvenChain.played()
        let node = chain.nodes.map(\.identity)
        func vote(_ candidate: Int, _ count: Int64, _ sequence: UInt64, _ code: String = "ok")
            -> VoteRecount.Entry
        {
            VoteRecount.Entry(
                sender: Identity(chain.voters[0].publicKey), sequence: sequence,
                body: .vote([VoteChange(candidate: node[candidate], votes: count)]), code: code)
        }
        var votes = VoteRecount(genesis: chain.genesis)
        let first = chain.blocks[0]
        let entries = first.transactions.map { VoteRecount.Entry($0, code: "ok") }
        try votes.follow(height: 1, time: first.header.time, entries: entries)
        let leave = VoteRecount.Entry(
            sender: node[0], sequence: 1, body: .candidateRemove(node: node[0]), code: "ok")
        try votes.follow(
            height: 2, time: chain.time(2),
            entries: [
                vote(0, 20, 0), vote(1, 1, 1, "allowance-exceeded"), leave,
                vote(0, 1, 2, "not-candidate"), vote(1, 20, 3),
            ])
        #expect(
            votes.tallies[1] == VoteRecount.Tally(candidate: node[1], votes: 20, isListed: true))
        #expect(
            votes.tallies[0] == VoteRecount.Tally(candidate: node[0], votes: 0, isListed: false))
        // The credentials are good for an hour.
        try votes.follow(
            height: 3, time: chain.time(2, plus: 3_600_000),
            entries: [vote(2, 1, 4, "not-candidate")])
        #expect(votes.tallies.allSatisfy { !$0.isListed && $0.votes == 0 })
    }

    @Test func `the state machine follows the chain from genesis and finds what was altered`()
        throws
    {
        let chain = try ProvenChain.played()
        func replay(_ change: (Int, inout [String], inout [String]) -> Void) throws -> ChainReplay {
            var replay = try ChainReplay(genesis: chain.genesis)
            for (place, block) in chain.blocks.enumerated() {
                var transactions = block.transactions.map(\.jws.compact)
                var codes = block.results.map(\.code.rawValue)
                change(place + 1, &transactions, &codes)
                try replay.follow(
                    header: block.header.bytes, transactions: transactions, codes: codes,
                    certificate: block.certificate)
            }
            return replay
        }
        let whole = try replay { _, _, _ in }
        #expect(whole.state.tip.height == 12)
        #expect(whole.transactionCount == 9)
        #expect(throws: ProofError.self) {
            try replay { height, _, codes in if height == 2 { codes[2] = "ok" } }
        }
        #expect(throws: ProofError.self) {
            try replay { height, transactions, _ in
                if height == 2 { transactions[0] += "A" }
            }
        }
        var replay = try ChainReplay(genesis: chain.genesis)
        let block = chain.blocks[0]
        #expect(throws: ProofError.self) {
            try replay.follow(
                header: block.header.bytes, transactions: [], codes: [],
                certificate: chain.blocks[1].certificate)
        }
    }

    @Test func `a chain whose parameters changed is followed and counted by the new ones`() throws {
        var chain = try ProvenChain()
        try chain.stand()
        let node = chain.nodes[0].identity
        try chain.add([
            try chain.update([("votesPerCandidate", 3)]), try chain.vote([(node, 4)], voter: 0),
        ])
        try chain.add([
            try chain.vote([(node, 4)], voter: 1), try chain.vote([(node, -2)], voter: 0),
            try chain.vote([(node, 2)], voter: 0, ahead: 1),
        ])
        let codes = chain.blocks[1...].map { $0.results.map(\.code.rawValue) }
        #expect(
            codes == [
                ["ok", "ok"], ["candidate-limit-exceeded", "ok", "candidate-limit-exceeded"],
            ])
        while chain.blocks.count < 8 { try chain.add([]) }
        var recount = ChainRecount(genesis: chain.genesis)
        try follow(chain, &recount)
        #expect(recount.votes.tallies[0].votes == 2)
        var replay = try ChainReplay(genesis: chain.genesis)
        for block in chain.blocks {
            try replay.follow(
                header: block.header.bytes, transactions: block.transactions.map(\.jws.compact),
                codes: block.results.map(\.code.rawValue), certificate: block.certificate)
        }
        #expect(replay.state.parameters.version == 2)
        #expect(replay.state.stateRoot == chain.state.stateRoot)
    }

    private static func told(_ entry: VoteRecount.Entry, _ code: String) -> VoteRecount.Entry {
        VoteRecount.Entry(
            sender: entry.sender, sequence: entry.sequence, body: entry.body, code: code)
    }
}
