import Consensus
import Encoding
import FoundationEssentials
import Ledger
import Storage
import TestSupport
import Testing
import Web

@testable import LedgerNode

/// A representative that loses its seat and is elected again later.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ReturningTests {
    private static let interval: UInt64 = 20

    /// One seat, which is node 0's until the first election, node 1's until the second, and node
    /// 0's again from then on.
    private static func network() async throws -> TestNetwork {
        try await TestNetwork {
            $0.others = 1
            $0.electionInterval = Int(interval)
            $0.heartbeat = TestNetwork.Parameters.slowHeartbeat
        }
    }

    private static func record(_ network: TestNetwork) -> String {
        network.nodes[0].configuration.data + "/signing.sqlite"
    }

    /// Both stand, and the next election seats node 1.
    private static func voteOut(_ network: TestNetwork) async throws {
        for index in [1, 0] {
            let stand = try network.sign(
                .candidateAdd([try network.candidacy(of: index)]), by: network.nodes[index].pair,
                sequence: 0)
            let code = try await network.run(stand, at: 0)
            #expect(code == "ok")
        }
        try await vote(network, by: 0, 3, for: 1)
    }

    private static func vote(
        _ network: TestNetwork, by voter: Int, _ votes: Int64, for index: Int
    ) async throws {
        let change = VoteChange(candidate: network.nodes[index].identity, votes: votes)
        let code = try await network.run(
            try network.sign(.vote([change]), by: network.voters[voter], sequence: 0), at: 1)
        #expect(code == "ok")
    }

    private static func status(_ network: TestNetwork) async throws -> JSON {
        try await network.get("/v1/status", from: 0)
    }

    /// Which heights node 0 has signed for, as long as it does not run.
    private static func signedHeights(_ network: TestNetwork) throws -> [UInt64] {
        let database = try Database.open(path: record(network), migrations: ["", "", ""])
        defer { database.close() }
        return try database.read { connection in
            try connection.query("SELECT DISTINCT height FROM signed ORDER BY height") {
                UInt64(clamping: $0.int(0))
            }
        }
    }

    @Test func `it votes from the second block after the election on, and on its old record`()
        async throws
    {
        let network = try await Self.network()
        let events = EventLog()
        let (out, back) = (Self.interval + 2, 2 * Self.interval + 2)
        try await network.withNodes([0, 1], log: events.append) { nodes in
            try await Self.voteOut(network)
            try #require(nodes[0].height < Self.interval)
            try await network.drive(to: out, at: 0)
            let between = try await Self.status(network)
            #expect(between["nodeStatus"]?.stringValue == "candidate")
            // The block is told of a moment before what follows from it.
            try await eventually("it takes no part") {
                try await Self.status(network)["consensus"] == nil
            }
            try await Self.vote(network, by: 1, 5, for: 0)
            try #require(nodes[0].height < 2 * Self.interval)
            try await network.drive(to: back + 3, at: 0)
            // Of the block of the election and of the one after it, the old set is still in charge.
            for height in [out - 1, out, back - 1, back, back + 3] {
                let block = try await network.block(height, from: 0)
                let proposer = height < out || height >= back ? 0 : 1
                #expect(block.proposer == network.nodes[proposer].identity, "block \(height)")
            }
            let again = try await Self.status(network)
            #expect(again["nodeStatus"]?.stringValue == "representative")
            #expect(again["withheld"] == nil)
            try await eventually("it signs") {
                nodes[0].services.board.view.consensus?.isSigning == true
            }
        }
        let signed = try Self.signedHeights(network)
        let terms = (signed.filter { $0 < out }, signed.filter { $0 >= back })
        #expect(terms.0 == Array(1..<out), "the record of the first term is still there")
        #expect(Array(terms.1.prefix(4)) == Array(back...back + 3))
        #expect(terms.0.count + terms.1.count == signed.count, "nothing was signed in between")
        // Into office, out of it, and into it again.
        #expect(events.count(of: "role-changed") >= 4)
    }

    @Test func `one whose record is older than its first term signs nothing when it is back`()
        async throws
    {
        let network = try await Self.network()
        let (out, back) = (Self.interval + 2, 2 * Self.interval + 2)
        try await network.withNodes([0]) { _ in try await network.drive(to: 1, at: 0) }
        let backup = network.folder.file("older.sqlite")
        try FileManager.default.copyItem(atPath: Self.record(network), toPath: backup)
        try await network.withNodes([1]) { _ in
            try await network.withNodes([0]) { nodes in
                try await Self.voteOut(network)
                try #require(nodes[0].height < Self.interval)
                try await network.drive(to: out, at: 0)
                try await Self.vote(network, by: 1, 5, for: 0)
                try #require(nodes[0].height < 2 * Self.interval)
            }
            // While it has no seat, nobody misses it.
            try FileManager.default.removeItem(atPath: Self.record(network))
            try FileManager.default.copyItem(atPath: backup, toPath: Self.record(network))
            try await network.withNodes([0]) { nodes in
                try await network.drive(to: back - 1, at: 1)
                _ = try await network.block(back - 1, from: 0)
                // A block is due now, and the seat's owner says why it makes none.
                let content = try network.sign(
                    .data(content: "due"), by: network.voters[0], sequence: 1)
                #expect(try await network.submit(content, to: 0).status == 202)
                try await eventually("it says that it signs nothing") {
                    try await Self.status(network)["withheld"] != nil
                }
                try await Task.sleep(for: .milliseconds(1_000))
                #expect(nodes[0].height == back - 1, "the only seat is its own")
                let reason = try await Self.status(network)["withheld"]?.stringValue
                #expect(reason?.contains("restored from an older copy") == true)
            }
        }
        #expect(try Self.signedHeights(network).allSatisfy { $0 < out })
    }
}
