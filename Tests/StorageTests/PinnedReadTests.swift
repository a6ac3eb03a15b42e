import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct PinnedReadTests {
    private let folder: TemporaryFolder
    private let schema = ["CREATE TABLE item (name TEXT UNIQUE, bytes BLOB) STRICT"]
    private var path: String { folder.file("pinned.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private static func count(_ connection: Connection) throws -> Int64 {
        try connection.first("SELECT count(*) FROM item") { $0.int(0) } ?? -1
    }

    @Test func `a pinned moment stays while the database goes on`() async throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('a')") }
        let moment = try database.pin()
        try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('b')") }
        #expect(try moment.read(Self.count) == 1)
        #expect(try database.read(Self.count) == 2)
        moment.end()
        #expect(throws: StorageError.self) { try moment.read(Self.count) }
    }

    @Test func `changes queued one after the other are made in that order`() async throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        let finished = Mutex<[Int]>([])
        for number in 0..<500 {
            database.writeLater { connection in
                let before = try Self.count(connection)
                #expect(before == Int64(number))
                try connection.execute("INSERT INTO item (name) VALUES (?)", ["\(number)"])
            } finish: { result in
                if case .success = result { finished.withLock { $0.append(number) } }
            }
        }
        try await database.write { _ in }
        #expect(finished.withLock { $0 } == Array(0..<500))
    }

    @Test func `a file gives the space of deleted rows back`() async throws {
        let plain = try Database.open(path: folder.file("older.sqlite"), migrations: schema)
        plain.close()
        // One made so, and one made without and opened again.
        for path in [path, folder.file("older.sqlite")] {
            let database = try Database.open(path: path, migrations: schema, reclaims: true)
            try await database.write { connection in
                for number in 0..<100 {
                    try connection.execute(
                        "INSERT INTO item (name, bytes) VALUES (?, zeroblob(40000))", ["\(number)"])
                }
            }
            database.close()
            let before = DurableFolder.byteCount(of: path)
            let again = try Database.open(path: path, migrations: schema, reclaims: true)
            try await again.write { try $0.execute("DELETE FROM item WHERE name <> '7'") }
            var left = Int.max
            while left > 0 {
                let next = try await again.reclaim(pages: 100)
                try #require(next < left)
                left = next
            }
            again.close()
            #expect(before > 4_000_000)
            #expect(DurableFolder.byteCount(of: path) < 200_000)
        }
    }

    @Test func `folders are listed in order, renamed and removed`() throws {
        let inner = folder.file("inner")
        #expect(try DurableFolder.names(in: inner) == [])
        try DurableFile.makeDirectory(inner)
        for name in ["b", "a"] {
            try DurableFile.write([1], to: "\(inner)/\(name)", replacing: false)
        }
        #expect(try DurableFolder.names(in: inner) == ["a", "b"])
        try DurableFolder.rename(inner, to: folder.file("other"))
        #expect(!DurableFolder.exists(inner))
        try DurableFolder.remove(folder.file("other"))
        try DurableFolder.remove(folder.file("other"))
        #expect(!DurableFolder.exists(folder.file("other")))
    }
}
