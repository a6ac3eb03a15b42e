import Cryptography
import Encoding
import Storage
import TransparencyLog

/// The auditor's append-only log in its database: entries, and the hash of every complete subtree
/// over them (RFC 9162 section 2.1).
///
/// An act and its entry are one SQLite transaction, so there is none without the other: when the
/// log cannot be written, nothing is recorded, signed or answered.
enum AuditLog {
    static let migration = """
        CREATE TABLE log_entries (
            position INTEGER PRIMARY KEY,
            entry BLOB NOT NULL
        ) STRICT;
        CREATE TABLE log_hashes (
            level INTEGER NOT NULL,
            position INTEGER NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (level, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE log_checkpoint (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            size INTEGER NOT NULL,
            note BLOB NOT NULL
        ) STRICT;
        """

    /// The hash of an entry alone stands beside it, so that an entry is one row and not two.
    static let leafMigration = """
        ALTER TABLE log_entries ADD COLUMN hash BLOB;
        UPDATE log_entries SET hash = (
            SELECT h.hash FROM log_hashes h
            WHERE h.level = 0 AND h.position = log_entries.position);
        DELETE FROM log_hashes WHERE level = 0;
        """

    /// Appends the entries of one act, inside the act's own transaction.
    static func append(_ entries: [AuditEntry], _ connection: Connection) throws {
        if entries.isEmpty { return }
        var tree = try growing(connection)
        var rows: [SQLValue] = []
        var hashes: [SQLValue] = []
        for entry in entries {
            let leaf = MerkleTree.leafHash(entry.bytes)
            rows += [.integer(Int64(tree.size)), .blob(entry.bytes), .blob(leaf.bytes)]
            for (node, hash) in tree.append(leaf) where node.level > 0 {
                hashes += [
                    .integer(Int64(node.level)), .integer(Int64(node.index)), .blob(hash.bytes),
                ]
            }
        }
        try insert(rows, into: "log_entries", connection)
        try insert(hashes, into: "log_hashes", connection)
        connection.kept = tree
    }

    private static let rowsPerStatement = 8

    /// - Parameter values: those of the first row, then those of the second; three each.
    private static func insert(
        _ values: [SQLValue], into table: String, _ connection: Connection
    ) throws {
        for start in stride(from: 0, to: values.count, by: 3 * rowsPerStatement) {
            let part = Array(values[start..<min(start + 3 * rowsPerStatement, values.count)])
            let others = String(repeating: ", (?, ?, ?)", count: part.count / 3 - 1)
            try connection.execute("INSERT INTO \(table) VALUES (?, ?, ?)\(others)", part)
        }
    }

    /// The tree that the next entry is for. The one that the last append left in memory is taken
    /// where the log still ends with it: one that was undone is longer than the log, and an append
    /// after it left another.
    /// - Throws: `corrupt` for a log that was halted.
    private static func growing(_ connection: Connection) throws -> LogTree {
        let found = try connection.first(
            "SELECT (SELECT MAX(position) + 1 FROM log_entries), "
                + "(SELECT evidence FROM log_halt WHERE id = 1)"
        ) { (size: UInt64($0.optionalInt(0) ?? 0), evidence: $0.optionalText(1)) }
        if let evidence = found?.evidence { throw StorageError(.corrupt, refusal(evidence)) }
        let size = found?.size ?? 0
        if let tree = connection.kept as? LogTree, tree.size == size { return tree }
        return try LogTree(size: size) { try hash($0, connection) }
    }

    static func size(_ connection: Connection) throws -> UInt64 {
        UInt64(
            try connection.first("SELECT MAX(position) + 1 FROM log_entries") {
                $0.optionalInt(0) ?? 0
            } ?? 0)
    }

    /// The stored hash of a complete subtree.
    /// - Throws: `corrupt` when it is not there: the store was damaged.
    static func hash(_ node: LogNode, _ connection: Connection) throws -> Digest {
        let position = SQLValue.integer(Int64(node.index))
        let stored =
            node.level == 0
            ? try connection.first(
                "SELECT hash FROM log_entries WHERE position = ?", [position]
            ) { $0.optionalBlob(0) }
            : try connection.first(
                "SELECT hash FROM log_hashes WHERE level = ? AND position = ?",
                [.integer(Int64(node.level)), position]
            ) { $0.optionalBlob(0) }
        guard let stored, let stored else {
            throw StorageError(
                .corrupt,
                "the log lacks the hash of level \(node.level) at \(node.index). Restore the "
                    + "newest backup; nothing is signed until then.")
        }
        return try Digest(bytes: stored)
    }

    /// The head of the first `size` entries.
    static func root(size: UInt64, _ connection: Connection) throws -> Digest {
        try LogTree.root(size: size) { try hash($0, connection) }
    }

    /// The newest checkpoint's note, as it was signed; nil before the first.
    static func checkpoint(_ connection: Connection) throws -> [UInt8]? {
        try connection.first("SELECT note FROM log_checkpoint WHERE id = 1") { $0.blob(0) }
    }

    /// Moves the checkpoint on, if it still is the one of `old` entries (nil: none yet).
    /// - Returns: whether it was moved.
    static func moveCheckpoint(
        from old: UInt64?, to size: UInt64, note: [UInt8], _ connection: Connection
    ) throws -> Bool {
        guard let old else {
            return try connection.execute(
                "INSERT INTO log_checkpoint VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
                [.integer(Int64(size)), .blob(note)]) == 1
        }
        guard old < size else { return false }
        return try connection.execute(
            "UPDATE log_checkpoint SET size = ?, note = ? WHERE id = 1 AND size = ?",
            [.integer(Int64(size)), .blob(note), .integer(Int64(old))]) == 1
    }

    /// A tile's bytes as they are served; nil when the log does not have as much.
    static func tile(_ tile: LogTile, _ connection: Connection) throws -> [UInt8]? {
        guard let available = tile.available(size: try size(connection)),
            tile.count <= available
        else { return nil }
        let first = Int64(tile.index) * Int64(LogTile.width)
        let bounds: [SQLValue] = [.integer(first), .integer(first + Int64(tile.count))]
        switch tile.content {
        case .entries:
            let entries = try connection.query(
                "SELECT entry FROM log_entries WHERE position >= ? AND position < ? "
                    + "ORDER BY position", bounds
            ) { $0.blob(0) }
            guard entries.count == tile.count else { throw gap(tile) }
            return try EntryBundle.encode(entries)
        case .hashes(let level):
            let hashes =
                level == 0
                ? try connection.query(
                    "SELECT hash FROM log_entries WHERE position >= ? AND position < ? "
                        + "ORDER BY position", bounds
                ) { $0.blob(0) }
                : try connection.query(
                    "SELECT hash FROM log_hashes WHERE level = ? AND position >= ? "
                        + "AND position < ? ORDER BY position",
                    [.integer(Int64(8 * level))] + bounds
                ) { $0.blob(0) }
            guard hashes.count == tile.count else { throw gap(tile) }
            return hashes.flatMap(\.self)
        }
    }

    private static func gap(_ tile: LogTile) -> StorageError {
        StorageError(
            .corrupt, "\(tile.path) of the log has a gap. Restore the newest backup.")
    }
}
