import Cryptography
import Encoding
import Storage

/// Sessions: which token opens which account, and until when. Tokens are kept as their digests, so
/// that whoever reads the file or a backup of it cannot act for anybody.
extension VoteStore {
    func open(_ session: LoginDesk.Session, at now: Instant) async throws {
        let token = Self.digest(session.token)
        try await database.write { connection in
            try connection.execute(
                "DELETE FROM sessions WHERE expires <= ?", [.integer(now.milliseconds)])
            try connection.execute(
                """
                DELETE FROM sessions WHERE account = ? AND token NOT IN (
                    SELECT token FROM sessions WHERE account = ?
                    ORDER BY expires DESC, token LIMIT ?)
                """,
                [
                    .text(session.account), .text(session.account),
                    .integer(Int64(Limits.sessionsPerAccountMaximum - 1)),
                ])
            try connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?)",
                [.blob(token), .text(session.account), .integer(session.expires.milliseconds)])
        }
    }

    /// The account that a token opens at this time.
    func account(token: String, at now: Instant) throws -> String? {
        try database.read { connection in
            try connection.first(
                "SELECT account FROM sessions WHERE token = ? AND expires > ?",
                [.blob(Self.digest(token)), .integer(now.milliseconds)]
            ) { $0.text(0) }
        }
    }

    func close(token: String) async throws {
        let digest = Self.digest(token)
        try await database.write { connection in
            try connection.execute("DELETE FROM sessions WHERE token = ?", [.blob(digest)])
        }
    }

    private static func digest(_ token: String) -> [UInt8] {
        Digest.sha256(Array(token.utf8)).bytes
    }
}
