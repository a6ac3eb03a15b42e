import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import TransparencyLog

@testable import AuditorServer

/// The tree's edge that appends leave in memory, when some of them are undone.
@Suite struct LogEdgeTests {
    private struct Undone: Error {}

    private static func entries(_ range: Range<Int>) -> [AuditEntry] {
        range.map {
            AuditEntry(.accepted, at: Instant(seconds: 1), ["application": JSON("\($0)")])
        }
    }

    @Test func `entries after undone ones continue the log that stands`() async throws {
        let folder = try TemporaryFolder()
        let store = try AuditorStore(folder: folder.path)
        defer { store.close() }
        var stands: [[UInt8]] = []
        for number in 0..<40 {
            // More of them than any statement takes at once, now and then.
            let entries = Self.entries(number * 100..<number * 100 + (number % 7 == 0 ? 23 : 1))
            let isUndone = number % 3 == 1
            do {
                try await store.database.write { connection in
                    try AuditLog.append(entries, connection)
                    if isUndone { throw Undone() }
                }
                stands += entries.map(\.bytes)
            } catch is Undone {
                #expect(isUndone)
            }
        }
        let (size, root) = try store.database.read { connection in
            let size = try AuditLog.size(connection)
            return (size, try AuditLog.root(size: size, connection))
        }
        var tree = LogTree()
        for entry in stands { _ = tree.append(MerkleTree.leafHash(entry)) }
        #expect(size == UInt64(stands.count))
        #expect(root == tree.root)
    }

    @Test func `a log of before, with a row for each hash, is the same log`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("auditor.sqlite")
        let entries = Self.entries(0..<21)
        let position = try #require(AuditorStore.migrations.firstIndex(of: AuditLog.leafMigration))
        let old = try Database.open(
            path: path, migrations: Array(AuditorStore.migrations.prefix(position)))
        var tree = LogTree()
        for entry in entries {
            let number = Int64(tree.size)
            let hashes = tree.append(MerkleTree.leafHash(entry.bytes))
            try await old.write { connection in
                try connection.execute(
                    "INSERT INTO log_entries VALUES (?, ?)", [.integer(number), .blob(entry.bytes)])
                for (node, hash) in hashes {
                    try connection.execute(
                        "INSERT INTO log_hashes VALUES (?, ?, ?)",
                        [
                            .integer(Int64(node.level)), .integer(Int64(node.index)),
                            .blob(hash.bytes),
                        ])
                }
            }
        }
        old.close()

        let store = try AuditorStore(folder: folder.path)
        defer { store.close() }
        let root = tree.root
        let leaves = try #require(LogTile(path: "tile/0/000.p/21"))
        try store.database.read { connection in
            #expect(try AuditLog.root(size: 21, connection) == root)
            let tile = try #require(try AuditLog.tile(leaves, connection))
            #expect(tile == entries.flatMap { MerkleTree.leafHash($0.bytes).bytes })
        }
        let more = Self.entries(21..<22)
        try await store.database.write { try AuditLog.append(more, $0) }
        for entry in more { _ = tree.append(MerkleTree.leafHash(entry.bytes)) }
        #expect(try store.database.read { try AuditLog.root(size: 22, $0) } == tree.root)
    }

    @Test func `a log that was halted takes nothing more`() async throws {
        let folder = try TemporaryFolder()
        let store = try AuditorStore(folder: folder.path)
        defer { store.close() }
        try await store.database.write { try AuditLog.append(Self.entries(0..<3), $0) }
        try await store.database.write {
            try AuditLog.halt("somebody knows more", at: Instant(seconds: 2), $0)
        }
        await #expect(throws: StorageError.self) {
            try await store.database.write { try AuditLog.append(Self.entries(3..<4), $0) }
        }
        #expect(try store.database.read { try AuditLog.size($0) } == 3)
    }
}
