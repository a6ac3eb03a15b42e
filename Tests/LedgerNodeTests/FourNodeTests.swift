import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(10))) struct FourNodeTests {
    private func network() async throws -> TestNetwork {
        try await TestNetwork {
            $0.representatives = 4
            $0.seats = 4
            $0.minimumSeats = 4
        }
    }

    private func transfer(
        _ network: TestNetwork, _ amount: UInt64, sequence: UInt64
    ) throws -> Transaction {
        try network.sign(
            .transfer(to: Identity(network.voters[1].publicKey), amount: amount),
            by: network.voters[0], sequence: sequence)
    }

    @Test func `four nodes agree on every root`() async throws {
        let network = try await network()
        try await network.withNodes([0, 1, 2, 3]) { _ in
            for number in 0..<6 {
                let code = try await network.run(
                    try transfer(network, 5, sequence: UInt64(number)), at: number % 4)
                #expect(code == "ok")
            }
            let status = try await network.get("/v1/status", from: 1)
            let height = status["height"]?.uint64Value ?? 0
            _ = try await network.block(height, from: 3)
            let found = try await network.get(
                "/v1/accounts/\(network.voters[1].did)", from: 3)
            for number in 1...height {
                let first = try await network.block(number, from: 0)
                for other in 1...3 {
                    let block = try await network.block(number, from: other)
                    #expect(block == first)
                }
            }
            #expect(found["balance"]?.stringValue == "1030")
        }
    }

    @Test func `a stopped representative catches up and takes part again`() async throws {
        let network = try await network()
        let stopped = try await network.start(3)
        try await network.withNodes([0, 1, 2]) { nodes in
            let first = try await network.run(try transfer(network, 1, sequence: 0), at: 3)
            #expect(first == "ok")
            await stopped.stop()
            for number in 1...3 {
                let code = try await network.run(
                    try transfer(network, 1, sequence: UInt64(number)), at: 0)
                #expect(code == "ok")
            }
            let target = nodes[0].height
            // With node 0 gone, the other two need the fourth to go on.
            try await network.withNodes([3]) { _ in
                let there = try await network.block(target, from: 3)
                let here = try await network.block(target, from: 0)
                #expect(there == here)
                await nodes[0].stop()
                let code = try await network.run(try transfer(network, 1, sequence: 4), at: 3)
                #expect(code == "ok")
            }
        }
    }

    @Test func `two of four make no block and say who is missing`() async throws {
        let network = try await network()
        try await network.withNodes([0, 1]) { nodes in
            let sent = try await network.submit(try transfer(network, 1, sequence: 0), to: 0)
            #expect(sent.status == 202)
            try await Task.sleep(for: .milliseconds(2_500))
            #expect(nodes[0].height == 0)
            var status = try await network.get("/v1/status", from: 0)
            try await eventually("both are known to be out of reach") {
                status = try await network.get("/v1/status", from: 0)
                return status["peers"]?["unreachable"]?.arrayValue?.count == 2
                    && status["consensus"]?["explanation"] != nil
            }
            let absent = [network.nodes[2].pair.did, network.nodes[3].pair.did]
            let missing =
                status["consensus"]?["missing"]?.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(missing.allSatisfy { absent.contains($0) })
            #expect(status["consensus"]?["explanation"]?.stringValue?.contains("height 1") == true)
            let peers = status["peers"]?["unreachable"]?.arrayValue ?? []
            #expect(peers.count == 2)
        }
    }
}
