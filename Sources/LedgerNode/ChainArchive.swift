package import Cryptography
import Encoding
package import Ledger
package import Proofs
import Storage

/// A node's stored chain, opened beside the node, whether it runs or not, and never changed.
package final class ChainArchive: Sendable {
    private let database: DatabaseReader
    package let network: String
    /// SHA-256 of the genesis file.
    package let genesis: Digest

    /// - Parameter data: the node's folder of databases.
    /// - Throws: `StorageError`; `data` for a store without a network.
    package init(data: String) throws {
        let path = data + "/chain.sqlite"
        database = try DatabaseReader(path: path, version: BlockStore.migrations.count)
        let owner = try database.read { connection in
            try connection.first("SELECT genesis, name FROM network") { ($0.blob(0), $0.text(1)) }
        }
        guard let owner else { throw NodeError(.data, "\(path) holds no chain") }
        genesis = try Digest(bytes: owner.0)
        network = owner.1
    }

    /// The state after the newest block, read as a node does when it starts. Of the same moment as
    /// long as no node stores blocks meanwhile.
    /// - Throws: `data` when its root is not the one the representatives agreed on.
    package func state() throws -> LedgerState {
        let records = StoredRecords(database)
        return try database.read { try BlockStore.loadState($0, records).state }
    }

    /// The first height whose block is in the store; 1 unless blocks were dropped or it began with
    /// a snapshot.
    package func base() throws -> UInt64 { try database.read { try BlockStore.base($0) } }

    /// Makes a snapshot of the state after the newest block, while the node runs or not, beside
    /// those that it made; it offers it to others.
    /// - Parameter data: the folder that this archive is of.
    /// - Returns: its height and the folder it is in; nil without blocks or when there is one of
    ///   this height.
    /// - Throws: `data` when the records do not have the root that was agreed on; `StorageError`.
    package func makeSnapshot(
        data: String
    ) throws -> (manifest: SnapshotManifest, folder: String)? {
        let shelf = SnapshotShelf(data: data, isNode: false)
        try shelf.load()
        return try database.read { try shelf.make($0) }.map { ($0.manifest, $0.folder) }
    }

    /// Height of the newest block; 0 without blocks.
    package func height() throws -> UInt64 {
        try database.read { connection in
            try connection.first("SELECT max(height) FROM blocks") { $0.optionalInt(0) ?? 0 }
        }.map { UInt64(clamping: $0) } ?? 0
    }

    /// Root of the records beside the tallies after a block; nil when there is no such block.
    package func recordsRoot(_ height: UInt64) throws -> Digest? {
        guard let key = Int64(exactly: height) else { return nil }
        return try database.read { try StoredTallies($0, height: key)?.roots.records }
    }

    package func block(_ height: UInt64) throws -> StoredBlock? {
        guard let key = Int64(exactly: height), try height >= base() else { return nil }
        return try database.read { connection in
            try BlockStore.block(connection, "WHERE height = ?", [.integer(key)])
        }
    }

    /// The hand-overs since genesis, oldest first.
    package func handovers() throws -> [Handover] {
        let values = try database.read { connection in
            try connection.query(
                "SELECT value FROM records WHERE bucket = -1 AND key >= x'07' AND key < x'08' "
                    + "ORDER BY key"
            ) { $0.blob(0) }
        }
        let elections = try values.map { try Election(bytes: $0) }
        return try zip(elections, elections.dropFirst()).compactMap { before, after in
            try HandoverList.handover(from: before, to: after) { height in
                try database.read { connection in
                    try BlockStore.sealed(
                        connection, "WHERE height = ?", .integer(Int64(clamping: height)))
                }
            }
        }
    }
}
