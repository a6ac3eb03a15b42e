package import Cryptography
package import Encoding
package import Storage

/// What this auditor has to tell the ledger, each thing once: a durable queue of transactions.
///
/// An act of the auditor puts its transaction in within its own SQLite transaction (`enqueue`);
/// `LedgerSender` signs it, stores the exact bytes, and only then sends them. The same bytes are
/// sent again until the ledger says what became of them. Other bytes take their place only once
/// the first can never be in a block any more. So whatever crashes when, no act is forgotten, and
/// the two of one key are never both on their way.
package enum LedgerOutbox {
    /// Where an entry stands.
    package enum State: String, Sendable, CaseIterable {
        /// To be signed.
        case pending
        /// Signed; its bytes may be on the ledger.
        case sent
        /// In a block, and applied.
        case committed
        /// In a block, and refused by the ledger's rules.
        case failed
    }

    /// The bytes that are on their way.
    package struct Signed: Sendable, Hashable {
        /// Compact JWS.
        package let transaction: String
        package let id: Digest
        package let sequence: UInt64
        /// No block of this time or later takes it.
        package let notAfter: Instant
    }

    /// What became of a transaction in a block.
    package struct Outcome: Sendable, Hashable {
        package let height: UInt64
        /// The ledger's result code; `ok` when it was applied.
        package let code: String
        package let detail: String

        package init(height: UInt64, code: String, detail: String) {
            self.height = height
            self.code = code
            self.detail = detail
        }

        package var isApplied: Bool { code.hasSameBytes(as: "ok") }
    }

    package struct Entry: Sendable {
        /// Names the act; there is one entry for it, ever.
        package let key: String
        /// The transaction's type: each has a queue of its own.
        package let kind: String
        /// `{"type", "body"}` of the transaction.
        package let body: JSON
        package let state: State
        package let enqueued: Instant
        /// How many transactions were signed for it.
        package let attempts: Int64
        package let signed: Signed?
        package let outcome: Outcome?

        /// `{"key","kind","state",…}` for people.
        package var json: JSON {
            var object = JSONObject([
                ("key", JSON(key)), ("kind", JSON(kind)), ("state", JSON(state.rawValue)),
                ("enqueued", JSON(enqueued.rfc3339)), ("attempts", JSON(attempts)),
            ])
            if let signed {
                object["transaction"] = JSON(signed.id.text)
                object["sequence"] = JSON(signed.sequence)
                object["notAfter"] = JSON(signed.notAfter.rfc3339)
            }
            if let outcome {
                object["height"] = JSON(outcome.height)
                object["code"] = JSON(outcome.code)
                if !outcome.detail.isEmpty { object["detail"] = JSON(outcome.detail) }
            }
            return .object(object)
        }
    }

    static let migration = """
        CREATE TABLE outbox (
            position INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            body TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'committed', 'failed')),
            enqueued INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            jws TEXT,
            id TEXT,
            sequence INTEGER,
            notAfter INTEGER,
            height INTEGER,
            code TEXT,
            detail TEXT,
            CHECK ((jws IS NULL) = (state = 'pending')),
            CHECK ((code IS NULL) = (state IN ('pending', 'sent')))
        ) STRICT;
        CREATE INDEX outbox_open ON outbox (state, kind, position)
            WHERE state IN ('pending', 'sent');
        """

    /// Puts a transaction in, inside the transaction of the act that asks for it.
    /// - Parameters:
    ///   - key: names the act, as `refund:<deposit id>` or `revoke:<jti>`.
    ///   - body: `{"type", "body"}` as the ledger reads them.
    /// - Returns: whether the key was new. A known one changes nothing.
    /// - Throws: `misuse` when `body` has no type.
    @discardableResult
    package static func enqueue(
        key: String, body: JSON, at now: Instant, _ connection: Connection
    ) throws -> Bool {
        guard let kind = body["type"]?.stringValue, body["body"]?.objectValue != nil else {
            throw StorageError(.misuse, "a transaction for the ledger needs a type and a body")
        }
        return try connection.execute(
            """
            INSERT INTO outbox (key, kind, body, state, enqueued)
            VALUES (?, ?, ?, 'pending', ?) ON CONFLICT DO NOTHING
            """,
            [.text(key), .text(kind), .text(body.text), .integer(now.milliseconds)]) == 1
    }

    /// Has a transaction that the ledger refused sent again, as a new one.
    /// - Returns: whether there was one that failed.
    @discardableResult
    package static func retry(key: String, _ connection: Connection) throws -> Bool {
        try connection.execute(
            """
            UPDATE outbox SET state = 'pending', jws = NULL, id = NULL, sequence = NULL,
                notAfter = NULL, height = NULL, code = NULL, detail = NULL
            WHERE key = ? AND state = 'failed'
            """, [.text(key)]) == 1
    }

    /// Takes back what was never signed.
    /// - Returns: whether there was such an entry.
    @discardableResult
    package static func withdraw(key: String, _ connection: Connection) throws -> Bool {
        try connection.execute(
            "DELETE FROM outbox WHERE key = ? AND state = 'pending' AND attempts = 0",
            [.text(key)]) == 1
    }
}

// MARK: - The steps of one transaction; each is one durable write

