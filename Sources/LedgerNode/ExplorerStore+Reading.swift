import Cryptography
import Encoding
import Storage

extension ExplorerStore {
    /// Where the transactions are that an account sent or that name it, newest first.
    /// - Parameters:
    ///   - end: before which place.
    ///   - base: the first block to look at.
    func places(
        of account: String, before end: TransactionPlace, from base: UInt64, limit: Int
    ) throws -> [TransactionPlace] {
        try database.read { connection in
            try connection.query(
                "SELECT p.height, p.position FROM accounts AS a "
                    + "JOIN places AS p ON p.account = a.number WHERE a.account = ? "
                    + "AND p.height >= ? AND (p.height, p.position) < (?, ?) "
                    + "ORDER BY p.height DESC, p.position DESC LIMIT ?",
                [
                    .text(account), .integer(Int64(clamping: base)),
                    .integer(Int64(clamping: end.height)), .integer(Int64(end.position)),
                    .integer(Int64(limit)),
                ], TransactionPlace.init)
        }
    }

    /// Where the newest transaction is that put a node on the list or renewed its place there.
    func newestCandidacy(of node: String) throws -> TransactionPlace? {
        try database.read { connection in
            try connection.first(
                "SELECT height, position FROM candidacies WHERE node = ? "
                    + "ORDER BY height DESC, position DESC LIMIT 1", [.text(node)],
                TransactionPlace.init)
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
