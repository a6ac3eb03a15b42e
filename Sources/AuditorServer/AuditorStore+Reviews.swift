package import Auditing
import Credentials
package import Cryptography
package import Encoding
import Storage

/// Referred applications, what their reviewers signed, and how each case ended. A decision, its
/// entry in the log and the end it brings about are one transaction.
extension AuditorStore {
    static let reviewMigration = """
        CREATE TABLE reviews (
            application TEXT PRIMARY KEY REFERENCES applications (digest),
            facts TEXT NOT NULL,
            due INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'denied', 'expired')),
            closed INTEGER,
            CHECK ((state = 'open') = (closed IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX reviews_open ON reviews (due) WHERE state = 'open';
        CREATE TABLE review_decisions (
            position INTEGER PRIMARY KEY,
            jti TEXT NOT NULL UNIQUE,
            application TEXT NOT NULL REFERENCES reviews (application),
            reviewer TEXT NOT NULL,
            decision TEXT NOT NULL,
            received INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX review_decisions_of ON review_decisions (application);
        CREATE TABLE review_claims (
            application TEXT NOT NULL REFERENCES reviews (application),
            reviewer TEXT NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (application, reviewer)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX applications_of_node ON applications (node, received);
        INSERT INTO reviews
            SELECT digest,
                '{"referred":"' || strftime('%Y-%m-%dT%H:%M:%SZ', received / 1000, 'unixepoch')
                || '","evidence":' || evidence || ',"findings":' || findings || '}',
                0, 'open', NULL
            FROM applications WHERE state = 'referred';
        """

    /// How a case stands on record.
    enum ReviewState: String, Sendable {
        case open, approved, denied, expired
    }

    struct Review: Sendable {
        let application: Digest
        let facts: String
        let state: ReviewState
        let closed: Instant?
    }

    /// The policy wants people to decide: the case opens.
    package func refer(
        _ digest: Digest, facts: ReviewFacts, due: Instant, at now: Instant
    ) async throws {
        let entry = AuditEntry(
            .referred, at: now,
            [
                "application": JSON(digest.text), "findings": facts.findings,
                "facts": JSON(facts.digest.text), "due": JSON(due.rfc3339),
            ])
        try await database.write { connection in
            let count = try connection.execute(
                """
                UPDATE applications SET state = 'referred', evidence = ?, findings = ?
                WHERE digest = ? AND state = 'accepted'
                """,
                [.text(facts.evidence.text), .text(facts.findings.text), .text(digest.text)])
            guard count == 1 else { return }
            try connection.execute(
                "INSERT INTO reviews VALUES (?, ?, ?, 'open', NULL)",
                [.text(digest.text), .text(facts.text), .integer(due.milliseconds)])
            try AuditLog.append([entry], connection)
        }
    }

    /// Records a decision if it may enter the case, and closes the case if it decides it.
    /// - Throws: `ReviewRefusal`; of code `known` for a decision that was handed in before.
    func decide(
        _ decision: ReviewDecision, in review: ReviewCase, at now: Instant
    ) async throws -> ReviewState {
        let digest = review.application.digest
        return try await database.write { connection in
            let known = try connection.first(
                "SELECT received FROM review_decisions WHERE jti = ?", [.text(decision.draft.id)]
            ) { Instant(milliseconds: $0.int(0)) }
            if let known {
                throw ReviewRefusal(
                    .known, "a decision of this id was recorded already, at \(known.rfc3339)")
            }
            let rows = try Self.decisions(of: digest, connection)
            guard let row = try Self.review(digest, connection) else {
                throw StorageError(.corrupt, "the case of \(digest.text) is not in the store")
            }
            if row.state != .open, decision.kind != .comment {
                throw ReviewRefusal(.closed, "the case is \(row.state.rawValue) already")
            }
            let earlier = rows.map(\.decision)
            if let refusal = review.refusal(of: decision, after: earlier, at: now) { throw refusal }
            try connection.execute(
                """
                INSERT INTO review_decisions (jti, application, reviewer, decision, received)
                VALUES (?, ?, ?, ?, ?)
                """,
                [
                    .text(decision.draft.id), .text(digest.text), .text(decision.reviewer),
                    .text(decision.jws.compact), .integer(now.milliseconds),
                ])
            let entry = AuditEntry(
                .decided, at: now,
                [
                    "application": JSON(digest.text), "reviewer": JSON(decision.reviewer),
                    "decision": JSON(decision.kind.rawValue),
                    "digest": JSON(Digest.sha256(Array(decision.jws.compact.utf8)).text),
                ])
            try AuditLog.append([entry], connection)
            guard row.state == .open else { return row.state }
            let standing = review.standing(of: earlier + [decision], at: now)
            return try Self.close(digest, standing, at: now, connection)
        }
    }

    /// Closes a case whose time is over.
    func expire(_ review: ReviewCase, at now: Instant) async throws -> ReviewState {
        let digest = review.application.digest
        return try await database.write { connection in
            guard let row = try Self.review(digest, connection), row.state == .open else {
                return .open
            }
            let decisions = try Self.decisions(of: digest, connection).map(\.decision)
            return try Self.close(
                digest, review.standing(of: decisions, at: now), at: now, connection)
        }
    }

