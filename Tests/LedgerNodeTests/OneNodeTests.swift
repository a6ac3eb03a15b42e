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
