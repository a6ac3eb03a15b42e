import Cryptography
import Encoding
import Ledger
import Storage
import TestSupport
import Testing
import Web

@testable import LedgerNode

@Suite(.serialized, .timeLimit(.minutes(10))) struct RecountFlowTests {
    /// What a node says of its recount once it is about this election.
    private static func recount(
        _ network: TestNetwork, of election: UInt64, from index: Int
    ) async throws -> JSON {
        while true {
            let status = try await network.get("/v1/status", from: index)
            let recount = try #require(status["recount"])
            if recount["outcome"] == "differs" || recount["election"]?.uint64Value ?? 0 >= election
            {
                return recount
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test func `every node counts again at each election, and finds a result that was altered`()
        async throws
    {
        let network = try await TestNetwork {
            $0.others = 1
            $0.electionInterval = 8
        }
        let events = EventLog()
        var height: Int64 = 0
        try await network.withNodes([0, 1], log: events.append) { nodes in
            let candidate = network.nodes[1]
            let stand = try network.sign(
                .candidateAdd([try network.candidacy(of: 1)]), by: candidate.pair, sequence: 0)
            try await network.run(stand, at: 0)
            let change = VoteChange(candidate: candidate.identity, votes: 3)
            let vote = try network.sign(.vote([change]), by: network.voters[0], sequence: 0)
            try await network.run(vote, at: 0)
            let path = "/v1/transactions/\(vote.id.text)"
            let at = try await network.get(path, from: 0)
            height = try #require(at["height"]?.int64Value)
            for index in [0, 1] {
                let recount = try await Self.recount(network, of: 2, from: index)
                #expect(recount["outcome"] == "agrees")
            }
            let roots = try await network.get("/v1/blocks/9/roots", from: 1)
            #expect(roots["tallies"]?.stringValue?.utf8.count == 64)
            let none = try await network.send("GET", "/v1/blocks/999999/roots", to: 1)
            #expect(none.status == 404)
        }
        #expect(events.count(of: "recount-agrees") >= 4)
        #expect(events.count(of: "recount-differs") == 0)

        // The vote told as refused, in the store of one node.
        let path = network.nodes[1].configuration.data + "/chain.sqlite"
        let database = try Database.open(path: path, migrations: BlockStore.migrations)
        try await database.write { [height] connection in
            try connection.execute(
                "UPDATE transactions SET code = 'allowance-exceeded' WHERE height = ?",
                [.integer(height)])
        }
        database.close()
        try await network.withNodes([0, 1], log: events.append) { _ in
            let found = try await Self.recount(network, of: .max, from: 1)
            #expect(found["outcome"] == "differs")
            #expect(found["detail"]?.stringValue?.contains("block \(height)") == true)
            let ready = try await network.send("GET", "/readyz", to: 1)
            #expect(ready.status == 503)
            let metrics = try await network.send("GET", "/metrics", to: 1)
            let text = String(decoding: metrics.body, as: UTF8.self)
            #expect(text.contains("accredit_node_recount_differs 1"))
        }
        #expect(events.count(of: "recount-differs") == 1)
    }
}
