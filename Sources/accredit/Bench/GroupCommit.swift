import Encoding
import Storage

/// What the disk allows an auditor: units of so many durable writes as a credential takes, one
/// after the other, by as many writers at once as there are applicants, through the same writer
/// thread that commits what queued during the last sync. Nothing is judged, signed or sent.
enum GroupCommit {
    /// An application is accepted, what is to be signed is written down, the credential is stored.
    static let writesPerCredential = 3
    static let migration = """
        CREATE TABLE writes (
            id INTEGER PRIMARY KEY,
            body BLOB NOT NULL
        ) STRICT;
        """

    /// Units a second.
    /// - Parameter documents: what a credential's writes hold, each in its turn.
    static func rate(
        count: Int, width: Int, documents: [[UInt8]], folder: String
    ) async throws -> Double {
        let database = try Database.open(
            path: "\(folder)/writes\(width).sqlite", migrations: [migration])
        defer { database.close() }
        let span = try await CPUTime.span {
            try await InParallel.run(count, width: width) { _ in
                for document in documents { try await write(document, database) }
            }
        }
        return Double(count) / span.wall
    }

    // Inlined into another asynchronous function it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    static func write(_ body: [UInt8], _ database: Database) async throws {
        try await database.write { connection in
            try connection.execute("INSERT INTO writes (body) VALUES (?)", [.blob(body)])
        }
    }
}
