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
