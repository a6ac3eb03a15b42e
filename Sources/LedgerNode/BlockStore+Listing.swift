import Cryptography
import Encoding
import Ledger
import Storage

/// A committed transaction as lists show it.
struct ListedTransaction: Sendable {
    let place: TransactionPlace
    let id: Digest
    let type: String
    let sender: String
    let code: String

    var json: JSON {
        [
            "height": JSON(place.height), "index": JSON(place.position), "id": .string(id.text),
            "type": .string(type), "sender": .string(sender), "code": .string(code),
        ]
    }
}

extension BlockStore {
    /// Transactions of a block from a place on, in their order; none when it is not here.
    func listed(
        block height: UInt64, from position: Int, limit: Int
    ) throws -> [ListedTransaction] {
        guard let key = Int64(exactly: height), !lacks(height) else { return [] }
        return try database.read { connection in
            try Self.listed(
                connection, "height = ? AND position >= ? ORDER BY position LIMIT ?",
                [.integer(key), .integer(Int64(position)), .integer(Int64(limit))])
        }
    }

    /// The transactions at these places, as far as their blocks are here.
    func listed(at places: some Sequence<TransactionPlace>) throws -> [ListedTransaction] {
        try database.read { connection in
            try places.flatMap { place in
                try Self.listed(
                    connection, "height = ? AND position = ?",
                    [.integer(Int64(clamping: place.height)), .integer(Int64(place.position))])
            }
        }
    }

    private static func listed(
        _ connection: Connection, _ which: String, _ bindings: [SQLValue]
    ) throws -> [ListedTransaction] {
        try connection.query(
            "SELECT height, position, compact, code FROM transactions WHERE \(which)", bindings
        ) { row in
            let transaction = try Transaction(compact: row.text(2))
            return ListedTransaction(
                place: TransactionPlace(row), id: transaction.id, type: transaction.body.type,
                sender: transaction.sender.text, code: row.text(3))
        }
    }
}
