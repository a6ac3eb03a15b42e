import Credentials
import Encoding
import Storage

/// Orders about one credential: `{"credential": UUID, "reason": code}`.
enum CredentialActs {
    static let revoke: AuditorStore.Act = { operation, now, connection in
        try move(to: .revoked, .revoked, operation, now, connection)
    }

    static let suspend: AuditorStore.Act = { operation, now, connection in
        try move(to: .suspended, .suspended, operation, now, connection)
    }

    static let reinstate: AuditorStore.Act = { operation, now, connection in
        try move(to: nil, .reinstated, operation, now, connection)
    }

    /// Has the auditor's account revoke the credential on the ledger too, where a candidate that
    /// was admitted with it lapses.
    static func tellLedger(
        _ jti: String, _ reason: StatusReason, issuer: String, at now: Instant,
        _ connection: Connection
    ) throws {
        try LedgerOutbox.enqueue(
            key: "revoke:\(jti)",
            body: [
                "type": "credential.revoke",
                "body": [
                    "credential": JSON(jti), "issuer": JSON(issuer),
                    "reason": JSON(reason.rawValue),
                ],
            ], at: now, connection)
    }

    private static func move(
        to state: AuditorStore.CredentialState?, _ kind: AuditEntry.Kind, _ operation: Operation,
        _ now: Instant, _ connection: Connection
    ) throws -> OperationResult {
        var fields = try Fields(operation.arguments, "arguments")
        let jti = try fields.string("credential")
        let reason = try fields.statusReason("reason")
        try fields.end()
        let isChanged = try AuditorStore.move(
            jti, to: state, reason: reason, at: now, connection)
        if state == .revoked, isChanged {
            try tellLedger(jti, reason, issuer: operation.issuer, at: now, connection)
        }
        let entry = AuditEntry(
            kind, at: now,
            [
                "credential": JSON("urn:uuid:\(jti)"), "reason": JSON(reason.rawValue),
                "operation": JSON("urn:uuid:\(operation.id)"), "operator": JSON(operation.author),
            ])
        return OperationResult(
            answer: [
                "credential": JSON(jti), "state": JSON(state?.rawValue ?? "good"),
                "changed": JSON(isChanged),
            ],
            entries: isChanged ? [entry] : [])
    }
}

extension Fields {
    mutating func statusReason(_ name: String) throws(FormatError) -> StatusReason {
        let text = try string(name)
        guard let reason = StatusReason(rawValue: text) else {
            let all = StatusReason.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(name, "has to be one of \(all)")
        }
        return reason
    }
}
