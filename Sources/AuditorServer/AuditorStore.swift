package import Cryptography
package import Encoding
import Storage

/// What an auditor remembers. One row an application, one row an issuance, and the order of writes
/// is the promise: accepted → judged → intended (the exact claims) → issued. The claims are on disk
/// before the key touches them, and one application has at most one issuance, ever.
package struct AuditorStore: Sendable {
    /// Where an application stands, and so what a restart has to finish.
    package enum State: String, Sendable {
        /// Taken in; evidence is to be gathered and the policy asked.
        case accepted
        /// The policy refers it to reviewers.
        case referred
        /// The claims are decided and written down, the signature is not.
        case intended
        /// Signed and stored; this is what every answer repeats.
        case issued
    }

    package struct Record: Sendable {
        package let digest: Digest
        package let application: String
        package let node: String
        package let received: Instant
        package let policyDigest: Digest
        package let state: State
        package let findings: JSON
        package let claims: [UInt8]?
        /// The thumbprint of the key that is to sign the claims.
        package let key: String?
        package let credential: String?
        /// The application that this row, a renewal, is about; nil for an application.
        package let renews: Digest?
    }

    let database: Database
    /// Whether it may be signed from.
    let standing = StoreStanding()

    /// Opens or creates the store in `folder`.
    /// - Parameter passing: told of each point of each write.
    package init(folder: String, passing: (@Sendable (String) -> Void)? = nil) throws {
        try DurableFile.makeDirectory(folder)
        database = try Database.open(
            path: "\(folder)/auditor.sqlite", migrations: Self.migrations, passing: passing)
    }

    package func close() { database.close() }

    package static let migrations = [
        """
        CREATE TABLE policies (
            digest TEXT PRIMARY KEY,
            document BLOB NOT NULL,
            loaded INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE applications (
            digest TEXT PRIMARY KEY,
            jws TEXT NOT NULL,
            node TEXT NOT NULL,
            received INTEGER NOT NULL,
            policy TEXT NOT NULL REFERENCES policies (digest),
            state TEXT NOT NULL
                CHECK (state IN ('accepted', 'referred', 'intended', 'issued')),
            evidence TEXT,
            findings TEXT NOT NULL DEFAULT '[]'
        ) STRICT;
        CREATE INDEX applications_unfinished ON applications (state)
            WHERE state IN ('accepted', 'intended');
        CREATE TABLE issuances (
            jti TEXT PRIMARY KEY,
            application TEXT NOT NULL UNIQUE REFERENCES applications (digest),
            claims BLOB NOT NULL,
            intended INTEGER NOT NULL,
            credential TEXT,
            issued INTEGER,
            CHECK ((credential IS NULL) = (issued IS NULL))
        ) STRICT;
        """, AuditLog.migration, Self.trialMigration, LedgerOutbox.migration,
        Self.operationMigration,
        Self.credentialStateMigration,
        Self.keyMigration,
        Self.reviewMigration,
        Self.statusListMigration,
        Self.refundMigration,
        Self.renewalMigration,
        Self.incidentMigration,
        AuditLog.haltMigration, Self.peerHeadMigration,
        // `applications_of_node` begins with the node too.
        "DROP INDEX applications_by_node;", AuditLog.leafMigration,
        // Whether a case waits for its answer is asked every second.
        "CREATE INDEX applications_referred ON applications (digest) WHERE state = 'referred';",
    ]
}

// MARK: - Writing, in the order of a judgement

