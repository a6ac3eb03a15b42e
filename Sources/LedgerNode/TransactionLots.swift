import Cryptography
import Ledger
import Storage

/// Finds transactions by their ids.
///
/// Ids are hashes: in one index over all of them every transaction changes another page of the
/// database, and once that index is large two pages are written for each. So the newest places are
/// kept in memory. When there are enough, they are a lot, which is sorted and stored behind those
/// of before, some rows with each block: no block has much more to do than others. Whoever looks
/// for an id asks memory, and then each lot on the disk, the newest first: some three microseconds
/// for each, a tenth of a millisecond over a million transactions.
///
/// A start forgets what is stored of a lot that is not whole, reads all that no lot has, and stores
/// it at once if it is enough.
struct TransactionLots: Sendable {
    /// So many of the next block's rows are stored of a lot for each of its transactions: a lot is
    /// whole before the next one is full.
    static let rowsPerTransaction = 2

    /// Places that are stored together.
    private struct Lot: Sendable {
        let number: Int64
        /// The newest block of which it has transactions.
        let last: UInt64
        let places: [Digest: TransactionPlace]
        /// In the order of ids, those that no block has stored.
        var rest: ArraySlice<Digest>
    }

    private let size: Int
    private var newest: [Digest: TransactionPlace] = [:]
    private var newestHeight: UInt64 = 0
    private var full: Lot?
    /// The lot whose last rows are on their way to the disk, and the block they are stored with.
    private var underWay: [(height: UInt64, lot: Lot)] = []
    private var nextNumber: Int64 = 1

    /// - Parameter size: transactions that make a lot.
    init(size: Int) { self.size = size }

    /// The place of a transaction, unless it is in a lot on the disk or nowhere.
    func place(of id: Digest) -> TransactionPlace? {
        if let place = newest[id] ?? full?.places[id] { return place }
        return underWay.lazy.compactMap { $0.lot.places[id] }.first
    }

    /// What a block stores of a lot.
    struct Due: Sendable {
        fileprivate let lot: Int64
        fileprivate let rows: [(id: Digest, place: TransactionPlace)]
        /// The newest block of the lot's, when these are its last rows.
        fileprivate let last: UInt64?
    }

    /// What the next block stores, which has so many transactions.
    func due(with count: Int) -> Due? { due(rows: count * Self.rowsPerTransaction) }

    private func due(rows count: Int) -> Due? {
        guard let full, count > 0 else { return nil }
        let ids = full.rest.prefix(count)
        return Due(
            lot: full.number,
            rows: ids.compactMap { id in full.places[id].map { (id, $0) } },
            last: ids.count == full.rest.count ? full.last : nil)
    }

    /// Takes a block in that stores `due`.
    mutating func note(_ ids: some Sequence<Digest>, at height: UInt64, storing due: Due?) {
        if let due, let lot = full {
            full?.rest.removeFirst(due.rows.count)
            if due.last != nil {
                underWay.append((height, lot))
                full = nil
            }
        }
        for (position, id) in ids.enumerated() {
            newest[id] = TransactionPlace(height: height, position: position)
        }
        newestHeight = height
        beginLot()
    }

    /// The block of `height` is on the disk.
    mutating func end(at height: UInt64) { underWay.removeAll { $0.height <= height } }

    private mutating func beginLot() {
        guard full == nil, newest.count >= size else { return }
        full = Lot(
            number: nextNumber, last: newestHeight, places: newest, rest: newest.keys.sorted()[...])
        nextNumber += 1
        newest = [:]
    }
}

// MARK: The disk

extension TransactionLots {
    /// Bytes of an id that a lot has: so few are seldom the same for two.
    private static let prefixByteCount = 8

    private static func prefix(_ id: Digest) -> SQLValue {
        .blob(Array(id.bytes.prefix(prefixByteCount)))
    }

    static func store(_ due: Due, _ connection: Connection) throws {
        try connection.execute(
            "INSERT INTO transaction_places (lot, id, height, position) VALUES (?, ?, ?, ?)",
            each: due.rows.lazy.map { id, place in
                [
                    .integer(due.lot), prefix(id), .integer(Int64(clamping: place.height)),
                    .integer(Int64(place.position)),
                ]
            })
        guard let last = due.last else { return }
        try connection.execute(
            "INSERT INTO transaction_lots (number, last) VALUES (?, ?)",
            [.integer(due.lot), .integer(Int64(clamping: last))])
    }

    /// What a start finds, after it has put the store in order.
    static func open(_ connection: Connection, size: Int) throws -> TransactionLots {
        try connection.execute(
            "DELETE FROM transaction_places WHERE lot > "
                + "(SELECT coalesce(max(number), 0) FROM transaction_lots)")
        var lots = try read(connection, size: size)
        // Or restarts would keep a quiet ledger from ever having a lot.
        if let all = lots.due(rows: .max) {
            try store(all, connection)
            lots.full = nil
        }
        return lots
    }

    /// The places that no lot has.
    private static func read(_ connection: Connection, size: Int) throws -> TransactionLots {
        var lots = TransactionLots(size: size)
        let newest = try connection.first(
            "SELECT last, number FROM transaction_lots ORDER BY number DESC LIMIT 1"
        ) { (last: UInt64(clamping: $0.int(0)), number: $0.int(1)) }
        lots.newestHeight = newest?.last ?? 0
        lots.nextNumber = (newest?.number ?? 0) + 1
        let found = try connection.query(
            "SELECT height, position, id FROM transactions WHERE height > ? ORDER BY height",
            [.integer(Int64(clamping: lots.newestHeight))]
        ) { (place: TransactionPlace($0), id: try Digest(bytes: $0.blob(2))) }
        for (place, id) in found { lots.newest[id] = place }
        lots.newestHeight = found.last?.place.height ?? lots.newestHeight
        lots.beginLot()
        return lots
    }

    /// Where lots on the disk say that a transaction stands, unless its block was dropped.
    static func find(_ id: Digest, _ connection: Connection) throws -> TransactionPlace? {
        try connection.first(
            "SELECT p.height, p.position FROM transaction_lots AS l "
                + "CROSS JOIN transaction_places AS p ON p.lot = l.number AND p.id = ? "
                + "CROSS JOIN transactions AS t ON t.height = p.height "
                + "AND t.position = p.position AND t.id = ? ORDER BY l.number DESC LIMIT 1",
            [prefix(id), .blob(id.bytes)], TransactionPlace.init)
    }

    /// Drops some of the places of a lot whose blocks are all dropped.
    /// - Parameter base: the first height whose block is kept.
    /// - Returns: whether there is more.
    static func sweep(below base: Int64, _ connection: Connection) throws -> Bool {
        let dropped = try connection.query(
            "SELECT number FROM transaction_lots WHERE last < ? ORDER BY number LIMIT 2",
            [.integer(base)]
        ) { $0.int(0) }
        guard let lot = dropped.first else { return false }
        let last = try connection.first(
            "SELECT id FROM transaction_places WHERE lot = ? ORDER BY id LIMIT 1 OFFSET ?",
            [.integer(lot), .integer(Int64(Limits.sweptPlacesMaximum))]
        ) { $0.blob(0) }
        if let last {
            try connection.execute(
                "DELETE FROM transaction_places WHERE lot = ? AND id <= ?",
                [.integer(lot), .blob(last)])
            return true
        }
        try connection.execute("DELETE FROM transaction_places WHERE lot = ?", [.integer(lot)])
        try connection.execute("DELETE FROM transaction_lots WHERE number = ?", [.integer(lot)])
        return dropped.count > 1
    }
}
