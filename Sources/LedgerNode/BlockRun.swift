import Consensus
import Encoding
import Ledger
import Storage

/// Blocks in a row, as a node that is behind fetches them: what is needed to execute them again,
/// in a form that is quick to read. 32-bit lengths before each part; for each block its header, its
/// certificate as JSON, the count of its transactions and these.
struct BlockRun: Sendable {
    /// A block of which nothing is believed yet.
    struct Entry: Sendable {
        let header: [UInt8]
        let certificate: [UInt8]
        let transactions: [String]
    }

    let entries: [Entry]

    /// - Throws: `FormatError`.
    init(_ bytes: [UInt8]) throws(FormatError) {
        var reader = ByteReader(bytes)
        var entries: [Entry] = []
        while reader.remainingCount > 0 {
            guard entries.count < Limits.runBlocksMaximum else {
                throw FormatError(
                    .limit, "at most \(Limits.runBlocksMaximum) blocks come at once")
            }
            let header = try reader.bytes(maximumCount: Limits.headerByteCountMaximum)
            let certificate = try reader.bytes(maximumCount: Limits.certificateByteCountMaximum)
            let count = Int(try reader.uint32())
            guard count <= Limits.transactionsPerBlockMaximum else {
                throw FormatError(.limit, "a block has too many transactions")
            }
            var transactions: [String] = []
            for _ in 0..<count {
                transactions.append(
                    try reader.string(maximumByteCount: Limits.transactionByteCountMaximum))
            }
            entries.append(
                Entry(header: header, certificate: certificate, transactions: transactions))
        }
        self.entries = entries
    }
}

extension BlockStore {
    /// The blocks from a height on, as `BlockRun` reads them: as many as may be sent at once, at
    /// least one where there is one, and none that is not here.
    func run(from height: UInt64) throws -> [UInt8] {
        guard let first = Int64(exactly: height), !lacks(height) else { return [] }
        return try database.read { connection in
            let blocks = try connection.query(
                "SELECT height, header, certificate FROM blocks WHERE height >= ? "
                    + "ORDER BY height LIMIT ?",
                [.integer(first), .integer(Int64(Limits.runBlocksMaximum))]
            ) { (height: $0.int(0), header: $0.blob(1), certificate: $0.blob(2)) }
            var writer = ByteWriter()
            for block in blocks {
                writer.bytes(block.header)
                writer.bytes(block.certificate)
                let transactions = try connection.query(
                    "SELECT compact FROM transactions WHERE height = ? ORDER BY position",
                    [.integer(block.height)]
                ) { $0.blob(0) }
                writer.uint32(UInt32(clamping: transactions.count))
                for transaction in transactions { writer.bytes(transaction) }
                if writer.bytes.count >= Limits.runByteCount { break }
            }
            return writer.bytes
        }
    }
}
