import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import VotingGateway

/// The same allowance spent a hundred times at once. `ACCREDIT_HUNT_RUNS` sets how many runs are
/// made with the real ledger, `ACCREDIT_HUNT_SEED` the first seed.
@Suite(.serialized, .timeLimit(.minutes(300))) struct HuntTests {
    private static func setting(_ name: String, _ standard: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init) ?? standard
    }

    /// Seeds whose runs find something, of those from `first` on.
    private func failing(
        _ seeds: Range<UInt64>, _ fixture: HuntFixture,
        ledger: @escaping @Sendable () throws -> any HuntLedger
    ) async throws -> [(seed: UInt64, faults: [String])] {
        try await withThrowingTaskGroup(of: (UInt64, [String]).self) { group in
            var next = seeds.lowerBound
            var failing: [(seed: UInt64, faults: [String])] = []
            func add() {
                let seed = next
                next += 1
                group.addTask {
                    var hunt = try await Hunt(fixture, seed: seed, ledger: try ledger())
                    return (seed, try await hunt.faults())
                }
            }
            while next < min(seeds.lowerBound + 4, seeds.upperBound) { add() }
            while let (seed, faults) = try await group.next() {
                if !faults.isEmpty { failing.append((seed, faults)) }
                if next < seeds.upperBound { add() }
            }
            return failing
        }
    }

    @Test func `of a hundred attempts to spend one allowance exactly one counts`() async throws {
        let fixture = try HuntFixture()
        let first = Self.setting("ACCREDIT_HUNT_SEED", 1)
        let count = Self.setting("ACCREDIT_HUNT_RUNS", 12)
        let failing = try await failing(first..<first + count, fixture) {
            try RealHuntLedger(fixture)
        }
        print(
            "double-vote hunt: \(Int(count) - failing.count) passed, \(failing.count) failed "
                + "(seeds \(first)...\(first + count - 1))")
        for (seed, faults) in failing { Issue.record("seed \(seed): \(faults)") }
    }

    @Test func `a plain ledger that keeps the rules passes the hunt`() async throws {
        let fixture = try HuntFixture()
        let failing = try await failing(1..<13, fixture) {
            FakeHuntLedger(fixture, missing: nil)
        }
        #expect(failing.map(\.seed) == [])
    }

    @Test(arguments: [FakeHuntLedger.Rule.allowance, .sequence])
    func `the hunt catches a ledger that forgets a rule`(rule: FakeHuntLedger.Rule) async throws {
        let fixture = try HuntFixture()
        let failing = try await failing(1..<13, fixture) {
            FakeHuntLedger(fixture, missing: rule)
        }
        #expect(!failing.isEmpty)
    }
}