extension AuditorStore {
    /// Keeps the policy's bytes, so that every verdict can be re-examined.
    package func keep(policy document: [UInt8], digest: Digest, at now: Instant) throws {
        try database.writeNow { connection in
            try connection.execute(
                "INSERT INTO policies VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [.text(digest.text), .blob(document), .integer(now.milliseconds)])
        }
    }

    /// Takes an application in once; a repeated one changes nothing.
    /// - Returns: whether it was not there before.
    @discardableResult
    package func accept(
        _ digest: Digest, application: String, node: String, policy: Digest, at now: Instant
    ) async throws -> Bool {
        let entry = AuditEntry(
            .accepted, at: now,
            [
                "application": JSON(digest.text), "node": JSON(node), "policy": JSON(policy.text),
            ])
        return try await database.write { connection in
            let isNew =
                try connection.execute(
                    """
                    INSERT INTO applications (digest, jws, node, received, policy, state)
                    VALUES (?, ?, ?, ?, ?, 'accepted') ON CONFLICT DO NOTHING
                    """,
                    [
                        .text(digest.text), .text(application), .text(node),
                        .integer(now.milliseconds), .text(policy.text),
                    ]) == 1
            if isNew { try AuditLog.append([entry], connection) }
            return isNew
        }
    }

    /// Writes down what is about to be signed. The unique application makes a second one fail.
    /// - Parameter key: the thumbprint of the key that will sign it, and no other.
    package func intend(
        _ digest: Digest, jti: String, claims: [UInt8], key: String, evidence: JSON,
        findings: JSON, status: StatusPlace? = nil, at now: Instant
    ) async throws {
        let application = JSON(digest.text)
        let entries = [
            AuditEntry(.judged, at: now, ["application": application, "findings": findings]),
            AuditEntry(
                .intended, at: now,
                [
                    "application": application, "credential": JSON("urn:uuid:\(jti)"),
                    "claims": JSON(Digest.sha256(claims).text), "key": JSON(key),
                ]),
        ]
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO issuances (jti, application, claims, intended, key, status)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    .text(jti), .text(digest.text), .blob(claims),
                    .integer(now.milliseconds), .text(key), .optional(status?.number),
                ])
            try connection.execute(
                """
                UPDATE applications SET state = 'intended', evidence = ?, findings = ?
                WHERE digest = ?
                """,
                [.text(evidence.text), .text(findings.text), .text(digest.text)])
            try AuditLog.append(entries, connection)
        }
    }

    /// Stores the signed credential. Whoever stored one first wins: its bytes are returned.
    /// - Returns: nil when nothing was stored, because other claims took the place of these or
    ///   their key was revoked meanwhile: then this signature must not leave.
    package func issue(
        _ digest: Digest, jti: String, consents: Bool, credential: String, at now: Instant
    ) async throws -> String? {
        let entry = AuditEntry(
            consents ? .issued : .refused, at: now,
            [
                "application": JSON(digest.text), "credential": JSON("urn:uuid:\(jti)"),
                "digest": JSON(Digest.sha256(Array(credential.utf8)).text),
            ])
        return try await database.write { connection in
            let count = try connection.execute(
                """
                UPDATE issuances SET credential = ?, issued = ?
                WHERE application = ? AND jti = ? AND credential IS NULL
                    AND key NOT IN (SELECT thumbprint FROM revoked_keys)
                """,
                [
                    .text(credential), .integer(now.milliseconds), .text(digest.text), .text(jti),
                ])
            if count == 1 {
                try AuditLog.append([entry], connection)
                try connection.execute(
                    "UPDATE applications SET state = 'issued' WHERE digest = ?",
                    [.text(digest.text)])
                return credential
            }
            return try connection.first(
                "SELECT credential FROM issuances WHERE application = ?", [.text(digest.text)]
            ) { $0.optionalText(0) } ?? nil
        }
    }
}

// MARK: - Reading

extension AuditorStore {
    private static let selection = """
        SELECT a.digest, a.jws, a.node, a.received, a.policy, a.state, a.findings, i.claims,
            i.credential, i.key, a.renews
        FROM applications a LEFT JOIN issuances i ON i.application = a.digest
        """

    package func record(_ digest: Digest) throws -> Record? {
        try database.read { connection in
            try connection.first(
                "\(Self.selection) WHERE a.digest = ?", [.text(digest.text)], Self.record)
        }
    }

    /// What a crash left between acceptance and issuance, oldest first.
    package func unfinished() throws -> [Record] {
        try database.read { connection in
            try connection.query(
                "\(Self.selection) WHERE a.state IN ('accepted', 'intended') ORDER BY a.received",
                [], Self.record)
        }
    }

    package func credential(jti: String) throws -> String? {
        try database.read { connection in
            try connection.first(
                "SELECT credential FROM issuances WHERE jti = ? AND credential IS NOT NULL",
                [.text(jti)]
            ) { $0.text(0) }
        }
    }

    package func policy(_ digest: Digest) throws -> [UInt8]? {
        try database.read { connection in
            try connection.first(
                "SELECT document FROM policies WHERE digest = ?", [.text(digest.text)]
            ) { $0.blob(0) }
        }
    }

    /// How many applications stand in each state, for the metrics page.
    package func counts() throws -> [(state: String, count: Int64)] {
        try database.read { connection in
            try connection.query(
                "SELECT state, COUNT(*) FROM applications GROUP BY state ORDER BY state", []
            ) { ($0.text(0), $0.int(1)) }
        }
    }

    private static func record(_ row: Row) throws -> Record {
        guard let state = State(rawValue: row.text(5)) else {
            throw StorageError(.corrupt, "the state of application \(row.text(0)) is unknown")
        }
        return Record(
            digest: try Digest(hexadecimal: row.text(0)), application: row.text(1),
            node: row.text(2), received: Instant(milliseconds: row.int(3)),
            policyDigest: try Digest(hexadecimal: row.text(4)), state: state,
            findings: try JSON.parse(row.text(6)), claims: row.optionalBlob(7),
            key: row.optionalText(9), credential: row.optionalText(8),
            renews: try row.optionalText(10).map { try Digest(hexadecimal: $0) })
    }
}
