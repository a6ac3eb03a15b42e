import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(10))) struct DeviceTests {
    private func challenge(_ network: TestNetwork, node: KeyPair) throws -> DeviceChallenge {
        try DeviceChallenge(
            nonce: SecureRandom.bytes(32), network: network.network, application: .zero,
            node: node.did, signatures: 8, memoryMebibytes: 1, deadlineMilliseconds: 30_000)
    }

    @Test func `a node answers challenges for itself alone, and only so many`() async throws {
        let network = try await TestNetwork()
        let node = network.nodes[0].pair
        try await network.withNodes([0]) { _ in
            let own = try challenge(network, node: node)
            let answer = try await network.send(
                "POST", "/v1/device/challenges", to: 0, json: own.json)
            #expect(answer.status == 200)
            let text = try answer.json()["answer"]?.stringValue ?? ""
            #expect(own.check(text, node: node.publicKey).isEmpty)

            let other = try challenge(network, node: try KeyPair())
            let refused = try await network.send(
                "POST", "/v1/device/challenges", to: 0, json: other.json)
            #expect(refused.status == 422)
            let malformed = try await network.send(
                "POST", "/v1/device/challenges", to: 0, json: ["nonce": "short"])
            #expect(malformed.status == 400)

            // All at once: the minute that is counted must not end in between.
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<60 {
                    let next = try challenge(network, node: node)
                    group.addTask {
                        try await network.send(
                            "POST", "/v1/device/challenges", to: 0, json: next.json
                        ).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.contains(200))
            #expect(statuses.contains(429))
            #expect(Set(statuses).count == 2)
        }
    }
}
