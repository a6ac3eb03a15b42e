import Cryptography
import Encoding
import Policies
import Storage

/// What policies on trial said beside the ones in force. Nothing reads this to judge.
extension AuditorStore {
    static let trialMigration = """
        CREATE TABLE trials (
            application TEXT NOT NULL REFERENCES applications (digest),
            policy TEXT NOT NULL REFERENCES policies (digest),
            verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'refer')),
            shadow TEXT NOT NULL REFERENCES policies (digest),
            shadowVerdict TEXT NOT NULL CHECK (shadowVerdict IN ('pass', 'fail', 'refer')),
            findings TEXT NOT NULL,
            cost INTEGER NOT NULL,
            judged INTEGER NOT NULL,
            PRIMARY KEY (application, shadow)
        ) STRICT;
        CREATE INDEX trials_counts ON trials (policy, shadow, verdict, shadowVerdict);
        CREATE INDEX trials_differing ON trials (judged) WHERE verdict <> shadowVerdict;
        """

    struct Trial: Sendable {
        let application: Digest
        let policy: Digest
        let verdict: PolicyOutcome.Verdict
        let shadow: Digest
        let shadowVerdict: PolicyOutcome.Verdict
        let findings: JSON
        let cost: Int
    }

    struct TrialCount: Sendable {
        let policy: Digest
        let shadow: Digest
        let verdict: String
        let shadowVerdict: String
        let count: Int64
    }

    /// The first trial of an application by a policy counts.
    func record(_ trial: Trial, at now: Instant) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    .text(trial.application.text), .text(trial.policy.text),
                    .text(trial.verdict.rawValue), .text(trial.shadow.text),
                    .text(trial.shadowVerdict.rawValue), .text(trial.findings.text),
                    .integer(Int64(trial.cost)), .integer(now.milliseconds),
                ])
        }
    }

    func trialCounts() throws -> [TrialCount] {
        try database.read { connection in
            try connection.query(
                """
                SELECT policy, shadow, verdict, shadowVerdict, COUNT(*) FROM trials
                GROUP BY policy, shadow, verdict, shadowVerdict
                ORDER BY policy, shadow, verdict, shadowVerdict
                """, []
            ) { row in
                TrialCount(
                    policy: try Digest(hexadecimal: row.text(0)),
                    shadow: try Digest(hexadecimal: row.text(1)), verdict: row.text(2),
                    shadowVerdict: row.text(3), count: row.int(4))
            }
        }
    }

    /// The newest applications that a policy on trial judges otherwise.
    func differingTrials(atMost limit: Int) throws -> [JSON] {
        try database.read { connection in
            try connection.query(
                """
                SELECT t.application, a.node, t.policy, t.verdict, t.shadow, t.shadowVerdict,
                    t.findings, t.judged
                FROM trials t JOIN applications a ON a.digest = t.application
                WHERE t.verdict <> t.shadowVerdict ORDER BY t.judged DESC LIMIT ?
                """, [.integer(Int64(limit))]
            ) { row in
                [
                    "application": JSON(row.text(0)), "node": JSON(row.text(1)),
                    "policyDigest": JSON(row.text(2)), "verdict": JSON(row.text(3)),
                    "shadowDigest": JSON(row.text(4)), "shadowVerdict": JSON(row.text(5)),
                    "findings": try JSON.parse(row.text(6)),
                    "judged": JSON(Instant(milliseconds: row.int(7)).rfc3339),
                ]
            }
        }
    }
}
