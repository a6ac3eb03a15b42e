import Cryptography
import Encoding
import Storage
import TransparencyLog

/// Signs the heads of the log, and notices when the log was set back.
///
/// The newest head is kept twice: in the database, where it moves by compare-and-swap only, and in
/// a file beside it. A database that was restored from an old backup is behind the file; then
/// nothing is signed, because a log that forgot entries would have to grow other ones in their
/// place.
actor LogKeeper {
    nonisolated let key: NoteKey
    private nonisolated let signer: PrivateKey
    private nonisolated let database: Database
    private nonisolated let standing: StoreStanding
    private nonisolated let path: String

    /// - Parameter folder: where the file `checkpoint` stands.
    init(origin: String, signer: consuming PrivateKey, store: AuditorStore, folder: String) throws {
        key = try NoteKey(name: origin, key: signer.publicKey)
        self.signer = signer
        database = store.database
        standing = store.standing
        path = "\(folder)/checkpoint"
    }

    /// Why the log is behind its last head, or does not begin with it; nil when it is whole.
    /// - Throws: `StorageError` when that cannot be found out.
    nonisolated func fault() throws -> String? {
        if let halted = try database.read({ try AuditLog.halted($0) }) { return halted }
        do {
            try compareWithFile()
            return nil
        } catch let error as StorageError where error.code == .corrupt {
            return error.detail
        }
    }

    /// The newest head; signed now when entries came since the last.
    func checkpoint() async throws -> [UInt8] {
        let (stored, size, root) = try database.read { connection in
            let size = try AuditLog.size(connection)
            return (
                try AuditLog.checkpoint(connection), size,
                try AuditLog.root(size: size, connection)
            )
        }
        let old = try stored.map { try Checkpoint(note: SignedNote(bytes: $0), key: key) }
        if let old, let stored {
            if old.size == size { return stored }
            // What was signed stays true; a log that forgot entries signs nothing more.
            if case .setBack = standing.current { return stored }
            guard old.size <= size else { throw Self.setBack(to: size, from: old.size) }
        }
        try await requireSigning()
        // What is signed is what is stored: the newest entries are hashed again, and the old head
        // is recomputed, before a new one is vouched for.
        try database.read { connection in
            try Self.rehash(from: old?.size ?? 0, to: size, connection)
            if let old {
                guard try AuditLog.root(size: old.size, connection) == old.root else {
                    throw Self.altered(old.size)
                }
            }
        }
        let head = Checkpoint(origin: key.name, size: size, root: root)
        let note = try SignedNote(signing: head.text, as: key, with: signer).bytes
        let isMoved = try await database.write { connection in
            try AuditLog.moveCheckpoint(from: old?.size, to: size, note: note, connection)
        }
        guard isMoved else {
            throw StorageError(.busy, "the checkpoint was moved by somebody else. Try again.")
        }
        database.pass("LogKeeper.checkpoint kept")
        try DurableFile.write(note, to: path, replacing: true)
        database.pass("LogKeeper.checkpoint kept twice")
        return note
    }

    private nonisolated func requireSigning() async throws {
        do {
            try await standing.requireSigning()
        } catch let error as AuditorError {
            throw StorageError(.busy, error.detail)
        }
    }

    private nonisolated func compareWithFile() throws {
        let file = try lastInFile()
        try database.read { connection in
            let size = try AuditLog.size(connection)
            let stored = try AuditLog.checkpoint(connection).map {
                try Checkpoint(note: SignedNote(bytes: $0), key: key)
            }
            for head in [file, stored].compactMap(\.self) {
                guard head.size <= size else { throw Self.setBack(to: size, from: head.size) }
                guard try AuditLog.root(size: head.size, connection) == head.root else {
                    throw Self.altered(head.size)
                }
            }
        }
    }

    private nonisolated func lastInFile() throws -> Checkpoint? {
        let bytes: [UInt8]
        do throws(StorageError) {
            bytes = try DurableFile.read(path, maximumByteCount: Limits.checkpointByteCountMaximum)
        } catch {
            if error.code == .missing { return nil }
            throw error
        }
        return try Checkpoint(note: SignedNote(bytes: bytes), key: key)
    }

    /// Compares the leaf hashes of a range with the entries they stand for.
    private static func rehash(
        from start: UInt64, to end: UInt64, _ connection: Connection
    ) throws {
        let entries = try connection.query(
            "SELECT entry, hash FROM log_entries WHERE position >= ? AND position < ?",
            [.integer(Int64(start)), .integer(Int64(end))]
        ) { MerkleTree.leafHash($0.blob(0)).bytes == $0.blob(1) }
        guard entries.count == end - start, entries.allSatisfy(\.self) else { throw altered(end) }
    }

    private static func setBack(to size: UInt64, from last: UInt64) -> StorageError {
        StorageError(
            .corrupt,
            "the log has \(size) entries, but a head of \(last) was signed: entries "
                + "are missing")
    }

    private static func altered(_ size: UInt64) -> StorageError {
        StorageError(
            .corrupt,
            "the first \(size) entries of the log are not those whose head was signed")
    }
}
