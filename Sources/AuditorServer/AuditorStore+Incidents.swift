import Credentials
import Encoding
import Storage

/// Incidents: credentials that something went wrong with, gathered first and revoked together. What
/// is still to be revoked stands in the store, so a stop half way is gone on from.
extension AuditorStore {
    static let incidentMigration = """
        CREATE TABLE incidents (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            reason TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'revoking', 'revoked', 'closed')),
            author TEXT NOT NULL,
            issuer TEXT NOT NULL,
            created INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE incident_credentials (
            incident TEXT NOT NULL REFERENCES incidents (id),
            position INTEGER NOT NULL,
            jti TEXT NOT NULL,
            done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
            PRIMARY KEY (incident, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX incident_credentials_left ON incident_credentials (incident, position)
            WHERE done = 0;
        """

    enum IncidentState: String, Sendable {
        case open, revoking, revoked, closed
    }

    struct Incident: Sendable {
        let id: String
        let name: String
        let reason: StatusReason
        let state: IncidentState
        let author: String
        let issuer: String
        let created: Instant
        let count: Int64
        let left: Int64

        var json: JSON {
            [
                "incident": JSON(id), "name": JSON(name), "reason": JSON(reason.rawValue),
                "state": JSON(state.rawValue), "author": JSON(author),
                "created": JSON(created.rfc3339), "credentials": JSON(count), "left": JSON(left),
            ]
        }
    }

    private static let incidentSelection = """
        SELECT i.id, i.name, i.reason, i.state, i.author, i.issuer, i.created,
            (SELECT COUNT(*) FROM incident_credentials c WHERE c.incident = i.id),
            (SELECT COUNT(*) FROM incident_credentials c WHERE c.incident = i.id AND c.done = 0)
        FROM incidents i
        """

    private static func incident(_ row: Row) throws -> Incident {
        guard let reason = StatusReason(rawValue: row.text(2)),
            let state = IncidentState(rawValue: row.text(3))
        else { throw StorageError(.corrupt, "incident \(row.text(0)) cannot be read") }
        return Incident(
            id: row.text(0), name: row.text(1), reason: reason, state: state,
            author: row.text(4), issuer: row.text(5),
            created: Instant(milliseconds: row.int(6)), count: row.int(7), left: row.int(8))
    }

    static func incident(_ id: String, _ connection: Connection) throws -> Incident {
        let found = try connection.first(
            "\(incidentSelection) WHERE i.id = ?", [.text(id)], incident)
        guard let found else { throw OperationRefusal(.notFound, "there is no incident \(id)") }
        return found
    }

    /// The newest incidents.
    func incidents() throws -> [Incident] {
        try database.read { connection in
            try connection.query(
                "\(Self.incidentSelection) ORDER BY i.created DESC, i.id LIMIT ?",
                [.integer(Int64(Limits.incidentListCountMaximum))], Self.incident)
        }
    }

    /// The credentials of an incident, in order.
    func credentials(of incident: String) throws -> [(jti: String, isDone: Bool)] {
        try database.read { connection in
            try connection.query(
                """
                SELECT jti, done FROM incident_credentials WHERE incident = ? ORDER BY position
                """, [.text(incident)]
            ) { ($0.text(0), $0.int(1) == 1) }
        }
    }

    static func open(
        _ incident: Incident, credentials: [String], _ connection: Connection
    ) throws {
        try connection.execute(
            "INSERT INTO incidents VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                .text(incident.id), .text(incident.name), .text(incident.reason.rawValue),
                .text(incident.state.rawValue), .text(incident.author), .text(incident.issuer),
                .integer(incident.created.milliseconds),
            ])
        for (position, jti) in credentials.enumerated() {
            try connection.execute(
                "INSERT INTO incident_credentials (incident, position, jti) VALUES (?, ?, ?)",
                [.text(incident.id), .integer(Int64(position)), .text(jti)])
        }
    }

    static func move(
        incident id: String, to state: IncidentState, _ connection: Connection
    ) throws {
        try connection.execute(
            "UPDATE incidents SET state = ? WHERE id = ?", [.text(state.rawValue), .text(id)])
    }

    /// Revokes the next few credentials of an incident that was ordered to be.
    /// - Returns: whether there is more to do.
    func revokeNext(at now: Instant) async throws -> Bool {
        try await database.write { connection in
            let found = try connection.first(
                "\(Self.incidentSelection) WHERE i.state = 'revoking' ORDER BY i.created LIMIT 1",
                [], Self.incident)
            guard let incident = found else { return false }
            let next = try connection.query(
                """
                SELECT position, jti FROM incident_credentials
                WHERE incident = ? AND done = 0 ORDER BY position LIMIT ?
                """, [.text(incident.id), .integer(Int64(Limits.incidentBatchCount))]
            ) { ($0.int(0), $0.text(1)) }
            for (position, jti) in next {
                try Self.revoke(jti, incident, at: now, connection)
                try connection.execute(
                    """
                    UPDATE incident_credentials SET done = 1 WHERE incident = ? AND position = ?
                    """, [.text(incident.id), .integer(position)])
            }
            if Int64(next.count) == incident.left {
                try Self.move(incident: incident.id, to: .revoked, connection)
            }
            return true
        }
    }

    private static func revoke(
        _ jti: String, _ incident: Incident, at now: Instant, _ connection: Connection
    ) throws {
        guard
            try move(jti, to: .revoked, reason: incident.reason, at: now, connection)
        else { return }
        try CredentialActs.tellLedger(
            jti, incident.reason, issuer: incident.issuer, at: now, connection)
        let entry = AuditEntry(
            .revoked, at: now,
            [
                "credential": JSON("urn:uuid:\(jti)"), "reason": JSON(incident.reason.rawValue),
                "incident": JSON(incident.id), "operator": JSON(incident.author),
            ])
        try AuditLog.append([entry], connection)
    }
}
