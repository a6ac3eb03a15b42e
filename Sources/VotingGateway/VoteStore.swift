import Cryptography
import Encoding
import Storage

/// What the gateway remembers: each vote it handed to the ledger with what became of it, and each
/// account as a ledger node told it last. All of it mirrors the ledger; without it, only votes in
/// flight are forgotten, and sending one again is harmless.
struct VoteStore: Sendable {
    enum Admission: Sendable {
        case admitted
        /// The same vote came before.
        case known(Vote)
        /// It exceeds what the account has left, with so many votes in flight.
        case exceeding(inFlight: Int64)
        case tooManyOfAccount
    }

    let database: Database

    /// Opens or creates the store in `folder`.
    /// - Throws: `StorageError`, also when the store is that of another network.
    init(folder: String, network: String) throws {
        try DurableFile.makeDirectory(folder)
        database = try Database.open(path: "\(folder)/gateway.sqlite", migrations: Self.migrations)
        do { try claim(network) } catch {
            database.close()
            throw error
        }
    }

    /// Votes and accounts of one network say nothing of another's.
    private func claim(_ network: String) throws {
        let owner = try database.writeNow { connection -> String? in
            try connection.execute(
                "INSERT OR IGNORE INTO origin VALUES (1, ?)", [.text(network)])
            return try connection.first("SELECT network FROM origin") { $0.text(0) }
        }
        guard let owner, owner.hasSameBytes(as: network) else {
            throw StorageError(
                .exists,
                "the gateway's store is that of the network \(owner ?? ""), not of \(network); "
                    + "name another folder as data, or the right network")
        }
    }

    func close() { database.close() }

