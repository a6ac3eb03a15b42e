import Ledger

/// Of a block, what the lists of explorers are made of.
struct ListedBlock: Sendable {
    let header: BlockHeader
    let transactions: [Transaction]
    /// What each came to.
    let codes: [String]

    init(_ executed: ExecutedBlock) {
        header = executed.block.header
        transactions = executed.block.transactions.map(\.transaction)
        codes = executed.results.map(\.code.rawValue)
    }

    /// - Parameter reading: a compact transaction.
    init(_ stored: StoredBlock, reading: (String) throws -> Transaction) throws {
        header = try BlockHeader(bytes: stored.header)
        transactions = try stored.transactions.map(reading)
        codes = stored.results.map(\.code)
    }
}
