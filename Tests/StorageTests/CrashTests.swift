import Cryptography
import FoundationEssentials
import Glibc
import Storage
import TestSupport
import Testing

private let schema = ["CREATE TABLE item (number INTEGER NOT NULL UNIQUE) STRICT;"]

/// What is left after a process or its disk gave up at a bad moment.
@Suite struct CrashTests {
    let folder: TemporaryFolder
    var path: String { folder.file("test.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private func numbers(_ database: Database) throws -> [Int64] {
        try database.read { try $0.query("SELECT number FROM item ORDER BY number") { $0.int(0) } }
    }

    /// The files as a crash at this moment would leave them, the log cut to `logByteCount`.
    private func image(_ name: String, logByteCount: Int? = nil) throws -> String {
        let copy = folder.file(name)
        try Data(contentsOf: URL(filePath: path)).write(to: URL(filePath: copy))
        var log = try Data(contentsOf: URL(filePath: path + "-wal"))
        if let logByteCount { log = log.prefix(logByteCount) }
        try log.write(to: URL(filePath: copy + "-wal"))
        return copy
    }

    @Test func `everything answered is there after a crash`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        for number in 0..<20 as Range<Int64> {
            try database.writeNow {
                try $0.execute("INSERT INTO item VALUES (?)", [.integer(number)])
            }
        }
        let survivor = try Database.open(path: try image("copy"), migrations: schema)
        defer { survivor.close() }
        #expect(try numbers(survivor) == Array(0..<20))
    }

    @Test func `a log cut anywhere leaves whole commits in their order`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        for number in 0..<6 as Range<Int64> {
            try database.writeNow { connection in
                // Two rows a commit: half a commit would show as an odd count.
                for part in 0..<2 as Range<Int64> {
                    try connection.execute(
                        "INSERT INTO item VALUES (?)", [.integer(number * 2 + part)])
                }
            }
        }
        let size = try Data(contentsOf: URL(filePath: path + "-wal")).count
        for length in stride(from: 0, through: size, by: 3000) {
            let copy = try image("copy\(length)", logByteCount: length)
            let survivor = try Database.open(path: copy, migrations: schema)
            defer { survivor.close() }
            let found = try numbers(survivor)
            #expect(found.count.isMultiple(of: 2), "\(length)")
            #expect(found == Array(0..<Int64(found.count)), "\(length)")
        }
    }

    @Test func `a disk that fills under many writers keeps exactly what was answered`() async throws
    {
        let database = try Database.open(
            path: path,
            migrations: ["CREATE TABLE item (number INTEGER NOT NULL, body BLOB) STRICT;"])
        defer { database.close() }
        try database.writeNow { connection in
            let pages = try connection.first("PRAGMA page_count") { $0.int(0) } ?? 0
            _ = try connection.first("PRAGMA max_page_count = \(pages + 30)") { $0.int(0) }
        }
        let stored = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in 0..<120 as Range<Int64> {
                group.addTask {
                    do {
                        try await database.write {
                            try $0.execute(
                                "INSERT INTO item VALUES (?, zeroblob(3000))", [.integer(number)])
                        }
                        return number
                    } catch let error as StorageError {
                        #expect(error.code == .full)
                        return nil
                    }
                }
            }
            var stored: [Int64] = []
            while let number = try await group.next() { if let number { stored.append(number) } }
            return stored
        }
        #expect(try numbers(database) == stored.sorted())
        #expect(stored.count < 120)
    }

    @Test func `a key file is private even when the process masks nothing`() throws {
        let mask = umask(0)
        defer { umask(mask) }
        let key = folder.file("node.pem")
        try KeyFile.write(try PrivateKey.generate(.es256), to: key, passphrase: nil)
        #expect(folder.mode(of: key) == 0o600)
        let made = folder.file("made/here")
        try DurableFile.makeDirectory(made)
        #expect(folder.mode(of: made) == 0o700)
    }
}