    private static func close(
        _ digest: Digest, _ standing: ReviewStanding, at now: Instant, _ connection: Connection
    ) throws -> ReviewState {
        let state: ReviewState
        switch standing {
        case .pending: return .open
        case .approved: state = .approved
        case .denied: state = .denied
        case .expired: state = .expired
        }
        try connection.execute(
            "UPDATE reviews SET state = ?, closed = ? WHERE application = ? AND state = 'open'",
            [.text(state.rawValue), .integer(now.milliseconds), .text(digest.text)])
        let entry = AuditEntry(
            .reviewClosed, at: now,
            ["application": JSON(digest.text), "outcome": JSON(state.rawValue)])
        try AuditLog.append([entry], connection)
        return state
    }

    /// Notes who looks at a case; nil lets go of it.
    func claim(
        _ digest: Digest, by reviewer: String, until: Instant?, at now: Instant
    ) async throws {
        let entry = AuditEntry(
            .reviewClaimed, at: now,
            [
                "application": JSON(digest.text), "reviewer": JSON(reviewer),
                "until": until.map { JSON($0.rfc3339) } ?? .null,
            ])
        try await database.write { connection in
            try connection.execute(
                "DELETE FROM review_claims WHERE application = ? AND reviewer = ?",
                [.text(digest.text), .text(reviewer)])
            if let until {
                try connection.execute(
                    "INSERT INTO review_claims VALUES (?, ?, ?)",
                    [.text(digest.text), .text(reviewer), .integer(until.milliseconds)])
            }
            try AuditLog.append([entry], connection)
        }
    }
}

// MARK: - Reading

extension AuditorStore {
    struct StoredDecision: Sendable {
        let decision: ReviewDecision
        let received: Instant
    }

    func review(_ digest: Digest) throws -> Review? {
        try database.read { try Self.review(digest, $0) }
    }

    func decisions(of digest: Digest) throws -> [StoredDecision] {
        try database.read { try Self.decisions(of: digest, $0) }
    }

    /// Cases in the order they are due, open or all.
    func reviews(all: Bool, atMost limit: Int) throws -> [Digest] {
        try database.read { connection in
            try connection.query(
                "SELECT application FROM reviews WHERE state = 'open' OR ? ORDER BY due LIMIT ?",
                [.integer(all ? 1 : 0), .integer(Int64(limit))]
            ) { try Digest(hexadecimal: $0.text(0)) }
        }
    }

    /// Cases whose time is over and that are still open.
    func overdueReviews(at now: Instant) throws -> [Digest] {
        try database.read { connection in
            try connection.query(
                "SELECT application FROM reviews WHERE state = 'open' AND due <= ?",
                [.integer(now.milliseconds)]
            ) { try Digest(hexadecimal: $0.text(0)) }
        }
    }

    /// Cases that are decided and have no answer yet.
    func unansweredReviews() throws -> [Digest] {
        try database.read { connection in
            try connection.query(
                """
                SELECT r.application FROM applications a JOIN reviews r ON r.application = a.digest
                WHERE a.state = 'referred' AND r.state <> 'open' ORDER BY r.closed
                """, []
            ) { try Digest(hexadecimal: $0.text(0)) }
        }
    }

    func claims(on digest: Digest, at now: Instant) throws -> [ReviewDossier.Claim] {
        try database.read { connection in
            try connection.query(
                """
                SELECT reviewer, until FROM review_claims WHERE application = ? AND until > ?
                ORDER BY until
                """, [.text(digest.text), .integer(now.milliseconds)]
            ) {
                ReviewDossier.Claim(
                    reviewer: $0.text(0), until: Instant(milliseconds: $0.int(1)))
            }
        }
    }

    /// What else the node applied for, newest first.
    func otherApplications(
        of node: String, but digest: Digest, atMost limit: Int
    ) throws -> [ReviewDossier.Earlier] {
        try database.read { connection in
            try connection.query(
                """
                SELECT a.digest, a.received, a.state, i.credential FROM applications a
                LEFT JOIN issuances i ON i.application = a.digest
                WHERE a.node = ? AND a.digest <> ? ORDER BY a.received DESC LIMIT ?
                """, [.text(node), .text(digest.text), .integer(Int64(limit))]
            ) { row in
                var outcome = row.text(2)
                var reason: String?
                if let credential = row.optionalText(3).flatMap({ try? Credential($0) }) {
                    switch credential.claims.consent {
                    case .granted: outcome = "consent"
                    case .refused(let code): (outcome, reason) = ("refusal", code)
                    }
                }
                return ReviewDossier.Earlier(
                    application: try Digest(hexadecimal: row.text(0)),
                    received: Instant(milliseconds: row.int(1)), outcome: outcome, reason: reason)
            }
        }
    }

    private static func review(_ digest: Digest, _ connection: Connection) throws -> Review? {
        try connection.first(
            "SELECT facts, state, closed FROM reviews WHERE application = ?", [.text(digest.text)]
        ) { row in
            guard let state = ReviewState(rawValue: row.text(1)) else {
                throw StorageError(.corrupt, "the state of case \(digest.text) is unknown")
            }
            return Review(
                application: digest, facts: row.text(0), state: state,
                closed: row.optionalInt(2).map { Instant(milliseconds: $0) })
        }
    }

    private static func decisions(
        of digest: Digest, _ connection: Connection
    ) throws -> [StoredDecision] {
        try connection.query(
            """
            SELECT decision, received FROM review_decisions WHERE application = ?
            ORDER BY position
            """, [.text(digest.text)]
        ) {
            StoredDecision(
                decision: try ReviewDecision.verify($0.text(0)),
                received: Instant(milliseconds: $0.int(1)))
        }
    }
}
