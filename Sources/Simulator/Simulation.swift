import Ledger

/// One run of a simulated network: everything in it follows from a seed.
package struct SimulationResult: Sendable {
    package let seed: UInt64
    /// The first broken promise; nil when all were kept.
    package let failure: String?
    /// Equal for equal runs.
    package let digest: UInt64
    /// The lines of the run, when they were asked for.
    package let trace: [String]
    package let heights: UInt64
    package let elections: Int
    /// Nodes that the ledger has a proven offence of.
    package let convictions: Int
    /// Seats that somebody lost for silence.
    package let replacements: Int
    /// Times that a node began with a snapshot.
    package let snapshots: Int
    package let crashes: Int
    package let events: Int
    /// Virtual milliseconds.
    package let duration: Int64
}

/// Runs simulations one after the other; networks of the same shape share what takes long to make.
/// Not for several threads: each makes its own.
package final class Simulator {
    private var worlds: [Shape: World] = [:]

    package init() {}

    /// Runs a network with the faults that a seed says.
    /// - Parameters:
    ///   - seats: 4 to 21 representatives, or nil to have that drawn too.
    ///   - mutant: what honest nodes leave out.
    /// - Throws: when the network cannot be made, whatever happens to it.
    package func run(
        seed: UInt64, seats: Int? = nil, mutant: Mutant? = nil, keepsTrace: Bool = false
    ) throws -> SimulationResult {
        var random = SeededGenerator(seed: seed)
        var plan = Plan.draw(seats: seats, &random)
        var second = SeededGenerator(seed: ~seed)
        plan.drawPruning(&second)
        return try run(seed, plan, mutant, random, keepsTrace)
    }

    /// Runs four nodes of which two share their keys with a second process, on both sides of a cut:
    /// more than any rule can stand. A checker that is worth something finds two blocks.
    package func runWithSharedKeys(
        seed: UInt64, keepsTrace: Bool = false
    ) throws -> SimulationResult {
        try run(seed, .sharedKeys, nil, SeededGenerator(seed: seed), keepsTrace)
    }

    private func run(
        _ seed: UInt64, _ plan: Plan, _ mutant: Mutant?, _ random: SeededGenerator,
        _ keepsTrace: Bool
    ) throws -> SimulationResult {
        let world = try world(mutant?.shape(of: plan.shape) ?? plan.shape)
        world.forget()
        let cluster = try Cluster(
            world, plan: plan, mutant: mutant, random: random, keepsTrace: keepsTrace)
        cluster.run()
        return SimulationResult(
            seed: seed, failure: cluster.checker.failure, digest: cluster.trace.digest,
            trace: cluster.trace.lines,
            heights: cluster.checker.height - world.state.tip.height,
            elections: cluster.checker.elections, convictions: cluster.checker.convictions,
            replacements: cluster.checker.replacements, snapshots: cluster.snapshotCount,
            crashes: cluster.crashCount,
            events: cluster.eventCount, duration: cluster.now)
    }

    private func world(_ shape: Shape) throws -> World {
        if let known = worlds[shape] { return known }
        let new = try World(shape)
        worlds[shape] = new
        return new
    }
}
