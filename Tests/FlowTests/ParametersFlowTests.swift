import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing

@testable import accredit

/// Nodes that run, and commands that change what they hold to.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ParametersFlowTests {
    @Test func `representatives agree on a contract rule and on seats that grow`() async throws {
        let network = try await TestNetwork {
            $0.representatives = 4
            $0.others = 1
            $0.electionInterval = 12
            $0.seats = 4
            $0.minimumSeats = 4
        }
        let voterKey = network.folder.file("voter.pem")
        try KeyFile.write(network.voters[0].key, to: voterKey, passphrase: nil)
        func run(_ words: [String], key: String) async -> CommandResult {
            await CommandInProcess.run(
                words + ["--output", "json"],
                environment: [
                    "ACCREDIT_NODE": network.nodes[0].endpoint, "ACCREDIT_KEY": key,
                    "ACCREDIT_AUTHORITY": network.nodes[0].configuration.tls.authority,
                ])
        }
        try await network.withNodes(Array(0..<5)) { _ in
            let rules: JSON = [
                "transfer": [
                    [
                        "id": "reserve",
                        "expression": "sender.balance - transaction.body.amount >= 100u",
                        "message": "an account keeps 100",
                    ]
                ]
            ]
            let file = network.folder.file("change.json")
            let proposed = await run(
                ["parameters", "propose", "contracts=\(rules.text)", "seats=nodes", "--out", file],
                key: voterKey)
            #expect(proposed.code == 0, "\(proposed.messages)")
            var approvals: [String] = []
            for node in network.nodes.prefix(3) {
                approvals.append(network.folder.file("\(node.name).approval"))
                let signed = await run(
                    ["parameters", "sign", file, "--out", approvals[approvals.count - 1]],
                    key: node.configuration.nodeKey)
                #expect(signed.code == 0, "\(signed.messages)")
            }
            let sent = await run(["parameters", "submit", file] + approvals, key: voterKey)
            #expect(sent.code == 0, "\(sent.messages)")
            let shown = try await network.get("/v1/parameters", from: 0)
            #expect(shown["parameters"]?["version"] == 2)

            // The voter has 1000.
            let to = network.voters[1].did
            let transfer = ["account", "transfer", "--to", to, "--amount"]
            let refused = await run(transfer + ["901"], key: voterKey)
            #expect(refused.code == 1)
            #expect(refused.messages.contains("contract-refused"), "\(refused.messages)")
            #expect(refused.messages.contains("contract reserve refuses: an account keeps 100"))
            let paid = await run(transfer + ["900"], key: voterKey)
            #expect(paid.code == 0, "\(paid.messages)")

            try await seatFive(network)
        }
    }

    /// All five nodes stand, so `nodes` is five from the next election on.
    private func seatFive(_ network: TestNetwork) async throws {
        let entries = try network.nodes.indices.map { try network.candidacy(of: $0) }
            .sorted { $0.node < $1.node }
        let stand = try network.sign(
            .candidateAdd(entries), by: network.nodes[4].pair, sequence: 0)
        let code = try await network.run(stand, at: 4)
        #expect(code == "ok")
        let parameters = try await network.get("/v1/parameters", from: 4)
        let height = try #require(parameters["nextElection"]?.uint64Value)
        let first = try await network.block(height + 2, from: 4)
        let list = try await network.get("/v1/elections", from: 4)
        let election = try #require(
            list["elections"]?.arrayValue?.first { $0["height"]?.uint64Value == height })
        #expect(election["seats"]?.arrayValue?.count == 5)
        #expect(first.height == height + 2)
        // Five decide blocks, four of whom are needed, and the fifth makes its own.
        // Where somebody was late with a block, it was the turn of the next one.
        var next = height + 2
        while try await network.block(next, from: 0).proposer != network.nodes[4].identity {
            next += 1
        }
        let board = try await network.get("/v1/representatives", from: 0)
        #expect(board["quorum"] == 4)
    }
}
