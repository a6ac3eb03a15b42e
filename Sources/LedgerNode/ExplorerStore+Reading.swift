import Cryptography
import Encoding
import Storage

extension ExplorerStore {
    private static func line(_ row: Row) throws -> Line {
        Line(
            height: UInt64(clamping: row.int(0)), position: Int(clamping: row.int(1)),
            id: try Digest(bytes: row.blob(2)), type: row.text(3), sender: row.text(4),
            code: row.text(5))
    }

    /// Transactions of a block from a place on, in their order.
    func lines(block height: UInt64, from position: Int, limit: Int) throws -> [Line] {
        try database.read { connection in
            try connection.query(
                "SELECT height, position, id, type, sender, code FROM transactions "
                    + "WHERE height = ? AND position >= ? ORDER BY position LIMIT ?",
                [
                    .integer(Int64(clamping: height)), .integer(Int64(position)),
                    .integer(Int64(limit)),
                ], Self.line)
        }
    }

    /// Transactions that an account sent or that name it, newest first, before a place.
    func lines(
        of account: String, before place: (height: UInt64, position: Int), limit: Int
    ) throws -> [Line] {
        try database.read { connection in
            try connection.query(
                "SELECT t.height, t.position, t.id, t.type, t.sender, t.code FROM parties AS p "
                    + "JOIN transactions AS t USING (height, position) "
                    + "WHERE p.account = ? AND (p.height, p.position) < (?, ?) "
                    + "ORDER BY p.height DESC, p.position DESC LIMIT ?",
                [
                    .text(account), .integer(Int64(clamping: place.height)),
                    .integer(Int64(place.position)), .integer(Int64(limit)),
                ], Self.line)
        }
    }

    /// The newest applied transaction about a node's candidacy.
    func newestCandidacy(of node: String) throws -> Line? {
        try database.read { connection in
            try connection.query(
                "SELECT t.height, t.position, t.id, t.type, t.sender, t.code FROM parties AS p "
                    + "JOIN transactions AS t USING (height, position) "
                    + "WHERE p.account = ? AND t.code = 'ok' "
                    + "AND t.type IN ('candidate.add', 'candidate.renew') "
                    + "ORDER BY p.height DESC, p.position DESC LIMIT 1",
                [.text(node)], Self.line
            ).first
        }
    }

    func height(ofBlock id: Digest) throws -> UInt64? {
        try database.read { connection in
            try connection.first("SELECT height FROM blocks WHERE id = ?", [.blob(id.bytes)]) {
                UInt64(clamping: $0.int(0))
            }
        }
    }

    /// As it stood after the block of that height, as far as the lists go.
    func turnout(at height: UInt64) throws -> Turnout? {
        try database.read { connection in
            try connection.first(
                "SELECT height, accounts, allowance, voters FROM turnout WHERE height <= ? "
                    + "ORDER BY height DESC LIMIT 1", [.integer(Int64(clamping: height))]
            ) { row in
                Turnout(
                    height: height, accounts: row.int(1), allowance: row.int(2),
                    voters: row.int(3))
            }
        }
    }
}
