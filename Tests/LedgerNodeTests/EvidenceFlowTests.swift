import Consensus
import Credentials
import Cryptography
import Encoding
import Ledger
import Replication
import Storage
import TestSupport
import Testing

@testable import LedgerNode

/// Real nodes that catch a representative contradicting itself.
@Suite(.serialized, .timeLimit(.minutes(10))) struct EvidenceFlowTests {
    /// Tells a node two votes of another's key for its next height, which it may or may not hear in
    /// time.
    private func contradict(
        _ network: TestNetwork, _ liar: TestNetwork.Node, to node: LedgerNodeServer
    ) throws {
        let (height, set) = try node.services.chain.read { state in
            (state.tip.height + 1, try state.representativeSet(at: state.tip.height + 1))
        }
        let place = try #require(set.index(of: liar.consensus.publicKey))
        let domain = SigningDomain(network: network.network, set: set.digest)
        for name: UInt8 in [1, 2] {
            let vote = Vote(
                kind: .prevote, height: height, round: 0, valueID: Digest.sha256([name]))
            let message = SignedMessage.vote(
                SignedVote(
                    vote: vote, sender: place,
                    signature: try liar.consensus.key.sign(domain.bytes(of: vote))))
            _ = node.services.inbox.offer(message, byteCount: 200)
        }
    }

    private func offenders(_ network: TestNetwork, from index: Int) async throws -> [JSON] {
        try await network.get("/v1/offences", from: index)["offenders"]?.arrayValue ?? []
    }

    @Test func `two votes that a node hears become an offence on the ledger by themselves`()
        async throws
    {
        let network = try await TestNetwork {
            $0.representatives = 4
            $0.seats = 4
            $0.minimumSeats = 4
        }
        let liar = network.nodes[3]
        try await network.withNodes([0, 1, 2]) { nodes in
            var found: [JSON] = []
            while found.isEmpty {
                try contradict(network, liar, to: nodes[0])
                try await Task.sleep(for: .milliseconds(100))
                found = try await offenders(network, from: 1)
            }
            #expect(found.count == 1)
            #expect(found[0]["node"]?.stringValue == liar.pair.did)
            #expect(found[0]["suspended"]?.boolValue == true)
            #expect(found[0]["held"]?.boolValue == true)
            #expect(found[0]["last"]?["kind"]?.stringValue == "prevote")
            // What is charged is not charged again.
            while !nodes[0].services.charges.open.isEmpty {
                try await Task.sleep(for: .milliseconds(50))
            }
            let auditor = network.auditors[0].entry.issuer
            let voter = network.voters[0]
            let deposit = try network.sign(
                .depositPay(auditor: auditor, node: liar.identity, amount: 7), by: voter,
                sequence: 0)
            #expect(try await network.run(deposit, at: 0) == "ok")
            let paid = try await network.get("/v1/deposits/\(deposit.id.text)", from: 0)
            #expect(paid["hold"]?["reason"]?.stringValue == "equivocation")
            let due = try await network.get(
                "/v1/deposits?auditor=\(auditor)&state=due", from: 0)
            #expect(due["deposits"]?.arrayValue == [])
        }
    }

    @Test func `evidence that was not charged yet is there after a restart`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("evidence.json")
        let list = try ChargeList(path: path)
        #expect(list.open.isEmpty)
        let node = Identity(try KeyPair().publicKey)
        let votes = [nil, Digest.sha256([1])].map { value in
            SignedVote(
                vote: Vote(kind: .precommit, height: 9, round: 2, valueID: value), sender: 1,
                signature: Array(repeating: 7, count: 64))
        }
        list.add(Evidence(.votes(votes[0], votes[1]), by: node))
        list.add(Evidence(.votes(votes[1], votes[0]), by: node))
        try list.store()
        let restored = try ChargeList(path: path)
        #expect(restored.open == list.open)
        #expect(restored.open.count == 1)
        #expect(restored.open[0].first.block == nil)
        #expect(restored.open[0].kind == .precommit)
        restored.remove(restored.open[0])
        try restored.store()
        #expect(try ChargeList(path: path).open.isEmpty)
        try DurableFile.write([1, 2, 3], to: path, replacing: true)
        #expect(throws: NodeError.self) { try ChargeList(path: path) }
    }

    @Test func `four nodes agree on blocks whose headers need work`() async throws {
        let network = try await TestNetwork {
            $0.representatives = 4
            $0.seats = 4
            $0.minimumSeats = 4
            $0.proofOfWorkBits = 12
        }
        try await network.withNodes([0, 1, 2, 3]) { _ in
            for number in 0..<3 {
                let transfer = try network.sign(
                    .transfer(to: Identity(network.voters[1].publicKey), amount: 1),
                    by: network.voters[0], sequence: UInt64(number))
                #expect(try await network.run(transfer, at: number) == "ok")
            }
            let header = try await network.block(3, from: 2)
            #expect(ProofOfWork.isDone(header, bits: 12))
            #expect(header.id.bytes[0] == 0)
        }
    }
}
