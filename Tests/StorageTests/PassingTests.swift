import Storage
import Synchronization
import TestSupport
import Testing

/// The named points of a write, where crash tests end the process.
@Suite struct PassingTests {
    private final class Points: Sendable {
        let names = Mutex<[String]>([])
    }

    @Test func `a write passes its points in order, named after who asked for it`() async throws {
        let folder = try TemporaryFolder()
        let points = Points()
        let database = try Database.open(
            path: folder.file("test.sqlite"),
            migrations: ["CREATE TABLE item (name TEXT PRIMARY KEY) STRICT;"],
            passing: { name in points.names.withLock { $0.append(name) } })
        defer { database.close() }
        func keep(_ name: String) async throws {
            try await database.write {
                try $0.execute("INSERT INTO item VALUES (?)", [.text(name)])
            }
        }
        try await keep("a")
        #expect(
            points.names.withLock { $0 } == [
                "PassingTests.keep begins", "PassingTests.keep written",
                "PassingTests.keep committed",
            ])

        points.names.withLock { $0 = [] }
        await #expect(throws: StorageError.self) { try await keep("a") }
        #expect(points.names.withLock { $0 } == ["PassingTests.keep begins"])

        points.names.withLock { $0 = [] }
        try database.writeNow { try $0.execute("INSERT INTO item VALUES ('b')") }
        database.pass("a file is kept")
        #expect(points.names.withLock { $0.count } == 4)
        #expect(points.names.withLock { $0.last } == "a file is kept")
    }
}
