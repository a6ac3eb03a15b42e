import Testing

@testable import Simulator

@Suite struct SimulatorTests {
    @Test func `a network keeps its promises whatever goes wrong within its bounds`() throws {
        let simulator = Simulator()
        for seed in UInt64(0)..<40 {
            let result = try simulator.run(seed: seed)
            #expect(result.failure == nil, "seed \(seed)")
            #expect(result.heights >= Cluster.progressHeights, "seed \(seed)")
        }
    }

    @Test func `who contradicts itself is convicted, whoever else is accused`() throws {
        let simulator = Simulator()
        let results = try (UInt64(0)..<40).map { try simulator.run(seed: $0) }
        #expect(results.contains { $0.convictions > 0 })
    }

    @Test func `a node begins with a snapshot where the blocks are not kept any more`() throws {
        let simulator = Simulator()
        let results = try (UInt64(40)..<80).map { try simulator.run(seed: $0) }
        #expect(results.contains { $0.snapshots > 0 })
        #expect(results.allSatisfy { $0.failure == nil })
    }

    @Test func `the same seed gives the same run, whatever ran before it`() throws {
        let (first, second) = (Simulator(), Simulator())
        for seed in UInt64(100)..<106 { _ = try first.run(seed: seed) }
        for seed in (UInt64(100)..<106).reversed() {
            let again = try first.run(seed: seed, keepsTrace: true)
            let alone = try second.run(seed: seed, keepsTrace: true)
            #expect(again.digest == alone.digest)
            #expect(again.trace == alone.trace)
            #expect(!again.trace.isEmpty)
        }
    }

    @Test(arguments: Mutant.allCases)
    func `a protection that is taken away is missed`(_ mutant: Mutant) throws {
        let simulator = Simulator()
        let caught = try (0..<Mutant.seedCount).contains {
            try simulator.run(seed: $0, mutant: mutant).failure != nil
        }
        #expect(caught, "\(mutant.rawValue)")
    }

    @Test func `two keys of four in two places give two blocks of a height, which is noticed`()
        throws
    {
        let simulator = Simulator()
        for seed in UInt64(0)..<5 {
            let failure = try simulator.runWithSharedKeys(seed: seed).failure
            #expect(failure?.contains("two blocks of height") == true, "seed \(seed)")
        }
    }
}
