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
        try await history.look(into: auditor)
        let oracle = CrashOracle(undisturbed: history)
        #expect(oracle.faults(in: history) == [])
        return (oracle, points)
    }

    @Test func `whatever is cut off anywhere, each act is done and told once`() async throws {
        let rounds = Self.setting("ACCREDIT_CRASH_ROUNDS", 1)
        var numbers = SeededGenerator(seed: UInt64(Self.setting("ACCREDIT_CRASH_SEED", 1)))
        let story = try CrashStory()
        let (oracle, points) = try await undisturbed(story)
        #expect(points.count >= 40, "\(points.map(\.name))")
        var (endings, failed) = (0, 0)
        for round in 0..<rounds {
            for (index, point) in points.enumerated() {
                let passing = round == 0 ? 1 : Int.random(in: 1...point.count, using: &numbers)
                let auditor = try await story.auditor("r\(round)p\(index)")
                try auditor.start(["--end-at", "\(point.name)#\(passing)"])
                var history = try await story.tell(of: auditor)
                let hasEnded = try await auditor.hasEnded()
                endings += hasEnded ? 1 : 0
                try await history.look(into: auditor)
                let faults = oracle.faults(in: history)
                failed += faults.isEmpty ? 0 : 1
                #expect(faults == [], "\(point.name)#\(passing)")
                #expect(hasEnded || round > 0, "\(point.name) was not passed")
                try? FileManager.default.removeItem(atPath: auditor.home)
            }
        }
        print(
            "crash points: \(points.count) named, \(rounds) rounds, \(endings) kills, "
                + "\(failed) failed")
        await story.applicant.stop()
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
        await story.applicant.stop()
    }

    @Test func `an auditor that answers before it records is caught`() async throws {
        let story = try CrashStory()
        let (oracle, _) = try await undisturbed(story)
        let auditor = try await story.auditor("hasty")
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
        #expect(faults.contains { $0.hasPrefix("credential.intended: ") })
        await story.applicant.stop()
    }
}
