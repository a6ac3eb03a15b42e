import Consensus
import Cryptography
import Encoding
import Ledger
import Proofs
import Storage
import TestSupport
import Testing
import Web

@testable import LedgerNode

/// A node that comes to something else than the quorum tells the transaction and signs nothing.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DivergenceTests {
    /// The first block, with two transactions, as the only representative decided it: with another
    /// result for the second transaction than execution gives.
    private func decidedElsewhere(_ network: TestNetwork) async throws -> StoredBlock {
        let genesis = try Genesis(
            bytes: try DurableFile.read(network.genesisPath, maximumByteCount: 1 << 20))
        let state = try LedgerState(genesis: genesis)
        let compacts = try (0..<2).map { index in
            try network.sign(
                .data(content: "entry \(index)"), by: network.voters[0],
                sequence: UInt64(index)
            ).jws.compact
        }
        let transactions = try await TransactionVerifier().verify(compacts)
        let executed = try state.propose(
            pending: transactions, time: SystemClock.now(),
            proposer: network.nodes[0].identity, round: 0)
        #expect(executed.results.count == 2)
        let codes = ["ok", "insufficient-balance"]
        let leaves = zip(transactions, codes).map {
            TransactionResult.leaf(transaction: $0.id, code: $1)
        }
        let header = executed.block.header
        let forged = try BlockHeader(
            bytes: Array(
                String(decoding: header.bytes, as: UTF8.self).replacing(
                    header.resultsRoot.text, with: MerkleTree.root(leaves).text
                ).utf8))
        return StoredBlock(
            header: forged.bytes, transactions: compacts,
            results: codes.map { StoredResult(code: $0, detail: "") },
            certificate: try certificate(forged, state, network.nodes[0].consensus))
    }

    private func certificate(
        _ header: BlockHeader, _ state: LedgerState, _ pair: KeyPair
    ) throws -> CommitCertificate {
        let set = try RepresentativeSet(
            [pair.publicKey], approval: ApprovalPolicy(state.parameters.approval),
            genesis: state.genesisDigest, since: 1)
        var machine = try ConsensusMachine(
            configuration: ConsensusConfiguration(
                network: state.network, height: 1, set: set, ownKey: pair.publicKey))
        let value = ProposedValue(id: header.id, bytes: header.bytes)
        var inputs: [Input] = [.start, .built(value, round: 0)]
        while !inputs.isEmpty {
            for effect in machine.step(inputs.removeFirst()) {
                if case .sign(let message, _) = effect {
                    inputs.append(.signed(message.signed(try pair.key.sign(message.bytes))))
                }
                if case .decide(_, let certificate) = effect { return certificate }
            }
        }
        throw LedgerError(.block, "nothing was decided")
    }

    @Test func `the first transaction that differs is written down and nothing more is signed`()
        async throws
    {
        let network = try await TestNetwork { $0.others = 1 }
        let block = try await decidedElsewhere(network)
        var router = Router()
        router.on("GET", "/v1/blocks/{height}") { request in
            request["height"] == "1"
                ? .json(block.json) : Response(status: 404)
        }
        let server = try network.stand(inFor: 0, with: router)
        let events = EventLog()
        let node = try await network.start(1, log: events.append)
        while events.count(of: "diverged") == 0 {
            try await Task.sleep(for: .milliseconds(20))
        }
        let path = Divergence.path(network.nodes[1].configuration, 1)
        var report: [UInt8]?
        while report == nil {
            report = try? DurableFile.read(path, maximumByteCount: 1 << 20)
            try await Task.sleep(for: .milliseconds(20))
        }
        let json = try JSON.parse(report ?? [])
        #expect(json["firstDifference"] == 1)
        #expect(json["reason"]?.stringValue?.contains("resultsRoot") == true)
        let rows = json["transactions"]?.arrayValue ?? []
        #expect(rows.count == 2)
        #expect(rows.last?["here"]?["code"] == "ok")
        #expect(rows.last?["there"]?["code"] == "insufficient-balance")
        #expect(rows.first?["rolling"] != rows.last?["rolling"])
        #expect(rows.last?["id"] == json["transaction"])
        try await eventually("its status names the report") {
            let status = try await network.get("/v1/status", from: 1)
            return status["withheld"]?.stringValue?.contains("divergence-1.json") == true
        }
        #expect(node.height == 0)
        await node.stop()
        await server.stop()
    }
}
