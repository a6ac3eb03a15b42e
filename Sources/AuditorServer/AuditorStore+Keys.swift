import Auditing
import Credentials
import Cryptography
import Encoding
import Storage

/// The key ring as the server took it over, and answers that need another key than was meant.
extension AuditorStore {
    static let keyMigration = """
        CREATE TABLE key_ring (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            ring BLOB NOT NULL
        ) STRICT;
        CREATE TABLE revoked_keys (
            thumbprint TEXT PRIMARY KEY
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE issuances ADD COLUMN key TEXT;
        """

    /// Records what happened to the keys since the ring was last taken over, before any of it has
    /// an effect.
    /// - Returns: how many keys changed.
    /// - Throws: `AuditingError` when the ring is older than the one recorded.
    func adopt(_ ring: KeyRing, at now: Instant) throws -> Int {
        try database.writeNow { connection in
            // An old backup signs nothing, and so its ring needs no record.
            guard try AuditLog.halted(connection) == nil else { return 0 }
            let stored = try connection.first("SELECT ring FROM key_ring WHERE id = 1") {
                $0.blob(0)
            }
            let earlier = try stored.map { try KeyRing(json: JSON.parse($0)) }
            let changes = try ring.changes(
                since: earlier ?? KeyRing(issuer: ring.issuer), at: now)
            try AuditLog.append(changes.flatMap { $0.entries(at: now) }, connection)
            for change in changes where change.key.state == .revoked {
                try connection.execute(
                    "INSERT INTO revoked_keys VALUES (?) ON CONFLICT DO NOTHING",
                    [.text(change.key.thumbprint)])
            }
            if ring != earlier {
                try connection.execute(
                    "INSERT INTO key_ring VALUES (1, ?) "
                        + "ON CONFLICT DO UPDATE SET ring = excluded.ring",
                    [.blob(ring.json.bytes)])
            }
            return changes.count
        }
    }

    /// Puts other claims in the place of those that their key can no longer sign. Nothing was
    /// signed under the old identifier, and nothing will be.
    /// - Returns: whether they still stood there unsigned.
    func remake(
        _ digest: Digest, replacing old: String, jti: String, claims: [UInt8], key: String,
        reason: String, at now: Instant
    ) async throws -> Bool {
        let entry = AuditEntry(
            .remade, at: now,
            [
                "application": JSON(digest.text), "replaces": JSON("urn:uuid:\(old)"),
                "credential": JSON("urn:uuid:\(jti)"),
                "claims": JSON(Digest.sha256(claims).text), "key": JSON(key),
                "reason": JSON(reason),
            ])
        return try await database.write { connection in
            let count = try connection.execute(
                """
                UPDATE issuances SET jti = ?, claims = ?, key = ?, intended = ?
                WHERE application = ? AND jti = ? AND credential IS NULL
                """,
                [
                    .text(jti), .blob(claims), .text(key), .integer(now.milliseconds),
                    .text(digest.text), .text(old),
                ])
            if count == 1 { try AuditLog.append([entry], connection) }
            return count == 1
        }
    }
}

extension KeyChange {
    /// One entry for each event that led from the state before to the one now.
    fileprivate func entries(at now: Instant) -> [AuditEntry] {
        var kinds: [AuditEntry.Kind] = before == nil ? [.keyPrepared] : []
        if before == nil || before == .prepared, key.activatedAt != nil {
            kinds.append(.keyActivated)
        }
        if before != .retired, key.retiredAt != nil { kinds.append(.keyRetired) }
        if key.state == .revoked { kinds.append(.keyRevoked) }
        return kinds.map { kind in
            var members: [(String, JSON)] = [
                ("key", JSON(key.thumbprint)), ("from", JSON(key.window.from.rfc3339)),
                ("until", JSON(key.window.until.rfc3339)),
            ]
            if kind == .keyRevoked, let reason = key.reason {
                members.append(("reason", JSON(reason)))
            }
            return AuditEntry(kind, at: now, members)
        }
    }
}
