import Consensus
import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization

/// Where a committed transaction stands and what it came to.
struct CommittedTransaction: Sendable {
    let height: UInt64
    let index: Int
    let result: StoredResult
}

extension BlockStore {
    func block(_ height: UInt64) throws -> StoredBlock? {
        guard let key = Int64(exactly: height), !lacks(height) else { return nil }
        return try database.read { connection in
            try Self.block(connection, "WHERE height = ?", [.integer(key)])
        }
    }

    func certificate(_ height: UInt64) throws -> CommitCertificate? {
        let bytes = try database.read { connection in
            try connection.first(
                "SELECT certificate FROM blocks WHERE height = ?",
                [.integer(Int64(clamping: height))]
            ) { $0.blob(0) }
        }
        return try bytes.map { try CommitCertificate(json: try JSON.parse($0)) }
    }

    func newest() throws -> StoredBlock? {
        try database.read { connection in
            try Self.block(connection, "ORDER BY height DESC LIMIT 1", [])
        }
    }

    static func block(
        _ connection: Connection, _ which: String, _ bindings: [SQLValue]
    ) throws -> StoredBlock? {
        let row = try connection.first(
            "SELECT height, header, certificate FROM blocks \(which)", bindings
        ) { ($0.int(0), $0.blob(1), $0.blob(2)) }
        guard let (height, header, certificate) = row else { return nil }
        var transactions: [String] = []
        var results: [StoredResult] = []
        _ = try connection.query(
            "SELECT compact, code, detail FROM transactions WHERE height = ? ORDER BY position",
            [.integer(height)]
        ) { row in
            transactions.append(row.text(0))
            results.append(StoredResult(code: row.text(1), detail: row.text(2)))
        }
        return StoredBlock(
            header: header, transactions: transactions, results: results,
            certificate: try CommitCertificate(json: try JSON.parse(certificate)))
    }

    func transaction(_ id: Digest) throws -> CommittedTransaction? {
        // What leaves memory is on the disk by then.
        let newest = lots.withLock { $0.place(of: id) }
        return try database.read { connection in
            guard let place = try newest ?? TransactionLots.find(id, connection) else { return nil }
            return try connection.first(
                "SELECT code, detail FROM transactions WHERE height = ? AND position = ?",
                [.integer(Int64(clamping: place.height)), .integer(Int64(place.position))]
            ) { row in
                CommittedTransaction(
                    height: place.height, index: place.position,
                    result: StoredResult(code: row.text(0), detail: row.text(1)))
            }
        }
    }
}
