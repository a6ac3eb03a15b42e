import Testing

@testable import Consensus

/// Whole clusters under faults. A failure names its seed; the same seed gives the same run.
@Suite struct SimulationTests {
    private func failures(
        count: Int, seeds: ClosedRange<UInt64>, faults: Faults? = nil, mutation: Mutation = .none
    ) throws -> [String] {
        var found: [String] = []
        for seed in seeds {
            var simulation = try Simulation(
                count: count, seed: seed, faults: faults, mutation: mutation)
            try simulation.run()
            if let failure = simulation.failure { found.append("seed \(seed): \(failure)") }
        }
        return found
    }

    @Test(arguments: [(1, 20 as UInt64), (4, 150), (7, 30)])
    func `nodes agree, never sign twice and go on once the faults stop`(
        count: Int, seeds: UInt64
    ) throws {
        #expect(try failures(count: count, seeds: 1...seeds) == [])
    }

    @Test func `without faults the first round decides`() throws {
        for count in [1, 4, 7, 21] {
            var simulation = try Simulation(count: count, seed: 1, faults: Faults.none)
            try simulation.run()
            #expect(simulation.failure == nil)
            #expect(simulation.highestRound == 0)
        }
    }

    @Test func `liars are convicted, and nobody else`() throws {
        var faults = Faults()
        faults.hasEquivocator = true
        var convictions = 0
        for seed in 1...20 as ClosedRange<UInt64> {
            var simulation = try Simulation(count: 4, seed: seed, faults: faults)
            try simulation.run()
            #expect(simulation.failure == nil, "seed \(seed)")
            convictions += simulation.evidenceCount
        }
        #expect(convictions > 0)
    }

    @Test func `a quorum that two groups can reach is caught`() throws {
        var faults = Faults()
        faults.partition = 0..<6000
        let found = try failures(
            count: 4, seeds: 1...40, faults: faults, mutation: Mutation(quorum: 2))
        #expect(found.contains { $0.contains("decide differently") })
    }

    @Test func `a node that loses its record is caught signing twice`() throws {
        var faults = Faults()
        faults.crashPercent = 100
        faults.lossPercent = 30
        let found = try failures(
            count: 4, seeds: 1...40, faults: faults, mutation: Mutation(losesRecords: true))
        #expect(found.contains { $0.contains("signs a second") || $0.contains("own word") })
    }
}
