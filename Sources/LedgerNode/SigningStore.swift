import Consensus
import Cryptography
import Storage

/// The record of what this node's consensus key has signed, in a database apart from the chain's:
/// restoring an older copy of the chain must not make the node forget what it signed. Durable when
/// `save` returns, which is before any signature leaves.
final class SigningStore: Sendable {
    private let database: Database

    /// - Parameters:
    ///   - chainHeight: the height the chain in the same data folder has reached.
    ///   - mayStartNew: the operator vouches that a missing record may be replaced by an empty one.
    /// - Throws: `signingRecord` when the record is missing although there is a chain, or belongs
    ///   to another key or network; `StorageError`.
    init(
        path: String, genesis: Digest, consensusKey: [UInt8], chainHeight: UInt64,
        mayStartNew: Bool
    ) throws {
        database = try Database.open(path: path, migrations: Self.migrations)
        let owner = try database.read { connection in
            try connection.first("SELECT genesis, key FROM owner") { ($0.blob(0), $0.blob(1)) }
        }
        guard let owner else {
            guard chainHeight == 0 || mayStartNew else {
                database.close()
                throw NodeError(
                    .signingRecord,
                    "\(path) holds no record of what this node signed, but the chain beside it has "
                        + "\(chainHeight) blocks. Signing without the record could contradict "
                        + "earlier signatures. Put the file back; if it is lost and you are sure "
                        + "that this key has signed nothing above height \(chainHeight), start "
                        + "once with --new-signing-record.")
            }
            try database.writeNow { connection in
                try connection.execute(
                    "INSERT INTO owner (id, genesis, key) VALUES (1, ?, ?)",
                    [.blob(genesis.bytes), .blob(consensusKey)])
            }
            return
        }
        guard owner.0 == genesis.bytes, owner.1 == consensusKey else {
            database.close()
            throw NodeError(
                .signingRecord,
                "\(path) is the record of another consensus key or network. Use the data folder "
                    + "that belongs to this node, or an empty one for a new node.")
        }
    }

    /// The newest record; nil before the first signature.
    /// - Throws: `FormatError` for a damaged record.
    func load() throws -> ConsensusRecord? {
        let stored = try database.read { connection in
            let record = try connection.first("SELECT record FROM record WHERE id = 1") {
                $0.blob(0)
            }
            let values = try connection.query("SELECT id, bytes FROM record_values") {
                ProposedValue(id: try Digest(bytes: $0.blob(0)), bytes: $0.blob(1))
            }
            return (record: record, values: values)
        }
        guard let record = stored.record else { return nil }
        return try ConsensusRecord(decoding: record, values: stored.values)
    }

    /// Replaces the record; on the disk, with the values it names, when this returns.
    /// - Throws: `signingRecord` for a height below the recorded one.
    func save(_ record: ConsensusRecord) async throws {
        let bytes = record.encodedNamingValues()
        try await database.write { connection in
            let count = try connection.execute(
                "INSERT INTO record (id, height, record) VALUES (1, ?, ?) "
                    + "ON CONFLICT (id) DO UPDATE SET height = excluded.height, "
                    + "record = excluded.record WHERE excluded.height >= record.height",
                [.integer(Int64(bitPattern: record.height)), .blob(bytes)])
            guard count == 1 else {
                throw NodeError(
                    .signingRecord,
                    "this node has signed for a later height than \(record.height) and does not "
                        + "sign for it again")
            }
            try Self.keep(record.values, connection)
        }
    }

    /// Stores the values that are not there yet and drops those that no record names any more.
    private static func keep(_ values: [ProposedValue], _ connection: Connection) throws {
        let stored = try connection.query("SELECT rowid, id, content FROM record_values") {
            (row: $0.int(0), id: $0.blob(1), content: $0.blob(2))
        }
        func isStored(_ value: ProposedValue, _ entry: (row: Int64, id: [UInt8], content: [UInt8]))
            -> Bool
        {
            entry.id == value.id.bytes && entry.content == value.content.bytes
        }
        for entry in stored where !values.contains(where: { isStored($0, entry) }) {
            try connection.execute(
                "DELETE FROM record_values WHERE rowid = ?", [.integer(entry.row)])
        }
        for value in values where !stored.contains(where: { isStored(value, $0) }) {
            try connection.execute(
                "INSERT INTO record_values (id, content, bytes) VALUES (?, ?, ?)",
                [.blob(value.id.bytes), .blob(value.content.bytes), .blob(value.bytes)])
        }
    }

    func close() { database.close() }

    private static let migrations = [
        """
        CREATE TABLE owner (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            genesis BLOB NOT NULL,
            key BLOB NOT NULL
        ) STRICT;
        CREATE TABLE record (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            height INTEGER NOT NULL,
            record BLOB NOT NULL
        ) STRICT;
        """,
        // A block stands in three records in a row: it is written once.
        """
        CREATE TABLE record_values (
            id BLOB NOT NULL,
            content BLOB NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;
        """,
    ]
}
