/// Bounds on what pages take and show, named with their unit.
enum Limits {
    // Documents.
    static let documentByteCountMaximum = 64 * 1024 * 1024
    static let documentValueCountMaximum = 4_000_000

    // What one page lists.
    static let listedBlocksMaximum = 50
    static let listedTransactionsMaximum = 50
    static let latestBlocksCount = 10
    /// Blocks from which the pace of the chain is told.
    static let paceBlocksCount = 30
    static let rankingMaximum = 200
    /// Lines of the chart of results; more could not be told apart.
    static let chartLinesMaximum = 6
    /// Points of one line; more would be finer than a pixel.
    static let chartPointsMaximum = 240
    static let chartMarksMaximum = 12
    static let listedChangesMaximum = 50
    static let listedFactsMaximum = 64
    /// Characters of a stranger's text in a table.
    static let shownTextMaximum = 400
    static let transactionByteCountMaximum = 1024 * 1024
    static let shownDocumentMaximum = 20_000

    // Search.
    static let searchByteCountMaximum = 512
}
