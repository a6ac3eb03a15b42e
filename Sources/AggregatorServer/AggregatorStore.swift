package import Cryptography
package import Encoding
import Storage

/// What the aggregator remembers: each application, what each auditor answered, the bundles.
/// Every outcome is on disk before a bundle that rests on it leaves.
package struct AggregatorStore: Sendable {
    /// How far the collection of answers has come.
    package enum State: String, Sendable {
        /// Auditors have still to answer and the quorum does not stand yet.
        case collecting
        /// The quorum stands; some auditors have still to answer.
        case quorum
        /// Every auditor answered or ran out of time, and the quorum stands.
        case complete
        /// Every auditor answered or ran out of time, and the quorum does not stand.
        case failed

        package var isSettled: Bool { self == .complete || self == .failed }
    }

    package struct Record: Sendable {
        package let digest: Digest
        package let application: String
        package let node: String
        package let state: State
        package let bundle: String?
    }

    private let database: Database

    /// Opens or creates the store in `folder`.
    package init(folder: String) throws {
        try DurableFile.makeDirectory(folder)
        database = try Database.open(
            path: "\(folder)/aggregator.sqlite", migrations: Self.migrations)
    }

    package func close() { database.close() }

    private static let migrations = [
        """
        CREATE TABLE applications (
            digest TEXT PRIMARY KEY,
            jws TEXT NOT NULL,
            node TEXT NOT NULL,
            received INTEGER NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('collecting', 'quorum', 'complete', 'failed')),
            bundle TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX applications_unsettled ON applications (state)
            WHERE state IN ('collecting', 'quorum');
        CREATE TABLE outcomes (
            application TEXT NOT NULL REFERENCES applications (digest),
            issuer TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT NOT NULL,
            milliseconds INTEGER NOT NULL,
            credential TEXT,
            recorded INTEGER NOT NULL,
            PRIMARY KEY (application, issuer)
        ) STRICT, WITHOUT ROWID;
        """
    ]

    /// Takes an application in, or opens a failed collection again; returns how it stands now.
    package func begin(
        _ digest: Digest, application: String, node: String, at now: Instant
    ) async throws -> State {
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO applications (digest, jws, node, received, state)
                VALUES (?, ?, ?, ?, 'collecting')
                ON CONFLICT DO UPDATE SET state = 'collecting' WHERE state = 'failed'
                """,
                [
                    .text(digest.text), .text(application), .text(node),
                    .integer(now.milliseconds),
                ])
            let state = try connection.first(
                "SELECT state FROM applications WHERE digest = ?", [.text(digest.text)]
            ) { try Self.state($0.text(0)) }
            return state ?? .collecting
        }
    }

    /// Records what one auditor answered; a later answer replaces an earlier one that was no
    /// decision, and never a consent or a refusal.
    package func record(_ outcome: AuditorOutcome, of digest: Digest, at now: Instant) async throws
    {
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    outcome = excluded.outcome, reason = excluded.reason,
                    milliseconds = excluded.milliseconds, credential = excluded.credential,
                    recorded = excluded.recorded
                WHERE outcome NOT IN ('consent', 'refusal')
                """,
                [
                    .text(digest.text), .text(outcome.issuer), .text(outcome.kind.rawValue),
                    .text(outcome.reason), .integer(outcome.milliseconds),
                    .optional(outcome.credential), .integer(now.milliseconds),
                ])
        }
    }

    package func settle(_ digest: Digest, state: State, bundle: String?) async throws {
        try await database.write { connection in
            try connection.execute(
                "UPDATE applications SET state = ?, bundle = coalesce(?, bundle) WHERE digest = ?",
                [.text(state.rawValue), .optional(bundle), .text(digest.text)])
        }
    }

    package func record(_ digest: Digest) throws -> Record? {
        try database.read { connection in
            try connection.first(
                "SELECT digest, jws, node, state, bundle FROM applications WHERE digest = ?",
                [.text(digest.text)], Self.record)
        }
    }

    /// Collections that a stop interrupted, oldest first.
    package func unsettled() throws -> [Record] {
        try database.read { connection in
            try connection.query(
                """
                SELECT digest, jws, node, state, bundle FROM applications
                WHERE state IN ('collecting', 'quorum') ORDER BY received
                """, [], Self.record)
        }
    }

    /// The recorded outcomes of one application, ordered by issuer.
    package func outcomes(of digest: Digest) throws -> [AuditorOutcome] {
        try database.read { connection in
            try connection.query(
                """
                SELECT issuer, outcome, reason, milliseconds, credential FROM outcomes
                WHERE application = ? ORDER BY issuer
                """, [.text(digest.text)]
            ) { row in
                guard let kind = AuditorOutcome.Kind(rawValue: row.text(1)) else {
                    throw StorageError(.corrupt, "the outcome '\(row.text(1))' is unknown")
                }
                return AuditorOutcome(
                    issuer: row.text(0), kind: kind, reason: row.text(2),
                    milliseconds: row.int(3), credential: row.optionalText(4))
            }
        }
    }

    private static func record(_ row: Row) throws -> Record {
        Record(
            digest: try Digest(hexadecimal: row.text(0)), application: row.text(1),
            node: row.text(2), state: try state(row.text(3)), bundle: row.optionalText(4))
    }

    private static func state(_ text: String) throws -> State {
        guard let state = State(rawValue: text) else {
            throw StorageError(.corrupt, "the state '\(text)' of an application is unknown")
        }
        return state
    }
}
