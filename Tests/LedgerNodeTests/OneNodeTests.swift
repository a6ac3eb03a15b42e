import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(10))) struct OneNodeTests {
    @Test func `one node commits a transfer and survives a restart`() async throws {
        let network = try await TestNetwork()
        let (payer, payee) = (network.voters[0], network.voters[1])
        let transfer = try network.sign(
            .transfer(to: Identity(payee.publicKey), amount: 40), by: payer, sequence: 0)
        var height: UInt64 = 0
        try await network.withNodes([0]) { nodes in
            let code = try await network.run(transfer, at: 0)
            #expect(code == "ok")
            height = nodes[0].height
        }
        try await network.withNodes([0]) { nodes in
            #expect(nodes[0].height >= height)
            let account = try await network.get("/v1/accounts/\(payee.did)", from: 0)
            #expect(account["balance"]?.stringValue == "1040")
            let found = try await network.get("/v1/transactions/\(transfer.id.text)", from: 0)
            #expect(found["state"]?.stringValue == "committed")
            // Empty blocks keep coming, signed with the record of before the restart.
            _ = try await network.block(nodes[0].height + 2, from: 0)
        }
    }

    @Test func `one sender's numbers are all committed, whichever come first`() async throws {
        let network = try await TestNetwork()
        let (payer, payee) = (network.voters[0], network.voters[1])
        let transfers = try (0..<200).map { number in
            try network.sign(
                .transfer(to: Identity(payee.publicKey), amount: 1), by: payer,
                sequence: UInt64(number))
        }
        try await network.withNodes([0]) { nodes in
            // Four at a time, each ahead of some of the others, while blocks take what is there.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<4 {
                    group.addTask {
                        for index in stride(from: lane, to: transfers.count, by: 4) {
                            _ = try await network.submit(transfers[index], to: 0)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await network.run(transfers[199], at: 0) == "ok")
            // A moment after the block is stored nothing waits any more.
            try await eventually("nothing waits") { nodes[0].pendingCount == 0 }
        }
    }

    @Test func `whoever waits for a node's failure may stop waiting`() async throws {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { nodes in
            let node = nodes[0]
            let waiting = Task { await node.failure() }
            waiting.cancel()
            #expect(await waiting.value == nil)
        }
    }
}
