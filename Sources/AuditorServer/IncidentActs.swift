import Credentials
import Encoding
import Storage

/// Orders about incidents. Creating one gathers credentials and harms nobody; revoking is an order
/// of its own.
enum IncidentActs {
    /// `{"name", "reason", "query"}`; the incident's id is the order's.
    static let create: AuditorStore.Act = { operation, now, connection in
        var fields = try Fields(operation.arguments, "arguments")
        let name = try fields.string("name")
        let reason = try fields.statusReason("reason")
        var inner = try fields.object("query")
        let query = try IncidentQuery(&inner)
        try inner.end()
        try fields.end()
        let credentials = try query.matches(connection)
        let incident = AuditorStore.Incident(
            id: operation.id, name: name, reason: reason, state: .open, author: operation.author,
            issuer: operation.issuer, created: now, count: Int64(credentials.count),
            left: Int64(credentials.count))
        try AuditorStore.open(incident, credentials: credentials, connection)
        return OperationResult(
            answer: incident.json,
            entries: [
                AuditEntry(
                    .incidentCreated, at: now,
                    [
                        "incident": JSON(incident.id), "name": JSON(name),
                        "reason": JSON(reason.rawValue),
                        "query": operation.arguments["query"] ?? nil,
                        "credentials": JSON(incident.count), "operator": JSON(operation.author),
                    ])
            ])
    }

    /// `{"incident"}`: all its credentials are revoked from now on, a few at a time.
    static let revoke: AuditorStore.Act = { operation, now, connection in
        try move(operation, to: .revoking, .incidentRevoked, now, connection)
    }

    static let close: AuditorStore.Act = { operation, now, connection in
        try move(operation, to: .closed, .incidentClosed, now, connection)
    }

    private static func move(
        _ operation: Operation, to state: AuditorStore.IncidentState, _ kind: AuditEntry.Kind,
        _ now: Instant, _ connection: Connection
    ) throws -> OperationResult {
        var fields = try Fields(operation.arguments, "arguments")
        let id = try fields.string("incident")
        try fields.end()
        let incident = try AuditorStore.incident(id, connection)
        let isAllowed =
            switch (incident.state, state) {
            case (.open, .revoking), (.open, .closed), (.revoked, .closed): true
            case (.open, _), (.revoking, _), (.revoked, _), (.closed, _): false
            }
        guard isAllowed else {
            throw OperationRefusal(
                .conflict, "incident \(id) is \(incident.state.rawValue) already")
        }
        try AuditorStore.move(incident: id, to: state, connection)
        return OperationResult(
            answer: try AuditorStore.incident(id, connection).json,
            entries: [
                AuditEntry(
                    kind, at: now,
                    ["incident": JSON(id), "operator": JSON(operation.author)])
            ])
    }
}
