import FoundationEssentials
import Glibc
import Storage
import TestSupport
import Testing

private let schema = [
    "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, body BLOB) STRICT;"
]

private struct Refusal: Error, Equatable {}

@Suite struct DatabaseTests {
    let folder: TemporaryFolder
    var path: String { folder.file("test.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private func count(_ database: Database) throws -> Int64 {
        try database.read { try $0.first("SELECT count(*) FROM item") { $0.int(0) } ?? -1 }
    }

    private func code<T>(_ body: () throws -> T) -> StorageError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? StorageError)?.code
        }
    }

    @Test func `what was written is there after closing and opening again`() async throws {
        let first = try Database.open(path: path, migrations: schema)
        try await first.write {
            try $0.execute(
                "INSERT INTO item (name, body) VALUES (?, ?)", ["a\u{0}b ä", .blob([0, 255, 7])])
        }
        first.close()
        let second = try Database.open(path: path, migrations: schema)
        defer { second.close() }
        let rows = try second.read {
            try $0.query("SELECT name, body FROM item") { ($0.text(0), $0.blob(1)) }
        }
        #expect(rows.map(\.0) == ["a\u{0}b ä"])
        #expect(rows.map(\.1) == [[0, 255, 7]])
    }

    @Test func `null and empty values stay apart`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        try database.writeNow {
            try $0.execute("INSERT INTO item (name, body) VALUES (?, ?)", ["", .blob([])])
            try $0.execute("INSERT INTO item (name, body) VALUES (?, ?)", ["x", nil])
        }
        let bodies = try database.read {
            try $0.query("SELECT body FROM item ORDER BY id") { $0.optionalBlob(0) }
        }
        #expect(bodies == [[], nil])
    }

    @Test func `the log and full synchronisation are on`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        let modes = try database.writeNow { connection in
            [
                try connection.first("PRAGMA journal_mode") { $0.text(0) },
                try connection.first("PRAGMA synchronous") { $0.text(0) },
                try connection.first("PRAGMA foreign_keys") { $0.text(0) },
            ]
        }
        #expect(modes == ["wal", "2", "1"])
    }

    @Test func `a failing job undoes its own changes and nobody else's`() async throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        let failures = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        try await database.write {
                            try $0.execute(
                                "INSERT INTO item (name) VALUES (?)", ["job \(number)"])
                            if number % 3 == 0 { throw Refusal() }
                        }
                        return false
                    } catch {
                        return error is Refusal
                    }
                }
            }
            var failures = 0
            while let failed = await group.next() { failures += failed ? 1 : 0 }
            return failures
        }
        #expect(failures == 67)
        #expect(try count(database) == 133)
    }

    @Test func `one statement stores many rows, or none when one of them may not be`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        try database.writeNow { connection in
            try connection.execute("INSERT INTO item (name) VALUES (?)", each: [])
            try connection.execute(
                "INSERT INTO item (name, body) VALUES (?, ?)",
                each: [["a", .blob([1])], ["b", nil], ["c", .blob([])]])
        }
        let bodies = try database.read {
            try $0.query("SELECT body FROM item ORDER BY id") { $0.optionalBlob(0) }
        }
        #expect(bodies == [[1], nil, []])
        for (rows, expected) in [
            ([["d"], ["e"], ["a"]], .constraint), ([["d"], ["e", "f"]], .misuse),
        ] as [([[SQLValue]], StorageError.Code)] {
            let refusal = code {
                try database.writeNow {
                    try $0.execute("INSERT INTO item (name) VALUES (?)", each: rows)
                }
            }
            #expect(refusal == expected)
        }
        #expect(try count(database) == 3)
    }

    @Test func `a job that breaks a constraint is told so`() async throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('a')") }
        let again = code {
            try database.writeNow { try $0.execute("INSERT INTO item (name) VALUES ('a')") }
        }
        #expect(again == .constraint)
        try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('b')") }
        #expect(try count(database) == 2)
    }

    @Test func `threads and tasks may write and read at the same time`() async throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    try await database.write {
                        try $0.execute("INSERT INTO item (name) VALUES (?)", ["\(number)"])
                    }
                    let found = try database.read {
                        try $0.first("SELECT 1 FROM item WHERE name = ?", ["\(number)"]) {
                            $0.int(0)
                        }
                    }
                    #expect(found == 1, "an answered write is visible to every later read")
                }
            }
            try await group.waitForAll()
        }
        #expect(try count(database) == 100)
    }

    @Test func `jobs that a batch has no time for come next, each once`() async throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        let rows = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in 0..<60 {
                group.addTask {
                    // More together than a sync takes, so that they are several batches.
                    try await database.write { connection in
                        usleep(5_000)
                        try connection.execute("INSERT INTO item (name) VALUES (?)", ["\(number)"])
                        return try connection.first("SELECT max(id) FROM item") { $0.int(0) }
                    }
                }
            }
            return try await group.reduce(into: [Int64]()) { rows, row in
                rows.append(try #require(row))
            }
        }
        #expect(rows.sorted() == Array(1...60))
        #expect(try count(database) == 60)
    }

    @Test func `a read sees one state from beginning to end`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        let counts = try database.read { connection in
            let before = try connection.first("SELECT count(*) FROM item") { $0.int(0) }
            try database.writeNow { try $0.execute("INSERT INTO item (name) VALUES ('new')") }
            let after = try connection.first("SELECT count(*) FROM item") { $0.int(0) }
            return [before, after]
        }
        #expect(counts == [0, 0])
        #expect(try count(database) == 1)
    }

    @Test func `a reader cannot write`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        #expect(code { try database.read { try $0.execute("DELETE FROM item") } } == .permission)
    }

    @Test func `the same statement may run inside its own rows`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        try database.writeNow {
            for name in ["a", "b"] {
                try $0.execute("INSERT INTO item (name) VALUES (?)", [.text(name)])
            }
        }
        let pairs = try database.read { connection in
            try connection.query("SELECT name FROM item ORDER BY id") { outer in
                let name = outer.text(0)
                return try connection.query("SELECT name FROM item ORDER BY id") {
                    name + $0.text(0)
                }
            }
        }
        #expect(pairs == [["aa", "ab"], ["ba", "bb"]])
    }

    @Test func `wrong SQL and wrong parameters are refused`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        for sql in ["SELEC 1", "DELETE FROM item; DELETE FROM item", "INSERT INTO item VALUES (?)"]
        {
            #expect(code { try database.writeNow { try $0.execute(sql) } } == .misuse)
        }
        #expect(try count(database) == 0)
    }

    @Test func `a closed database refuses and may be closed twice`() async throws {
        let database = try Database.open(path: path, migrations: schema)
        database.close()
        database.close()
        #expect(code { try database.read { _ in } } == .closed)
        #expect(code { try database.writeNow { _ in } } == .closed)
    }
}
