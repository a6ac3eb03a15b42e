import Cryptography
import Encoding
import Ledger
import LedgerNode
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(10))) struct ProofTests {
    /// The state root of the header in an answer.
    private static func root(_ answer: JSON) throws -> Digest {
        let text = try #require(answer["header"]?.stringValue)
        let header = try BlockHeader(bytes: Array(text.utf8))
        #expect(answer["height"]?.uint64Value == header.height)
        #expect(answer["certificate"]?["height"]?.uint64Value == header.height)
        return header.stateRoot
    }

    @Test func `a node proves what is there and what is not`() async throws {
        let network = try await TestNetwork()
        let voter = network.voters[0]
        try await network.withNodes([0]) { _ in
            let early = try await network.send("GET", "/v1/proofs/parameters/current", to: 0)
            #expect([200, 404].contains(early.status))
            _ = try await network.block(1, from: 0)
            let nobody = try Identity(did: "did:key:zNobody")
            let paths: [(String, RecordName, Bool)] = [
                ("accounts/\(voter.did)", .account(Identity(voter.publicKey)), true),
                ("accounts/\(nobody)", .account(nobody), false),
                ("candidates/\(nobody)", .candidate(nobody), false),
                ("auditor-set/current", .auditorSet, true),
                ("parameters/current", .parameters, true), ("elections/0", .election(0), true),
                ("elections/77", .election(77), false),
                ("deposits/\(Digest.zero.text)", .deposit(.zero), false),
            ]
            for (path, name, isThere) in paths {
                let answer = try await network.get("/v1/proofs/\(path)", from: 0)
                let value = try answer["value"]?.stringValue.map { try Base64URL.decode($0) }
                #expect((value != nil) == isThere)
                #expect(answer["key"]?.stringValue == Base64URL.encode(name.bytes))
                try RecordProof(try #require(answer["proof"])).verify(
                    key: name.bytes, value: value, root: try Self.root(answer))
            }
            for path in ["accounts/x", "elections/x", "deposits/x", "stars/1", "parameters/old"] {
                let refused = try await network.send("GET", "/v1/proofs/\(path)", to: 0)
                #expect([400, 404].contains(refused.status))
            }
        }
    }

    @Test func `a node proves the tally of any past height`() async throws {
        let network = try await TestNetwork { $0.others = 1 }
        try await network.withNodes([0]) { nodes in
            let candidate = network.nodes[1]
            let before = nodes[0].height
            let stand = try network.sign(
                .candidateAdd([try network.candidacy(of: 1)]), by: candidate.pair, sequence: 0)
            let stood = try await network.run(stand, at: 0)
            #expect(stood == "ok")
            let voter = network.voters[0]
            var seen: [(height: UInt64, votes: UInt64)] = []
            for turn in 0..<3 as Range<UInt64> {
                let change = VoteChange(candidate: candidate.identity, votes: 1)
                let vote = try network.sign(.vote([change]), by: voter, sequence: turn)
                let voted = try await network.run(vote, at: 0)
                #expect(voted == "ok")
                seen.append((nodes[0].height, turn + 1))
            }
            for (height, votes) in seen {
                let path = "/v1/proofs/tallies/\(candidate.pair.did)?height=\(height)"
                let answer = try await network.get(path, from: 0)
                let proof = try TallyProof(try #require(answer["proof"]))
                try proof.verify(root: try Self.root(answer))
                #expect(proof.leaf.votes == votes)
                #expect(proof.leaf.listed)
            }
            for height in [before, 1_000_000] {
                let path = "/v1/proofs/tallies/\(candidate.pair.did)?height=\(height)"
                let absent = try await network.send("GET", path, to: 0)
                #expect(absent.status == 404)
            }
        }
    }
}
