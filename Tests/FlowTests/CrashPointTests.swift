import Encoding
import Foundation
import Storage
import TestSupport
import Testing

@testable import accredit

/// `kill -9` at every named point between an application and its answer: before, within and after
/// each durable write, before and after each request to others and each answer.
///
/// The points are not listed here: a first, undisturbed story tells them, so that a write added
/// anywhere on the way is a point from then on. `ACCREDIT_CRASH_ROUNDS` sets how often each point is
/// visited, from the second round on at any of its passings; `ACCREDIT_CRASH_SEED` chooses them.
@Suite(.serialized, .timeLimit(.minutes(300))) struct CrashPointTests {
    private static func setting(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }

    /// The story without an end in it: how it goes, and how often each point is passed.
    private func undisturbed(
        _ story: CrashStory
    ) async throws -> (oracle: CrashOracle, points: [(name: String, count: Int)]) {
        let auditor = try await story.auditor("undisturbed")
        try auditor.start(["--tell-points"])
        var history = try await story.tell(of: auditor)
        try #require(auditor.endings == 0)
        var points: [(name: String, count: Int)] = []
        for name in try auditor.points() {
            if let index = points.firstIndex(where: { $0.name == name }) {
                points[index].count += 1
            } else {
                points.append((name, 1))
            }
        }
        history.refunds = story.ledger.refunds(to: auditor.issuer)
        try await history.look(into: auditor)
        let oracle = CrashOracle(undisturbed: history)
        #expect(oracle.faults(in: history) == [])
        return (oracle, points)
    }

    /// One telling of the story with an end in it.
    private struct Visit: Sendable {
        let auditor: String
        let point: String
        /// Whether the story certainly passes the point so often.
        let mustEnd: Bool
    }

    /// Several at a time: most of a story is waiting.
    private func result(
        of visits: [Visit], _ story: CrashStory, _ oracle: CrashOracle
    ) async throws -> [(hasEnded: Bool, faults: [String])] {
        let lanes = 4
        return try await withThrowingTaskGroup(of: [(Bool, [String])].self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var results: [(Bool, [String])] = []
                    for index in stride(from: lane, to: visits.count, by: lanes) {
                        results.append(try await visit(visits[index], story, oracle))
                    }
                    return results
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func visit(
        _ visit: Visit, _ story: CrashStory, _ oracle: CrashOracle
    ) async throws -> (Bool, [String]) {
        let auditor = try await story.auditor(visit.auditor)
        try auditor.start(["--end-at", visit.point])
        var history = try await story.tell(of: auditor)
        let hasEnded = try await auditor.hasEnded(mustEnd: visit.mustEnd)
        history.refunds = story.ledger.refunds(to: auditor.issuer)
        try await history.look(into: auditor)
        let faults = oracle.faults(in: history)
        #expect(faults == [], "\(visit.point)")
        #expect(hasEnded || !visit.mustEnd, "\(visit.point) was not passed")
        try? FileManager.default.removeItem(atPath: auditor.home)
        return (hasEnded, faults)
    }

    @Test func `whatever is cut off anywhere, each act is done and told once`() async throws {
        let rounds = Self.setting("ACCREDIT_CRASH_ROUNDS", 1)
        var numbers = SeededGenerator(seed: UInt64(Self.setting("ACCREDIT_CRASH_SEED", 1)))
        let story = try CrashStory()
        let (oracle, points) = try await undisturbed(story)
        #expect(points.count >= 40, "\(points.map(\.name))")
        var visits: [Visit] = []
        for round in 0..<rounds {
            for (index, point) in points.enumerated() {
                let passing = round == 0 ? 1 : Int.random(in: 1...point.count, using: &numbers)
                visits.append(
                    Visit(
                        auditor: "r\(round)p\(index)", point: "\(point.name)#\(passing)",
                        mustEnd: round == 0))
            }
        }
        let results = try await result(of: visits, story, oracle)
        let failed = results.count { !$0.faults.isEmpty }
        let endings = results.count { $0.hasEnded }
        print(
            "crash points: \(points.count) named, \(rounds) rounds, \(endings) kills, "
                + "\(failed) failed")
        await story.stop()
    }

    @Test func `an auditor whose intents do not reach the disk is caught`() async throws {
        let story = try CrashStory()
        let (oracle, _) = try await undisturbed(story)
        let auditor = try await story.auditor("forgetful")
        try auditor.start()
        _ = try await auditor.ask("GET", "/readyz")
        // From here on each intent is lost in silence, as if it were never written.
        try await auditor.withStore { connection in
            try connection.execute(
                """
                CREATE TRIGGER lost_intent BEFORE INSERT ON issuances
                    BEGIN SELECT RAISE(IGNORE); END
                """)
        }
        auditor.attemptsMaximum = 50
        try auditor.start(["--end-at", "POST /v1/applications decided"])
        var history = try await story.tell(of: auditor)
        try await history.look(into: auditor)
        #expect(oracle.faults(in: history).contains("somebody was never answered"))
        // And nothing that had no record was given out.
        #expect(history.answers.allSatisfy { $0.credential == nil })
        await story.stop()
    }

    @Test func `an auditor that answers before it records is caught`() async throws {
        let story = try CrashStory()
        let (oracle, _) = try await undisturbed(story)
        let auditor = try await story.auditor("hasty")
        auditor.attemptsMaximum = 400
        // The answer leaves, the power goes, and what should have been on the disk is not.
        auditor.loss = { connection in
            try connection.execute("DELETE FROM issuances")
            try connection.execute(
                "UPDATE applications SET state = 'accepted' WHERE state = 'issued'")
        }
        try auditor.start(["--end-at", "POST /v1/applications sent"])
        var history = try await story.tell(of: auditor)
        try await history.look(into: auditor)
        let faults = oracle.faults(in: history)
        #expect(faults.contains("good holds a credential that is not on record"))
        #expect(faults.contains { $0.hasSuffix("has 2 credentials") })
        #expect(faults.contains { $0.hasPrefix("good: [") })
        await story.stop()
    }
}
