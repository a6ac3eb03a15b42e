import Cryptography
import Encoding
import Ledger
import Proofs
import Storage
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(10))) struct CutoffTests {
    private func results(_ time: Instant, _ rest: String = "") -> String {
        "/v1/results?before=\(time.rfc3339)\(rest)"
    }

    @Test func `results at a cut-off count blocks before it and come with their proof`()
        async throws
    {
        let network = try await TestNetwork { $0.others = 1 }
        let genesis = try Genesis(
            bytes: DurableFile.read(network.genesisPath, maximumByteCount: 1 << 20))
        try await network.withNodes([0]) { nodes in
            let candidate = network.nodes[1]
            let stand = try network.sign(
                .candidateAdd([try network.candidacy(of: 1)]), by: candidate.pair, sequence: 0)
            try await network.run(stand, at: 0)
            var heights: [UInt64] = []
            for turn in 0..<2 as Range<UInt64> {
                let change = VoteChange(candidate: candidate.identity, votes: 1)
                let vote = try network.sign(
                    .vote([change]), by: network.voters[0], sequence: turn)
                try await network.run(vote, at: 0)
                let path = "/v1/transactions/\(vote.id.text)"
                heights.append(
                    try #require(try await network.get(path, from: 0)["height"]?.uint64Value))
            }
            let block = try await network.block(heights[1], from: 0)
            _ = try await network.block(heights[1] + 1, from: 0)
            let moments: [(Int64, height: UInt64, votes: UInt64)] = [
                (-1, heights[1] - 1, 1), (0, heights[1] - 1, 1), (1, heights[1], 2),
            ]
            for (offset, height, votes) in moments {
                let time = block.time.adding(milliseconds: offset)
                for one in ["", "&candidate=\(candidate.pair.did)"] {
                    let plain = try await network.get(results(time, one), from: 0)
                    #expect(plain["height"]?.uint64Value == height)
                    #expect(plain["final"] == true)
                    #expect(plain["results"]?[0]?["votes"]?.uint64Value == votes)
                    let file = try await network.get(results(time, one + "&proof=true"), from: 0)
                    let verified = try CutoffProof(file).verify(genesis: genesis)
                    #expect(verified.isFinal)
                    #expect(verified.proof.cutoff.last.height == height)
                    #expect(verified.totals.map(\.votes) == [votes])
                }
            }

            // Later than the newest block: provisional. Earlier than all: nothing to tell.
            let later = SystemClock.now().adding(milliseconds: 60_000)
            let file = try await network.get(results(later, "&proof=true"), from: 0)
            #expect(try !CutoffProof(file).verify(genesis: genesis).isFinal)
            let first = try await network.block(1, from: 0).time
            for proof in ["", "&proof=true"] {
                let none = try await network.send("GET", results(first, proof), to: 0)
                #expect(none.status == 404)
            }
            for (wrong, status) in [
                ("&proof=yes", 400), ("&proof=true&format=csv", 400),
                ("&candidate=x&proof=true", 400),
                ("&proof=true&candidate=\(network.voters[0].did)", 404),
            ] {
                let refused = try await network.send("GET", results(later, wrong), to: 0)
                #expect(refused.status == status)
            }
            let timeless = try await network.send("GET", "/v1/results?proof=true", to: 0)
            #expect(timeless.status == 400)
            let now = try await network.get(
                "/v1/results?candidate=\(network.voters[0].did)", from: 0)
            #expect(now["results"] == [])
        }
    }
}
