import Encoding
import Storage
import TransparencyLog

/// The newest head seen of each other auditor's log. Kept for them: whoever is restored from an
/// old backup learns here what it had signed.
extension AuditorStore {
    static let peerHeadMigration = """
        CREATE TABLE peer_heads (
            origin TEXT NOT NULL,
            key TEXT NOT NULL,
            size INTEGER NOT NULL,
            note BLOB NOT NULL,
            seen INTEGER NOT NULL,
            PRIMARY KEY (origin, key)
        ) STRICT, WITHOUT ROWID;
        """

    struct PeerHead: Sendable {
        let origin: String
        /// The verifier key, as C2SP signed-note writes it.
        let key: String
        let size: UInt64
        let note: [UInt8]
        let seen: Instant

        var json: JSON {
            [
                "origin": JSON(origin), "key": JSON(key), "size": JSON(size),
                "note": JSON(String(decoding: note, as: UTF8.self)), "seen": JSON(seen.rfc3339),
            ]
        }
    }

    /// Keeps a head whose signature was verified, if it is the largest so far.
    /// - Returns: the size of a larger one that was seen before.
    func keep(_ head: Checkpoint, note: [UInt8], of key: NoteKey, at now: Instant) async throws
        -> UInt64?
    {
        try await database.write { connection in
            let known = try connection.first(
                "SELECT size FROM peer_heads WHERE origin = ? AND key = ?",
                [.text(key.name), .text(key.text)]
            ) { UInt64(clamping: $0.int(0)) }
            if let known, known >= head.size { return known > head.size ? known : nil }
            try connection.execute(
                """
                INSERT INTO peer_heads VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET size = excluded.size, note = excluded.note,
                    seen = excluded.seen
                """,
                [
                    .text(key.name), .text(key.text), .integer(Int64(clamping: head.size)),
                    .blob(note), .integer(now.milliseconds),
                ])
            return nil
        }
    }

    func peerHeads() throws -> [PeerHead] {
        try database.read { connection in
            try connection.query(
                "SELECT origin, key, size, note, seen FROM peer_heads ORDER BY origin, key LIMIT ?",
                [.integer(Int64(Limits.listedPeerHeadsMaximum))]
            ) { row in
                PeerHead(
                    origin: row.text(0), key: row.text(1), size: UInt64(clamping: row.int(2)),
                    note: row.blob(3), seen: Instant(milliseconds: row.int(4)))
            }
        }
    }
}