    private static let migrations = [
        """
        CREATE TABLE votes (
            id TEXT PRIMARY KEY,
            jws TEXT NOT NULL,
            account TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            not_after INTEGER NOT NULL,
            charge INTEGER NOT NULL CHECK (charge >= 0),
            state TEXT NOT NULL CHECK (state IN ('pending', 'committed', 'void')),
            height INTEGER,
            code TEXT,
            detail TEXT,
            received INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX votes_of_account ON votes (account, sequence);
        CREATE INDEX votes_pending ON votes (received) WHERE state = 'pending';
        CREATE TABLE accounts (
            account TEXT PRIMARY KEY,
            allowance INTEGER NOT NULL,
            cast_votes INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            height INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,
        // A vote without its receipt is looked up again.
        """
        ALTER TABLE votes ADD COLUMN receipt BLOB;
        UPDATE votes SET state = 'pending', height = NULL, code = NULL, detail = NULL
            WHERE state = 'committed';
        CREATE TABLE sessions (
            token BLOB PRIMARY KEY,
            account TEXT NOT NULL,
            expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessions_of_account ON sessions (account, expires);
        CREATE TABLE origin (one INTEGER PRIMARY KEY CHECK (one = 1), network TEXT NOT NULL) STRICT;
        """,
    ]

    private static let columns =
        "id, jws, account, sequence, not_after, charge, state, height, code, detail, receipt"

    /// Records a vote before the ledger hears of it, unless the account has too few votes left.
    /// One transaction: of two votes at the same time, the second sees the first.
    func admit(_ vote: Vote, mirror: Mirror, at now: Instant) async throws -> Admission {
        try await database.write { connection in
            if let known = try Self.vote(vote.id, connection) { return .known(known) }
            let count = try connection.first(
                "SELECT count(*) FROM votes WHERE account = ? AND state = 'pending'",
                [.text(vote.account)]
            ) { $0.int(0) }
            guard (count ?? 0) < Int64(Limits.inFlightPerAccountMaximum) else {
                return .tooManyOfAccount
            }
            let inFlight = try Self.inFlight(mirror, connection)
            // A number that is used up is in the mirror already, or counts for nothing.
            let isUsed = vote.sequence < mirror.sequence
            guard isUsed || vote.charge <= mirror.remaining(inFlight: inFlight) || vote.charge == 0
            else { return .exceeding(inFlight: inFlight) }
            try Self.insert(vote, at: now, connection)
            return .admitted
        }
    }

    private static func insert(
        _ vote: Vote, at now: Instant, _ connection: Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO votes (\(columns), received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(vote.id.text), .text(vote.transaction), .text(vote.account),
                .integer(vote.sequence), .integer(vote.notAfter.milliseconds),
                .integer(vote.charge), .text(vote.state.rawValue), .optional(vote.height),
                .optional(vote.code), .optional(vote.detail), .optional(vote.receipt),
                .integer(now.milliseconds),
            ])
    }

    /// Takes back in what the ledger still knows of a vote: this store was lost or is an old copy.
    func restore(_ vote: Vote, at now: Instant) async throws {
        try await database.write { connection in
            guard try Self.vote(vote.id, connection) == nil else { return }
            try Self.insert(vote, at: now, connection)
        }
    }

    /// Votes that the mirror does not know yet: its sequence tells them apart exactly, however old
    /// it is.
    func votes(after mirror: Mirror) throws -> [Vote] {
        try database.read { connection in
            try connection.query(
                """
                SELECT \(Self.columns) FROM votes WHERE account = ? AND sequence >= ?
                AND state <> 'void' ORDER BY sequence, received
                """, [.text(mirror.account), .integer(mirror.sequence)], Self.read)
        }
    }

    /// By how much these may raise, or have raised, what the mirror says is cast.
    private static func inFlight(_ mirror: Mirror, _ connection: Connection) throws -> Int64 {
        let charges = try connection.query(
            """
            SELECT charge FROM votes WHERE account = ? AND sequence >= ?
            AND (state = 'pending' OR code = 'ok')
            """, [.text(mirror.account), .integer(mirror.sequence)]
        ) { $0.int(0) }
        return charges.reduce(0) { sum, charge in
            let (next, overflow) = sum.addingReportingOverflow(charge)
            return overflow ? .max : next
        }
    }

    /// Writes down what became of a vote, once and for ever.
    func settle(_ vote: Vote) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE votes SET state = ?, height = ?, code = ?, detail = ?, receipt = ?
                WHERE id = ? AND state = 'pending'
                """,
                [
                    .text(vote.state.rawValue), .optional(vote.height), .optional(vote.code),
                    .optional(vote.detail), .optional(vote.receipt), .text(vote.id.text),
                ])
        }
    }

    /// Forgets a vote that certainly never reached the ledger.
    func forget(_ id: Digest) async throws {
        try await database.write { connection in
            try connection.execute(
                "DELETE FROM votes WHERE id = ? AND state = 'pending'", [.text(id.text)])
        }
    }

    func vote(_ id: Digest) throws -> Vote? {
        try database.read { try Self.vote(id, $0) }
    }

    private static func vote(_ id: Digest, _ connection: Connection) throws -> Vote? {
        try connection.first(
            "SELECT \(columns) FROM votes WHERE id = ?", [.text(id.text)], read)
    }

    /// Votes whose outcome is not known, oldest first.
    func pending() throws -> [Vote] {
        try database.read { connection in
            try connection.query(
                "SELECT \(Self.columns) FROM votes WHERE state = 'pending' ORDER BY received", [],
                Self.read)
        }
    }

    /// Keeps what a node told, unless a newer block's state is kept already.
    func keep(_ mirror: Mirror) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO accounts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                    allowance = excluded.allowance, cast_votes = excluded.cast_votes,
                    sequence = excluded.sequence, height = excluded.height
                WHERE excluded.height > height
                """,
                [
                    .text(mirror.account), .integer(mirror.allowance), .integer(mirror.cast),
                    .integer(mirror.sequence), .integer(mirror.height),
                ])
        }
    }

    func mirror(of account: String) throws -> Mirror? {
        try database.read { connection in
            try connection.first(
                """
                SELECT account, allowance, cast_votes, sequence, height FROM accounts
                WHERE account = ?
                """, [.text(account)]
            ) { row in
                Mirror(
                    account: row.text(0), allowance: row.int(1), cast: row.int(2),
                    sequence: row.int(3), height: row.int(4))
            }
        }
    }

    private static func read(_ row: Row) throws -> Vote {
        guard let state = Vote.State(rawValue: row.text(6)) else {
            throw StorageError(.corrupt, "the state '\(row.text(6))' of a vote is unknown")
        }
        return Vote(
            id: try Digest(hexadecimal: row.text(0)), transaction: row.text(1),
            account: row.text(2), sequence: row.int(3),
            notAfter: Instant(milliseconds: row.int(4)), charge: row.int(5), state: state,
            height: row.optionalInt(7), code: row.optionalText(8), detail: row.optionalText(9),
            receipt: row.optionalBlob(10))
    }
}
