import Encoding
import Storage

/// A log that must not grow any more. The mark stands in the database that was found to be old, so
/// that it goes with it when a newer one takes its place.
extension AuditLog {
    static let haltMigration = """
        CREATE TABLE log_halt (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            evidence TEXT NOT NULL,
            since INTEGER NOT NULL
        ) STRICT;
        """

    /// What people are told, with what was found out.
    static func refusal(_ evidence: String) -> String {
        "\(evidence). This store is an old backup. Nothing is signed or recorded with it. Stop the "
            + "server and restore the newest backup; if there is none, see \"A restored backup\" "
            + "in the manual."
    }

    /// From here on nothing is appended, and so no act is recorded. The first reason stays.
    static func halt(_ evidence: String, at now: Instant, _ connection: Connection) throws {
        try connection.execute(
            "INSERT INTO log_halt VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
            [.text(evidence), .integer(now.milliseconds)])
    }

    /// The evidence for which nothing is appended; nil for a log that grows.
    static func halted(_ connection: Connection) throws -> String? {
        try connection.first("SELECT evidence FROM log_halt WHERE id = 1") { $0.text(0) }
    }
}
