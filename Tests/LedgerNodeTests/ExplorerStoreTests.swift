import Consensus
import Cryptography
import Encoding
import Ledger
import Storage
import TestSupport
import Testing

@testable import LedgerNode

/// The lists themselves: what a store of before has in them, and what a block adds.
@Suite(.timeLimit(.minutes(5))) struct ExplorerStoreTests {
    /// The lists of the first version after two transactions of `voter` in block 0, a vote and one
    /// that put `node` on the list.
    private static func makeOld(
        _ path: String, _ genesis: Genesis, voter: String, other: String, node: String
    ) throws {
        let database = try Database.open(
            path: path, migrations: Array(ExplorerStore.migrations.prefix(1)))
        defer { database.close() }
        try database.writeNow { connection in
            try connection.execute(
                "INSERT INTO progress (id, genesis, height) VALUES (1, ?, 0)",
                [.blob(genesis.digest.bytes)])
            try connection.execute("INSERT INTO turnout VALUES (0, 2, 20, 1)")
            try connection.execute(
                "INSERT INTO enrolments (account, allowance, hasVoted) VALUES (?, ?, ?)",
                each: [[.text(voter), 10, 1], [.text(other), 10, 0]])
            try connection.execute(
                "INSERT INTO transactions (height, position, id, type, sender, code) "
                    + "VALUES (0, ?, ?, ?, ?, 'ok')",
                each: [
                    [0, .blob(Digest.zero.bytes), "vote", .text(voter)],
                    [1, .blob(Digest.zero.bytes), "candidate.add", .text(voter)],
                ])
            try connection.execute(
                "INSERT INTO parties (account, height, position) VALUES (?, 0, ?)",
                each: [[.text(voter), 0], [.text(voter), 1], [.text(node), 1]])
        }
    }

    private static func places(_ store: ExplorerStore, _ account: String) throws -> [String] {
        let end = TransactionPlace(height: UInt64(Int64.max), position: 0)
        return try store.places(of: account, before: end, from: 0, limit: 10).map {
            "\($0.height).\($0.position)"
        }
    }

    @Test func `lists of before are taken over, and who voted counts once`() async throws {
        let network = try await TestNetwork { $0.voters = 2 }
        let genesis = try Genesis(
            bytes: try DurableFile.read(network.genesisPath, maximumByteCount: 1 << 20))
        let chain = try BlockStore(path: network.folder.file("chain.sqlite"), genesis: genesis)
        defer { chain.close() }
        let path = network.folder.file("explorer.sqlite")
        let (voter, other) = (network.voters[0].did, network.voters[1].did)
        let node = network.nodes[0].identity
        try Self.makeOld(path, genesis, voter: voter, other: other, node: node.text)
        let store = try ExplorerStore(path: path, genesis: genesis)
        defer { store.close() }
        #expect(try store.height == 0)
        #expect(try Self.places(store, voter) == ["0.1", "0.0"])
        #expect(try Self.places(store, other) == [])
        #expect(try store.newestCandidacy(of: node.text)?.position == 1)
        #expect(try store.newestCandidacy(of: other) == nil)

        let state = try chain.loadState()
        // Nobody stands here: the answers to the votes are said below.
        let votes = try [0, 0, 1, 1].enumerated().map { index, voter in
            try network.sign(
                .vote([VoteChange(candidate: node, votes: 1)]), by: network.voters[voter],
                sequence: UInt64(index % 2))
        }
        let gift = try network.sign(
            .transfer(to: Identity(did: other), amount: 1), by: network.voters[0], sequence: 2)
        let block = try state.propose(
            pending: (votes + [gift]).map { try $0.verified(keys: KeyCache()) },
            time: state.tip.time.adding(milliseconds: 1000), proposer: node, round: 0
        ).block
        let stored = StoredBlock(
            header: block.header.bytes, transactions: block.transactions.map(\.transaction.compact),
            results: block.transactions.map { _ in StoredResult(code: "ok", detail: "") },
            certificate: try CommitCertificate(
                json: [
                    "height": 1, "round": 0, "block": JSON(block.header.id.text), "bitmap": "",
                    "signatures": [],
                ]))
        try await store.append([ListedBlock(stored) { try Transaction(compact: $0) }])
        let turnout = try #require(try store.turnout(at: 1))
        #expect([turnout.accounts, turnout.allowance, turnout.voters] == [2, 20, 2])
        let ids = block.transactions.map(\.id)
        let mine = ids.indices.filter { !votes[2...].map(\.id).contains(ids[$0]) }
        #expect(
            try Self.places(store, voter) == mine.reversed().map { "1.\($0)" } + ["0.1", "0.0"])
        #expect(try Self.places(store, other).count == 3)
        #expect(try Self.places(store, node.text) == ["0.1"])
        let end = TransactionPlace(height: 1, position: 0)
        #expect(try store.places(of: voter, before: end, from: 0, limit: 1).count == 1)
        #expect(try store.places(of: voter, before: end, from: 1, limit: 1).isEmpty)
        try await store.drop(below: 1)
        #expect(try Self.places(store, voter).count == 3)
        #expect(try store.newestCandidacy(of: node.text) == nil)
    }
}
