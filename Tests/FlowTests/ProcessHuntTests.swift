import Encoding
import Foundation
import Ledger
import TestSupport
import Testing

/// The same allowance spent a hundred times at once on processes that are killed.
/// `ACCREDIT_PROCESS_HUNT_RUNS` sets how many runs are made, `ACCREDIT_PROCESS_HUNT_SEED` the first
/// seed.
@Suite(.serialized, .timeLimit(.minutes(300))) struct ProcessHuntTests {
    private static func setting(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }

    @Test func `exactly one of a hundred attempts counts although servers are killed`() async throws
    {
        let first = Self.setting("ACCREDIT_PROCESS_HUNT_SEED", 1)
        let count = Self.setting("ACCREDIT_PROCESS_HUNT_RUNS", 2)
        let network = try await ProcessNetwork(voters: count)
        do {
            for server in network.servers { try network.start(server) }
            try await network.waitUntilReady()
            try await hunt(network, seeds: first..<first + count)
        } catch {
            try await network.stop()
            throw error
        }
        try await network.stop()
    }

    private func hunt(_ network: ProcessNetwork, seeds: Range<Int>) async throws {
        let test = network.test
        let stand = try test.sign(
            .candidateAdd([try test.candidacy(of: 0), try test.candidacy(of: 1)]),
            by: test.nodes[0].pair, sequence: 0)
        let code = try await test.run(stand, at: 0)
        try #require(code == "ok")
        var (failed, total) = (0, Int64(0))
        for (voter, seed) in seeds.enumerated() {
            var hunt = try ProcessHunt(network, voter: voter, seed: UInt64(seed))
            let (faults, votes) = try await hunt.faults()
            total += votes
            if !faults.isEmpty {
                failed += 1
                Issue.record("seed \(seed): \(faults)")
            }
        }
        let results = try await test.get("/v1/results", from: 0)["results"]?.arrayValue ?? []
        #expect(results.compactMap { $0["votes"]?.int64Value }.reduce(0, +) == total)
        print(
            "double-vote hunt with processes: \(seeds.count - failed) passed, \(failed) failed "
                + "(seeds \(seeds.lowerBound)...\(seeds.upperBound - 1))")
    }
}
