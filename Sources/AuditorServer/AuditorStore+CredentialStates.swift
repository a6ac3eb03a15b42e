import Credentials
import Encoding
import Storage

/// Which credentials are revoked or suspended. Revoked is for ever: the database itself refuses to
/// take a revocation back.
extension AuditorStore {
    static let credentialStateMigration = """
        CREATE TABLE credential_states (
            jti TEXT PRIMARY KEY REFERENCES issuances (jti),
            state TEXT NOT NULL CHECK (state IN ('revoked', 'suspended')),
            reason TEXT NOT NULL,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER revoked_is_not_changed BEFORE UPDATE ON credential_states
            WHEN OLD.state = 'revoked'
            BEGIN SELECT RAISE(ABORT, 'a revocation is not taken back'); END;
        CREATE TRIGGER revoked_is_not_deleted BEFORE DELETE ON credential_states
            WHEN OLD.state = 'revoked'
            BEGIN SELECT RAISE(ABORT, 'a revocation is not taken back'); END;
        """

    package enum CredentialState: String, Sendable {
        case revoked
        case suspended
    }

    /// nil for a credential that is neither revoked nor suspended.
    package func credentialState(jti: String) throws -> CredentialState? {
        try database.read { try Self.credentialState(jti, $0) }
    }

    static func credentialState(
        _ jti: String, _ connection: Connection
    ) throws -> CredentialState? {
        try connection.first(
            "SELECT state FROM credential_states WHERE jti = ?", [.text(jti)]
        ) { row in
            guard let state = CredentialState(rawValue: row.text(0)) else {
                throw StorageError(.corrupt, "the state of credential \(jti) is unknown")
            }
            return state
        } ?? nil
    }

    /// Moves one credential into a state; nil is good.
    /// - Returns: whether it was in another one.
    /// - Throws: `OperationRefusal` for an unknown credential, and for one that is revoked and
    ///   should be anything else.
    static func move(
        _ jti: String, to state: CredentialState?, reason: StatusReason, at now: Instant,
        _ connection: Connection
    ) throws -> Bool {
        let isKnown = try connection.first(
            "SELECT 1 FROM issuances WHERE jti = ? AND credential IS NOT NULL", [.text(jti)]
        ) { _ in true }
        guard isKnown == true else {
            throw OperationRefusal(.notFound, "this auditor issued no credential \(jti)")
        }
        let old = try credentialState(jti, connection)
        if old == state { return false }
        guard old != .revoked else {
            throw OperationRefusal(.conflict, "credential \(jti) is revoked, and stays revoked")
        }
        try connection.execute("UPDATE status_version SET version = version + 1")
        guard let state else {
            try connection.execute("DELETE FROM credential_states WHERE jti = ?", [.text(jti)])
            return true
        }
        try connection.execute(
            """
            INSERT INTO credential_states VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason,
                since = excluded.since
            """,
            [
                .text(jti), .text(state.rawValue), .text(reason.rawValue),
                .integer(now.milliseconds),
            ])
        return true
    }
}
