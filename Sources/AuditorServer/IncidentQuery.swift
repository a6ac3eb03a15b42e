import Credentials
import Cryptography
import Encoding
import Storage

/// Which consents an incident is about. All that is asked for has to hold; something has to be.
struct IncidentQuery {
    /// Signed with the key of this thumbprint.
    let key: String?
    /// Judged by the policy of this digest.
    let policy: Digest?
    /// About this node.
    let node: String?
    /// Issued at or after this time, and before that one.
    let from: Instant?
    let until: Instant?
    /// These, by their UUIDs.
    let credentials: [String]?

    init(_ fields: inout Fields) throws(FormatError) {
        key = try fields.optionalString("key")
        policy = try fields.optionalString("policy").map { text throws(FormatError) in
            try Digest(hexadecimal: text)
        }
        node = try fields.optionalString("node")
        from = try fields.optionalInstant("from")
        until = try fields.optionalInstant("until")
        credentials = try fields.optionalStrings(
            "credentials", maximumCount: Limits.incidentCredentialCountMaximum)
        guard
            key != nil || policy != nil || node != nil || from != nil || until != nil
                || credentials != nil
        else {
            throw FormatError(.shape, "query: has to ask for something; it would mean every one")
        }
    }

    /// The consents that fit, oldest first.
    /// - Throws: `OperationRefusal` when one that is named was not issued here.
    func matches(_ connection: Connection) throws -> [String] {
        var conditions = ["i.credential IS NOT NULL", "i.status IS NOT NULL"]
        var bindings: [SQLValue] = []
        func add(_ condition: String, _ value: SQLValue?) {
            guard let value else { return }
            conditions.append(condition)
            bindings.append(value)
        }
        add("i.key = ?", key.map(SQLValue.text))
        add("a.policy = ?", policy.map { .text($0.text) })
        add("a.node = ?", node.map(SQLValue.text))
        add("i.issued >= ?", from.map { .integer($0.milliseconds) })
        add("i.issued < ?", until.map { .integer($0.milliseconds) })
        let all = try connection.query(
            """
            SELECT i.jti FROM issuances i JOIN applications a ON a.digest = i.application
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY i.issued, i.jti
            """, bindings
        ) { $0.text(0) }
        guard let credentials else { return all }
        let named = Set(credentials)
        let found = all.filter(named.contains)
        if found.count < named.count,
            let stranger = credentials.first(where: { !found.contains($0) })
        {
            throw OperationRefusal(
                .notFound, "\(stranger) is no consent of this auditor that the query fits")
        }
        return found
    }
}
