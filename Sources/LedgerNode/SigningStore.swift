import Consensus
import Cryptography
import Encoding
import Storage

/// The record of what this node's consensus key has signed, in a database apart from the chain's:
/// restoring an older copy of the chain must not make the node forget what it signed. Everything is
/// durable when `release` returns, which is before any signature leaves.
///
/// It holds each signature of the newest heights with the bytes under it (+Signatures), and the
/// state that agreement goes on from after a restart, with the blocks that it names.
final class SigningStore: Sendable {
    /// What agreement goes on from.
    struct Kept: Sendable, Equatable {
        let record: ConsensusRecord
        /// How long the log of what was heard was, on the disk, when the record was made.
        let loggedByteCount: Int
    }

    let database: Database

    /// - Parameters:
    ///   - chainHeight: the height the chain in the same data folder has reached. Above 0 the file
    ///     has to be there: it is opened and not made.
    ///   - mayStartNew: the operator vouches that a missing record may be replaced by an empty one.
    /// - Throws: `signingRecord` when the record is missing although there is a chain, or belongs
    ///   to another key or network; `StorageError`.
    init(
        path: String, genesis: Digest, consensusKey: [UInt8], chainHeight: UInt64,
        mayStartNew: Bool, passing: (@Sendable (String) -> Void)? = nil
    ) throws {
        let mayBegin = chainHeight == 0 || mayStartNew
        do {
            database = try Database.open(
                path: path, migrations: Self.migrations, mayCreate: mayBegin,
                passing: passing)
        } catch {
            throw error.code == .missing && !mayBegin ? Self.missing(path, chainHeight) : error
        }
        let owner = try database.read { connection in
            try connection.first("SELECT genesis, key FROM owner") { ($0.blob(0), $0.blob(1)) }
        }
        guard let owner else {
            guard mayBegin else {
                database.close()
                throw Self.missing(path, chainHeight)
            }
            try database.writeNow { connection in
                try connection.execute(
                    "INSERT INTO owner (id, genesis, key, vouched) VALUES (1, ?, ?, ?)",
                    [
                        .blob(genesis.bytes), .blob(consensusKey),
                        .integer(Int64(clamping: chainHeight)),
                    ])
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

    private static func missing(_ path: String, _ chainHeight: UInt64) -> any Error {
        NodeError(
            .signingRecord,
            "\(path) holds no record of what this node signed, but the chain beside it has "
                + "\(chainHeight) blocks. Signing without the record could contradict "
                + "earlier signatures. Put the file back; if it is lost and you are sure "
                + "that this key has signed nothing above height \(chainHeight), start "
                + "once with --new-signing-record.")
    }

    /// What to go on from; nil before the first signature.
    /// - Throws: `signingRecord` for a damaged record.
    func load() throws -> Kept? {
        let stored = try database.read { connection in
            let row = try connection.first("SELECT record, checksum, logged FROM record") {
                (bytes: $0.blob(0), checksum: $0.int(1), logged: $0.int(2))
            }
            let values = try connection.query("SELECT id, bytes FROM record_values") {
                ProposedValue(id: try Digest(bytes: $0.blob(0)), bytes: $0.blob(1))
            }
            return (row: row, values: values)
        }
        guard let row = stored.row else { return nil }
        guard row.checksum == Self.unchecked || row.checksum == Self.checksum(row.bytes) else {
            throw Self.damaged("its checksum does not fit")
        }
        do {
            return Kept(
                record: try ConsensusRecord(decoding: row.bytes, values: stored.values),
                loggedByteCount: Int(clamping: row.logged))
        } catch {
            throw Self.damaged(error.detail)
        }
    }

    static func damaged(_ reason: String) -> NodeError {
        NodeError(
            .signingRecord,
            "the record of what this node signed is damaged: \(reason). Without it the node must "
                + "not sign: restore the file from the disk's backup.")
    }

    /// Keeps a signature with what agreement goes on from; on the disk when this returns. It is a
    /// compare-and-swap: what was signed before at this place is given back if the same bytes were
    /// signed, and nothing else is ever signed there.
    /// - Parameter loggedByteCount: how much of the log is on the disk for certain.
    /// - Returns: the signature that may leave.
    /// - Throws: `signingRecord` where other bytes, or a later place, were signed before.
    func release(
        _ message: UnsignedMessage, _ signature: [UInt8], _ record: ConsensusRecord,
        loggedByteCount: Int = 0
    ) async throws -> [UInt8] {
        let bytes = record.encodedNamingValues()
        let place = SigningPlace(message.content)
        return try await database.write { connection in
            let kept = try Self.swap(place, message.bytes, signature, connection)
            let count = try connection.execute(
                "INSERT INTO record (id, height, record, checksum, logged) VALUES (1, ?, ?, ?, ?) "
                    + "ON CONFLICT (id) DO UPDATE SET height = excluded.height, "
                    + "record = excluded.record, checksum = excluded.checksum, "
                    + "logged = excluded.logged WHERE excluded.height >= record.height",
                [
                    .integer(Int64(bitPattern: record.height)), .blob(bytes),
                    .integer(Self.checksum(bytes)), .integer(Int64(loggedByteCount)),
                ])
            guard count == 1 else {
                throw NodeError(
                    .signingRecord,
                    "this node has signed for a later height than \(record.height) and does not "
                        + "sign for it again")
            }
            try Self.keep(record.values, connection)
            return kept
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

    static func checksum(_ bytes: [UInt8]) -> Int64 { Int64(CRC32C.checksum(bytes)) }

    /// Stands for the checksum of a record that was written before there were any.
    private static let unchecked: Int64 = -1

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
        """
        CREATE TABLE signed (
            height INTEGER NOT NULL,
            round INTEGER NOT NULL,
            step INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            signature BLOB NOT NULL,
            checksum INTEGER NOT NULL,
            PRIMARY KEY (height, round, step)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE record ADD COLUMN checksum INTEGER NOT NULL DEFAULT -1;
        ALTER TABLE record ADD COLUMN logged INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE owner ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0;
        """,
    ]
}
