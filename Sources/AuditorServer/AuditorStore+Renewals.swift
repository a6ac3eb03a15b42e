import Cryptography
import Encoding
import Storage

/// Renewals: further answers about an application of before. A renewal stands beside applications,
/// under its own digest, from the moment its answer is decided.
extension AuditorStore {
    static let renewalMigration = """
        ALTER TABLE applications ADD COLUMN renews TEXT REFERENCES applications (digest);
        CREATE INDEX applications_renewals ON applications (renews) WHERE renews IS NOT NULL;
        """

    /// What is decided about a renewal.
    struct DecidedRenewal: Sendable {
        let digest: Digest
        let jws: String
        let application: Digest
        let node: String
        let policy: Digest
        /// What is to be signed, under `jti`, by the key of this thumbprint.
        let claims: [UInt8]
        let jti: String
        let key: String
        let evidence: JSON
        let findings: JSON
        let place: StatusPlace?
    }

    /// Writes down the renewal and what is about to be signed for it, in one transaction.
    /// - Throws: `constraint` when the renewal is there already.
    func intend(_ renewal: DecidedRenewal, at now: Instant) async throws {
        let digest = JSON(renewal.digest.text)
        let entries = [
            AuditEntry(
                .renewed, at: now,
                [
                    "renewal": digest, "application": JSON(renewal.application.text),
                    "node": JSON(renewal.node), "policy": JSON(renewal.policy.text),
                ]),
            AuditEntry(.judged, at: now, ["application": digest, "findings": renewal.findings]),
            AuditEntry(
                .intended, at: now,
                [
                    "application": digest, "credential": JSON("urn:uuid:\(renewal.jti)"),
                    "claims": JSON(Digest.sha256(renewal.claims).text), "key": JSON(renewal.key),
                ]),
        ]
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO applications
                    (digest, jws, node, received, policy, state, evidence, findings, renews)
                VALUES (?, ?, ?, ?, ?, 'intended', ?, ?, ?)
                """,
                [
                    .text(renewal.digest.text), .text(renewal.jws), .text(renewal.node),
                    .integer(now.milliseconds), .text(renewal.policy.text),
                    .text(renewal.evidence.text), .text(renewal.findings.text),
                    .text(renewal.application.text),
                ])
            try connection.execute(
                """
                INSERT INTO issuances (jti, application, claims, intended, key, status)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    .text(renewal.jti), .text(renewal.digest.text), .blob(renewal.claims),
                    .integer(now.milliseconds), .text(renewal.key),
                    .optional(renewal.place?.number),
                ])
            try AuditLog.append(entries, connection)
        }
    }

    /// Why the credentials for an application are not renewed: one of them was taken back. Nil when
    /// none was.
    func hindrance(of application: Digest) throws -> CredentialState? {
        try database.read { connection in
            let states = try connection.query(
                """
                SELECT s.state FROM applications a
                JOIN issuances i ON i.application = a.digest
                JOIN credential_states s ON s.jti = i.jti
                WHERE (a.digest = ?1 OR a.renews = ?1) AND s.reason <> 'superseded'
                """, [.text(application.text)]
            ) { CredentialState(rawValue: $0.text(0)) ?? .revoked }
            return states.contains(.revoked) ? .revoked : states.first
        }
    }
}
