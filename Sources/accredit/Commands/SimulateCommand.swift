import Encoding
import FoundationEssentials
import Simulator
import Synchronization

/// `simulate`: whole networks in one thread each, from seeds.
enum SimulateCommand {
    static let all = [simulate]

    private static let seeds = Option.value(
        "seeds", "A..B", "run these seeds, the last one included", standard: "0..999")
    private static let nodes = Option.value(
        "nodes", "COUNT", "representatives of every network; drawn from the seed when absent")
    private static let mutant = Option.value(
        "mutant", "NAME", "take one protection away from every honest node",
        choices: Mutant.allCases.map(\.rawValue))
    private static let sharedKeys = Option.flag(
        "shared-keys", "let two of four keys have a second process, on both sides of a cut")
    private static let trace = Option.flag("trace", "print everything that happens in the runs")
    private static let jobs = Option.value("jobs", "COUNT", "seeds at the same time")

    static let simulate = Command(
        path: ["simulate"],
        summary: "Run networks that go wrong in every way they have to stand, and check them",
        discussion: """
            Each seed is one network: the nodes' own consensus and ledger, and a simulated network,
            disks and clocks. Messages are lost, repeated, late and cut off, nodes lose power at
            any write, disks are full or spoiled, clocks differ, and as many representatives lie
            as the network has to stand. Then all faults end, and blocks have to come again. A seed
            fails when two blocks have one height, roots differ, an honest node signs two things,
            forgets its lock or signs without knowing what it had signed, a committed block is
            lost, votes or money do not add up, a block lacks its work, an honest node is convicted
            of contradicting itself, a liar that an honest node caught is not, a live node loses
            its seat for silence or a silent one keeps it, or no blocks come after the faults. The
            same seed is always the same run: its digest says so. With --mutant or --shared-keys a
            failure is what is looked for, and the first one ends the run. Exits 1 when a seed
            failed.
            """,
        options: [seeds, nodes, mutant, sharedKeys, trace, jobs],
        examples: [
            .init("accredit simulate --seeds 0..1999", "two thousand networks"),
            .init("accredit simulate --seeds 17..17 --trace", "everything that happens in one"),
            .init("accredit simulate --mutant record-skipped", "a fault that has to be noticed"),
        ],
        run: { invocation in
            let range = try range(invocation)
            let run = SimulationRun(
                seeds: range, seats: try invocation.integer(nodes, in: 4...21).map { Int($0) },
                mutant: try invocation.text(mutant).flatMap { Mutant(rawValue: $0) },
                hasSharedKeys: invocation.flag(sharedKeys), keepsTrace: invocation.flag(trace))
            let processors = ProcessInfo.processInfo.activeProcessorCount
            let width = Int(try invocation.integer(jobs, in: 1...256) ?? Int64(processors))
            let began = ContinuousClock().now
            let console = invocation.console
            try await InParallel.run(width, width: width) { worker in
                try run.work(worker, of: width) { lines in
                    guard console.format == .table else { return }
                    for line in lines { console.line(line) }
                }
            }
            try report(run, ContinuousClock().now - began, invocation)
        })

    private static func range(_ invocation: Invocation) throws -> ClosedRange<UInt64> {
        let text = try invocation.text(seeds) ?? "0..999"
        let ends = text.split(separator: ".", omittingEmptySubsequences: true)
        guard ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]),
            first <= last, text.utf8.elementsEqual("\(first)..\(last)".utf8)
        else {
            throw Failure.usage(
                "--seeds is \"\(text)\"", code: "usage.bad-value",
                why: "it must be two whole numbers, the smaller one first, as in 0..999")
        }
        return first...last
    }

    private static func report(
        _ run: SimulationRun, _ time: Swift.Duration, _ invocation: Invocation
    ) throws {
        let totals = run.totals
        let failed = totals.failures.count
        let json: JSON = [
            "seeds": JSON(totals.count), "failed": JSON(failed),
            "failures": .array(
                totals.failures.map { seed, reason in
                    ["seed": JSON(seed), "reason": .string(reason)]
                }),
            "blocks": JSON(totals.blocks), "elections": JSON(totals.elections),
            "convictions": JSON(totals.convictions),
            "replacements": JSON(totals.replacements), "snapshots": JSON(totals.snapshots),
            "crashes": JSON(totals.crashes),
            "events": JSON(totals.events),
            "digest": .string(String(totals.digest, radix: 16)),
        ]
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        invocation.console.result(json) {
            """
            \(totals.blocks) blocks, \(totals.elections) elections, \(totals.convictions) \
            convictions, \(totals.replacements) replaced for silence, \(totals.snapshots) \
            snapshots, \(totals.crashes) crashes, \(totals.events) events; \
            \(Int(Double(totals.count) / max(seconds, 0.001))) seeds/s; \
            digest \(String(totals.digest, radix: 16))
            seeds: \(totals.count - failed) passed, \(failed) failed
            """
        }
        guard let first = totals.failures.first else { return }
        throw Failure(
            .failure, "simulation.promise-broken",
            "\(failed) of \(totals.count) seeds broke a promise", why: first.reason,
            fix: "accredit simulate --seeds \(first.seed)..\(first.seed) --trace shows the run")
    }
}

/// Many seeds, shared by several workers.
private final class SimulationRun: Sendable {
    struct Totals: Sendable {
        var count = 0
        var failures: [(seed: UInt64, reason: String)] = []
        var blocks: UInt64 = 0
        var elections = 0
        var convictions = 0
        var replacements = 0
        var snapshots = 0
        var crashes = 0
        var events = 0
        /// The same for the same seeds, in whatever order they ran.
        var digest: UInt64 = 0
    }

    private let seeds: ClosedRange<UInt64>
    private let seats: Int?
    private let mutant: Mutant?
    private let hasSharedKeys: Bool
    private let keepsTrace: Bool
    private let state = Mutex(Totals())

    init(
        seeds: ClosedRange<UInt64>, seats: Int?, mutant: Mutant?, hasSharedKeys: Bool,
        keepsTrace: Bool
    ) {
        self.seeds = seeds
        self.seats = seats
        self.mutant = mutant
        self.hasSharedKeys = hasSharedKeys
        self.keepsTrace = keepsTrace
    }

    var totals: Totals {
        state.withLock { totals in
            totals.failures.sort { $0.seed < $1.seed }
            return totals
        }
    }

    /// Runs every `width`th seed.
    func work(_ worker: Int, of width: Int, print: @Sendable ([String]) -> Void) throws {
        let simulator = Simulator()
        let looksForFailure = mutant != nil || hasSharedKeys
        var offset = UInt64(worker)
        while offset <= seeds.upperBound - seeds.lowerBound {
            let seed = seeds.lowerBound + offset
            let result =
                try hasSharedKeys
                ? simulator.runWithSharedKeys(seed: seed, keepsTrace: keepsTrace)
                : simulator.run(
                    seed: seed, seats: seats, mutant: mutant, keepsTrace: keepsTrace)
            let isOver = state.withLock { totals in
                if looksForFailure, !totals.failures.isEmpty { return true }
                totals.count += 1
                totals.blocks += result.heights
                totals.elections += result.elections
                totals.convictions += result.convictions
                totals.replacements += result.replacements
                totals.snapshots += result.snapshots
                totals.crashes += result.crashes
                totals.events += result.events
                totals.digest ^= result.digest &* (2 &* seed &+ 1)
                if let failure = result.failure { totals.failures.append((seed, failure)) }
                return false
            }
            if isOver { return }
            print(result.trace + (result.failure.map { ["seed \(seed): \($0)"] } ?? []))
            offset += UInt64(width)
        }
    }
}