extension LedgerOutbox {
    /// The bytes are about to be sent.
    /// - Returns: false when the entry is not to be signed any more.
    static func store(
        _ signed: Signed, for key: String, at now: Instant, _ connection: Connection
    ) throws -> Bool {
        let count = try connection.execute(
            """
            UPDATE outbox SET state = 'sent', jws = ?, id = ?, sequence = ?, notAfter = ?,
                attempts = attempts + 1
            WHERE key = ? AND state = 'pending'
            """,
            [
                .text(signed.transaction), .text(signed.id.text),
                .integer(Int64(clamping: signed.sequence)),
                .integer(signed.notAfter.milliseconds), .text(key),
            ])
        guard count == 1 else { return false }
        try AuditLog.append(
            [
                AuditEntry(
                    .transactionSigned, at: now,
                    [
                        "key": JSON(key), "transaction": JSON(signed.id.text),
                        "sequence": JSON(signed.sequence),
                        "notAfter": JSON(signed.notAfter.rfc3339),
                    ])
            ], connection)
        return true
    }

    /// The ledger has these bytes in a block.
    static func settle(
        _ key: String, _ id: Digest, _ outcome: Outcome, at now: Instant, _ connection: Connection
    ) throws {
        let state: State = outcome.isApplied ? .committed : .failed
        let count = try connection.execute(
            """
            UPDATE outbox SET state = ?, height = ?, code = ?, detail = ?
            WHERE key = ? AND id = ? AND state = 'sent'
            """,
            [
                .text(state.rawValue), .integer(Int64(clamping: outcome.height)),
                .text(outcome.code), .text(outcome.detail), .text(key), .text(id.text),
            ])
        guard count == 1 else { return }
        try AuditLog.append(
            [
                AuditEntry(
                    outcome.isApplied ? .transactionCommitted : .transactionRefused, at: now,
                    [
                        "key": JSON(key), "transaction": JSON(id.text),
                        "height": JSON(outcome.height), "code": JSON(outcome.code),
                    ])
            ], connection)
    }

    /// These bytes can not be in a block any more.
    static func lapse(
        _ key: String, _ id: Digest, at now: Instant, _ connection: Connection
    ) throws {
        let count = try connection.execute(
            """
            UPDATE outbox SET state = 'pending', jws = NULL, id = NULL, sequence = NULL,
                notAfter = NULL
            WHERE key = ? AND id = ? AND state = 'sent'
            """, [.text(key), .text(id.text)])
        guard count == 1 else { return }
        try AuditLog.append(
            [
                AuditEntry(
                    .transactionLapsed, at: now,
                    ["key": JSON(key), "transaction": JSON(id.text)])
            ], connection)
    }
}

// MARK: - Reading

extension LedgerOutbox {
    private static let columns = """
        key, kind, body, state, enqueued, attempts, jws, id, sequence, notAfter, height, code,
            detail
        """

    package static func entry(_ key: String, _ connection: Connection) throws -> Entry? {
        try connection.first(
            "SELECT \(columns) FROM outbox WHERE key = ?", [.text(key)], read)
    }

    /// What is on its way, in the order of its numbers.
    static func sent(_ connection: Connection) throws -> [Entry] {
        try connection.query(
            "SELECT \(columns) FROM outbox WHERE state = 'sent' ORDER BY sequence", [], read)
    }

    /// What is to be signed next: no kind waits for another one, and of each only as much as may
    /// be on its way at one time.
    static func next(_ connection: Connection) throws -> [Entry] {
        try connection.query(
            """
            SELECT \(columns) FROM (
                SELECT *, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY position)
                    + (SELECT COUNT(*) FROM outbox o WHERE o.state = 'sent' AND o.kind = p.kind)
                    AS turn
                FROM outbox p WHERE state = 'pending'
            ) WHERE turn <= ? ORDER BY turn, position
            """, [.integer(Int64(Limits.transactionsOnTheirWayMaximum))], read)
    }

    static func hasOpen(_ connection: Connection) throws -> Bool {
        try connection.first(
            "SELECT 1 FROM outbox WHERE state IN ('pending', 'sent') LIMIT 1", []
        ) { $0.int(0) } != nil
    }

    /// The newest entries, newest first.
    static func newest(atMost limit: Int, _ connection: Connection) throws -> [Entry] {
        try connection.query(
            "SELECT \(columns) FROM outbox ORDER BY position DESC LIMIT ?",
            [.integer(Int64(limit))], read)
    }

    static func counts(_ connection: Connection) throws -> [(state: String, count: Int64)] {
        try connection.query(
            "SELECT state, COUNT(*) FROM outbox GROUP BY state ORDER BY state", []
        ) { ($0.text(0), $0.int(1)) }
    }

    private static func read(_ row: Row) throws -> Entry {
        guard let state = State(rawValue: row.text(3)) else {
            throw StorageError(.corrupt, "the state of \(row.text(0)) in the outbox is unknown")
        }
        var signed: Signed?
        if let jws = row.optionalText(6) {
            signed = Signed(
                transaction: jws, id: try Digest(hexadecimal: row.text(7)),
                sequence: UInt64(clamping: row.int(8)),
                notAfter: Instant(milliseconds: row.int(9)))
        }
        let outcome = row.optionalText(11).map {
            Outcome(height: UInt64(clamping: row.int(10)), code: $0, detail: row.text(12))
        }
        return Entry(
            key: row.text(0), kind: row.text(1), body: try JSON.parse(row.text(2)), state: state,
            enqueued: Instant(milliseconds: row.int(4)), attempts: row.int(5), signed: signed,
            outcome: outcome)
    }
}
