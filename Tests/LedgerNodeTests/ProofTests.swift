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

    /// The steps that the operator's manual gives to whoever checks a proof, without our verifier.
    private static func follows(_ answer: JSON) throws -> Bool {
        let proof = answer["proof"]
        func bytes(_ json: JSON?) throws -> [UInt8] {
            try Base64URL.decode(try #require(json?.stringValue))
        }
        func digest(_ json: JSON?) throws -> [UInt8] {
            try Hexadecimal.decode(try #require(json?.stringValue))
        }
        func sha(_ parts: [UInt8]...) -> [UInt8] { Digest.sha256(Array(parts.joined())).bytes }
        let name = sha(try bytes(answer["key"]))
        let bucket = try bytes(proof?["bucket"])
        let entries = stride(from: 0, to: bucket.count, by: 64).map { Array(bucket[$0..<$0 + 64]) }
        guard entries.map(Array.init) == entries.sorted(by: { $0.lexicographicallyPrecedes($1) })
        else { return false }
        let entry = entries.first { $0.starts(with: name) }
        if answer["value"] == .null {
            guard entry == nil else { return false }
        } else {
            guard entry == name + sha(try bytes(answer["value"])) else { return false }
        }
        var place = Int(name[0]) << 12 | Int(name[1]) << 4 | Int(name[2]) >> 4
        var hash = sha([0], bucket)
        let path = try #require(proof?["path"]?.arrayValue)
        guard path.count == 20 else { return false }
        for sibling in path {
            let other = try digest(sibling)
            hash = place.isMultiple(of: 2) ? sha([1], hash, other) : sha([1], other, hash)
            place /= 2
        }
        return sha([1], hash, try digest(proof?["tallyRoot"])) == (try root(answer)).bytes
    }

    @Test func `the steps in the manual check what is there, what is not, and what is changed`()
        async throws
    {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in
            _ = try await network.block(1, from: 0)
            let there = try await network.get(
                "/v1/proofs/accounts/\(network.voters[0].did)", from: 0)
            let absent = try await network.get("/v1/proofs/elections/9", from: 0)
            #expect(try Self.follows(there))
            #expect(try Self.follows(absent))
            for (member, value) in [
                ("value", JSON.null), ("value", .string(Base64URL.encode([1]))),
                ("key", absent["key"] ?? .null),
            ] {
                var changed = try #require(there.objectValue)
                changed[member] = value
                #expect(try !Self.follows(.object(changed)))
            }
            var hidden = try #require(absent.objectValue)
            hidden["value"] = .string(Base64URL.encode([1]))
            #expect(try !Self.follows(.object(hidden)))
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
