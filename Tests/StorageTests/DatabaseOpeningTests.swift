import FoundationEssentials
import Glibc
import Storage
import TestSupport
import Testing

private let schema = ["CREATE TABLE item (name TEXT NOT NULL) STRICT;"]

@Suite struct DatabaseOpeningTests {
    let folder: TemporaryFolder
    var path: String { folder.file("test.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private func refusal(_ migrations: [String] = schema) -> StorageError? {
        do throws(StorageError) {
            try Database.open(path: path, migrations: migrations).close()
            return nil
        } catch {
            return error
        }
    }

    private func fill(_ count: Int) throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        try database.writeNow { connection in
            for number in 0..<count {
                try connection.execute(
                    "INSERT INTO item VALUES (?)",
                    [.text("\(number) " + String(repeating: "x", count: 500))])
            }
        }
    }

    @Test func `a second opener is refused and told who has it`() throws {
        let database = try Database.open(path: path, migrations: schema)
        let refused = refusal()
        #expect(refused?.code == .locked)
        #expect(refused?.detail.contains(path) == true)
        #expect(
            refused?.detail.contains("process \(ProcessInfo.processInfo.processIdentifier)")
                == true)
        database.close()
        #expect(refusal() == nil)
    }

    @Test func `letting go of the database lets go of the lock`() async throws {
        var database: Database? = try Database.open(path: path, migrations: schema)
        try await database?.write { try $0.execute("INSERT INTO item VALUES ('a')") }
        database = nil
        // The writer ends on its own thread a moment later.
        var refused = refusal()
        for _ in 0..<6_000 where refused?.code == .locked {
            try await Task.sleep(for: .milliseconds(10))
            refused = refusal()
        }
        #expect(refused == nil)
    }

    @Test func `a copy of the lock's descriptor in a child does not keep the store`() throws {
        let database = try Database.open(path: path, migrations: schema)
        let copies = Self.copies(ofDescriptorsOf: path + ".lock")
        defer { for copy in copies { close(copy) } }
        #expect(copies.count == 1)
        database.close()
        #expect(refusal() == nil)
    }

    /// What a child has from its fork on: other descriptors of the same open file.
    private static func copies(ofDescriptorsOf path: String) -> [Int32] {
        (0..<1024).filter { number in
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/\(number)")
            return target == path
        }.map { dup($0) }
    }

    @Test func `files are readable by their owner alone`() throws {
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        try database.writeNow { try $0.execute("INSERT INTO item VALUES ('a')") }
        for name in [path, path + "-wal", path + "-shm", path + ".lock"] {
            #expect(folder.mode(of: name) == 0o600, "\(name)")
        }
    }

    @Test func `migrations run once and in order`() throws {
        try fill(1)
        let more =
            schema + [
                "ALTER TABLE item ADD COLUMN size INTEGER NOT NULL DEFAULT 7; CREATE TABLE b (x) ;",
                "UPDATE item SET size = size + 1;",
            ]
        for _ in 0..<2 {
            let database = try Database.open(path: path, migrations: more)
            let sizes = try database.read { try $0.query("SELECT size FROM item") { $0.int(0) } }
            #expect(sizes == [8])
            database.close()
        }
    }

    @Test func `a migration that fails leaves the version before it`() throws {
        try fill(1)
        let broken = schema + ["CREATE TABLE other (x) STRICT; this is not SQL;"]
        #expect(refusal(broken)?.code == .misuse)
        #expect(refusal() == nil)
    }

    @Test func `a schema of a newer program is refused`() throws {
        _ = refusal(schema + ["CREATE TABLE later (x INTEGER) STRICT;"])
        let refused = refusal()
        #expect(refused?.code == .newer)
        #expect(refused?.detail.contains("version 2") == true)
    }

    @Test func `a missing folder is named`() throws {
        do {
            _ = try Database.open(path: folder.file("no/such/test.sqlite"), migrations: schema)
            Issue.record("opened")
        } catch {
            #expect(error.code == .missing)
            #expect(error.detail.contains("no/such"))
        }
    }

    @Test(arguments: [0, 16, 4096, 8192, 40_960])
    func `a damaged file is refused with what to do`(offset: Int) throws {
        try fill(200)
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        for index in offset..<min(offset + 400, bytes.count) { bytes[index] ^= 0xa5 }
        try Data(bytes).write(to: URL(filePath: path))
        let refused = refusal()
        #expect(refused?.code == .corrupt, "\(offset): \(String(describing: refused))")
        #expect(refused?.detail.contains("restore") == true)
        #expect([UInt8](try Data(contentsOf: URL(filePath: path))) == bytes, "left as it is")
    }

    @Test func `a truncated file is refused`() throws {
        try fill(200)
        let bytes = try Data(contentsOf: URL(filePath: path))
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
        #expect(refusal()?.code == .corrupt)
    }

    @Test func `something that is no database is refused`() throws {
        try Data("not a database at all, but a text of some length\n".utf8)
            .write(to: URL(filePath: path))
        #expect(refusal()?.code == .corrupt)
    }

    @Test func `a full disk leaves what was there and may be tried again`() throws {
        try fill(10)
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        let text = String(repeating: "y", count: 3_000)
        try database.writeNow { connection in
            let pages = try connection.first("PRAGMA page_count") { $0.int(0) } ?? 0
            _ = try connection.first("PRAGMA max_page_count = \(pages + 8)") { $0.int(0) }
        }
        var codes: [StorageError.Code] = []
        var stored: Int64 = 10
        for _ in 0..<40 {
            do {
                try database.writeNow {
                    try $0.execute("INSERT INTO item VALUES (?)", [.text(text)])
                }
                stored += 1
            } catch let error as StorageError {
                codes.append(error.code)
            }
        }
        #expect(!codes.isEmpty && codes.allSatisfy { $0 == .full })
        let count = try database.read { try $0.first("SELECT count(*) FROM item") { $0.int(0) } }
        #expect(count == stored)
        _ = try database.writeNow {
            try $0.first("PRAGMA max_page_count = 1000000") { $0.int(0) }
        }
        try database.writeNow { try $0.execute("INSERT INTO item VALUES ('after')") }
    }

    @Test func `a damage found while running ends all writing`() throws {
        try fill(400)
        let database = try Database.open(path: path, migrations: schema)
        defer { database.close() }
        // Pages already in memory would hide what happens to the file.
        try database.writeNow { try $0.execute("PRAGMA shrink_memory") }
        let file = unsafe open(path, O_WRONLY)
        let garbage = [UInt8](repeating: 0xa5, count: 60_000)
        #expect(unsafe pwrite(file, garbage, garbage.count, 4096) == garbage.count)
        Glibc.close(file)
        var codes: [StorageError.Code] = []
        for _ in 0..<3 {
            do {
                try database.writeNow { try $0.execute("DELETE FROM item WHERE name > '2'") }
            } catch let error as StorageError {
                codes.append(error.code)
            }
        }
        #expect(codes == [.corrupt, .corrupt, .corrupt])
        #expect(throws: StorageError.self) {
            try database.writeNow { try $0.execute("CREATE TABLE other (x INTEGER)") }
        }
    }
}
