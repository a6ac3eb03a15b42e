import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs
import Storage
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(10))) struct ElectionTests {
    /// Both the old representative and a new one prove how the election went.
    private static func checkCertificates(
        _ network: TestNetwork, _ elected: [Identity], _ before: BlockHeader
    ) async throws {
        let genesis = try Genesis(
            bytes: DurableFile.read(network.genesisPath, maximumByteCount: 1 << 20))
        for index in [0, 1] {
            let certificate = try ElectionCertificate(
                try await network.get("/v1/elections/1/certificate", from: index))
            #expect(try certificate.verify(genesis: genesis).seats == elected)
            #expect(certificate.header.representatives == before.representatives)
        }
        for (number, status) in [("0", 404), ("7777", 404), ("-1", 400)] {
            let path = "/v1/elections/\(number)/certificate"
            let none = try await network.send("GET", path, to: 0)
            #expect(none.status == status)
        }
    }

    @Test func `elected nodes take over two blocks after the election and the old one follows`()
        async throws
    {
        let network = try await TestNetwork {
            $0.others = 2
            $0.electionInterval = 20
            $0.seats = 2
            $0.heartbeat = TestNetwork.Parameters.slowHeartbeat
        }
        let events = EventLog()
        try await network.withNodes([0, 1, 2], log: events.append) { nodes in
            let status = try await network.get("/v1/status", from: 1)
            #expect(status["nodeStatus"]?.stringValue == "ordinary")
            for index in [1, 2] {
                let stand = try network.sign(
                    .candidateAdd([try network.candidacy(of: index)]),
                    by: network.nodes[index].pair, sequence: 0)
                // Handed to the node that stands: an ordinary node passes it on.
                let code = try await network.run(stand, at: index)
                #expect(code == "ok")
            }
            let candidate = try await network.get("/v1/status", from: 2)
            #expect(candidate["nodeStatus"]?.stringValue == "candidate")
            let change = VoteChange(candidate: network.nodes[1].identity, votes: 3)
            let vote = try network.sign(.vote([change]), by: network.voters[0], sequence: 0)
            let voted = try await network.run(vote, at: 0)
            #expect(voted == "ok")
            try #require(nodes[0].height < 20)

            try await network.drive(to: 26, at: 0)
            let before = try await network.block(21, from: 0)
            let after = try await network.block(22, from: 0)
            #expect(before.representatives != after.representatives)
            let elected = [network.nodes[1].identity, network.nodes[2].identity]
            for height in UInt64(22)...26 {
                let block = try await network.block(height, from: 0)
                #expect(elected.contains(block.proposer))
            }
            let election = try await network.get("/v1/elections/1", from: 0)
            #expect(election["height"] == 20)
            #expect(election["actsFrom"] == 22)
            #expect(election["ranking"]?[0]?["node"]?.stringValue == elected[0].text)
            try await Self.checkCertificates(network, elected, before)
            let new = try await network.get("/v1/status", from: 1)
            #expect(new["nodeStatus"]?.stringValue == "representative")
            let old = try await network.get("/v1/status", from: 0)
            #expect(old["nodeStatus"]?.stringValue == "ordinary")
            #expect(old["consensus"] == nil)

            // The old one goes on as a follower that passes transactions on.
            let content = try network.sign(
                .data(content: "still here"), by: network.voters[1], sequence: 0)
            let code = try await network.run(content, at: 0)
            #expect(code == "ok")
            let totals = try await network.get(
                "/v1/results?before=\(SystemClock.now().rfc3339)", from: 0)
            #expect(totals["results"]?[0]?["votes"] == 3)
        }
        #expect(events.count(of: "role-changed") >= 5)
        #expect(events.count(of: "election-held") >= 3)
    }
}
