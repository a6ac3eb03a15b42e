import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs
import Storage
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct ReceiptFlowTests {
    @Test func `receipts from before and after a switch verify against genesis alone`()
        async throws
    {
        let network = try await TestNetwork {
            $0.others = 1
            $0.electionInterval = 12
            $0.heartbeat = TestNetwork.Parameters.slowHeartbeat
        }
        let genesis = try Genesis(
            bytes: DurableFile.read(network.genesisPath, maximumByteCount: 1 << 20))
        try await network.withNodes([0, 1]) { nodes in
            let stand = try network.sign(
                .candidateAdd([try network.candidacy(of: 1)]), by: network.nodes[1].pair,
                sequence: 0)
            try await network.run(stand, at: 0)
            let change = VoteChange(candidate: network.nodes[1].identity, votes: 3)
            let vote = try network.sign(.vote([change]), by: network.voters[0], sequence: 0)
            try await network.run(vote, at: 0)
            try #require(nodes[0].height < 12)
            try await network.drive(to: 14, at: 0)
            _ = try await network.block(14, from: 1)
            let later = try network.sign(.vote([change]), by: network.voters[1], sequence: 0)
            try await network.run(later, at: 1)

            let moment = SystemClock.now().adding(milliseconds: 1).rfc3339
            for (transaction, handovers) in [(vote, 0), (later, 1)] {
                let path = "/v1/transactions/\(transaction.id.text)/receipt"
                let receipt = try Receipt(try await network.get(path, from: 1))
                #expect(receipt.file.handovers.count == handovers)
                let verified = try receipt.verify(genesis: genesis)
                #expect(verified.receipt.transaction.id == transaction.id)
            }
            let path = "/v1/transactions/\(later.id.text)/receipt?before=\(moment)"
            let counted = try Receipt(try await network.get(path, from: 1)).verify(genesis: genesis)
            #expect(counted.counted != .no)

            // The same chain from the store of the running node, and counted again.
            let archive = try ChainArchive(data: network.nodes[1].configuration.data)
            var recount = ChainRecount(genesis: genesis)
            var replay = try ChainReplay(genesis: genesis)
            for height in 1...(try archive.height()) {
                let block = try #require(try archive.block(height))
                let codes = block.results.map(\.code)
                try recount.follow(
                    header: block.header, transactions: block.transactions, codes: codes)
                try replay.follow(
                    header: block.header, transactions: block.transactions, codes: codes,
                    certificate: block.certificate)
            }
            #expect(recount.votes.tallies.map(\.votes) == [6])
            let stored = try archive.handovers()
            #expect(stored.count == 1)
            let told = try Handover.list(try await network.get("/v1/handovers", from: 0))
            #expect(told == stored)
        }
    }
}
