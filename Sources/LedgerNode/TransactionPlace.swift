import Storage

/// Where a transaction stands.
struct TransactionPlace: Hashable, Sendable {
    let height: UInt64
    /// Within its block, from 0 on.
    let position: Int
}

extension TransactionPlace {
    /// Of a row that begins with height and position.
    init(_ row: Row) {
        self.init(height: UInt64(clamping: row.int(0)), position: Int(clamping: row.int(1)))
    }
}
