import Cryptography
import Encoding
import Ledger
import TestSupport
import Testing
import Web

@testable import LedgerNode

/// Blocks that come between the question to the ledger and the waiting room.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TransactionDeskTests {
    @Test func `a number that is used while a transaction comes is refused and waits nowhere`()
        async throws
    {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { nodes in
            let desk = TransactionDesk(services: nodes[0].services)
            let (first, second) = (try transfer(1, 0, network), try transfer(2, 0, network))
            let asked = try desk.ask([try second.verified(keys: KeyCache(capacity: 1))])
            #expect(try await network.run(first, at: 0) == "ok")
            // The block is told of once it is stored, a moment before the waiting room knows it.
            try await eventually("nothing waits") { nodes[0].pendingCount == 0 }
            let refused = try desk.settle(asked, isOwn: true)
            #expect(refused.map(\.problem.type) == ["sequence-used"])
            #expect(nodes[0].pendingCount == 0)
        }
    }

    @Test func `what is committed while it comes once more is taken and waits nowhere`()
        async throws
    {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { nodes in
            let desk = TransactionDesk(services: nodes[0].services)
            let transfer = try transfer(1, 0, network)
            let asked = try desk.ask([try transfer.verified(keys: KeyCache(capacity: 1))])
            #expect(try await network.run(transfer, at: 0) == "ok")
            try await eventually("nothing waits") { nodes[0].pendingCount == 0 }
            #expect(try desk.settle(asked, isOwn: true).isEmpty)
            #expect(nodes[0].pendingCount == 0)
        }
    }

    @Test func `a number whose predecessor is committed while it comes is committed`()
        async throws
    {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { nodes in
            let desk = TransactionDesk(services: nodes[0].services)
            let (first, second) = (try transfer(1, 0, network), try transfer(1, 1, network))
            let asked = try desk.ask([try second.verified(keys: KeyCache(capacity: 1))])
            #expect(try await network.run(first, at: 0) == "ok")
            #expect(try desk.settle(asked, isOwn: true).isEmpty)
            #expect(try await network.run(second, at: 0) == "ok")
        }
    }

    private func transfer(
        _ amount: UInt64, _ sequence: UInt64, _ network: TestNetwork
    ) throws -> Transaction {
        try network.sign(
            .transfer(to: Identity(network.voters[1].publicKey), amount: amount),
            by: network.voters[0], sequence: sequence)
    }
}
