import Cryptography
import Ledger
import Storage

/// The digests of the buckets of records on disk, so that a start need not read the records.
///
/// A block stores the digests it changes as one row. Pages of digests are stored anew in turn, as
/// many with a block as the changes since pay for: after one round every change from before it is
/// in its page, and those rows are deleted. So a vote costs 35 bytes here and a 32nd of a page of
/// the database, no block has much more to do than others, and a start reads 32 MiB and the rows of
/// two rounds, however many accounts there are.
struct LeafPages: Sendable {
    /// Changes after which one page has its turn.
    static let changesPerPage = 32
    /// Pages that have their turn with one block at most: a round takes 256 blocks at least.
    static let pagesPerBlockMaximum = BuiltTree.pageCount / 256

    /// The last block that changed a page, by page; 0 for genesis.
    private var changedAt = [UInt64](repeating: 0, count: BuiltTree.pageCount)
    /// The block after which a page was stored.
    private var storedAt = [UInt64](repeating: 0, count: BuiltTree.pageCount)
    /// The first page of this round that has not had its turn.
    private var next = 0
    /// The height after which this round began.
    private var roundBegan: UInt64 = 0
    /// Changes that no turn was taken for.
    private var changesCount = 0
    /// Rows of blocks up to this height are not needed: their changes are in pages.
    private(set) var settled: UInt64 = 0

    /// The pages whose turn it is.
    private var turn: Range<Int> {
        let count = min(changesCount / Self.changesPerPage, Self.pagesPerBlockMaximum)
        return next..<min(next + count, BuiltTree.pageCount)
    }

    /// The pages to be stored with the next block, as they were before it.
    var due: [Int] { turn.filter { changedAt[$0] > storedAt[$0] } }

    /// Takes the block of `height` in, which stores what was due.
    mutating func note(changed leaves: [BucketDigest], at height: UInt64) {
        let turn = turn
        for page in turn where changedAt[page] > storedAt[page] { storedAt[page] = height - 1 }
        next = turn.upperBound
        changesCount -= turn.count * Self.changesPerPage
        if next == BuiltTree.pageCount {
            settled = roundBegan
            (next, roundBegan) = (0, height)
        }
        for leaf in leaves { changedAt[leaf.page] = height }
        changesCount = min(
            changesCount + leaves.count, Self.changesPerPage * BuiltTree.pageCount)
    }

    // MARK: Reading

    /// The tree as stored. Whether its root is the one agreed on is for the state to say.
    static func read(_ connection: Connection) throws -> (tree: BuiltTree, pages: LeafPages) {
        var pages = LeafPages()
        var digests = [[Digest]](repeating: [], count: BuiltTree.pageCount)
        _ = try connection.query("SELECT page, height, digests FROM leaf_pages") { row in
            let page = Int(clamping: row.int(0))
            guard digests.indices.contains(page) else { throw damaged("page \(page)") }
            digests[page] = try parse(row.blob(2), page)
            pages.storedAt[page] = UInt64(clamping: row.int(1))
        }
        pages.changedAt = pages.storedAt
        _ = try connection.query(
            "SELECT height, changes FROM leaf_changes ORDER BY height"
        ) { row in
            let height = UInt64(clamping: row.int(0))
            let changes = try parse(changes: row.blob(1))
            pages.noteRead(changes.count, at: height)
            for leaf in changes where height > pages.storedAt[leaf.page] {
                if digests[leaf.page].isEmpty {
                    digests[leaf.page] = Array(
                        repeating: BuiltTree.emptyLeaf, count: BuiltTree.pageBucketCount)
                }
                digests[leaf.page][leaf.place] = leaf.digest
                pages.changedAt[leaf.page] = height
            }
        }
        return (BuiltTree(pages: digests), pages)
    }

    /// The first round after a start is paid for by the rows that were found.
    private mutating func noteRead(_ count: Int, at height: UInt64) {
        roundBegan = height
        changesCount = min(
            changesCount + count, Self.changesPerPage * BuiltTree.pageCount)
    }

    private static func parse(_ bytes: [UInt8], _ page: Int) throws -> [Digest] {
        guard bytes.count == BuiltTree.pageBucketCount * Digest.byteCount else {
            throw damaged("page \(page)")
        }
        return try stride(from: 0, to: bytes.count, by: Digest.byteCount).map {
            try Digest(bytes: Array(bytes[$0..<$0 + Digest.byteCount]))
        }
    }

    private static let changeByteCount = 3 + Digest.byteCount

    private static func parse(changes bytes: [UInt8]) throws -> [BucketDigest] {
        guard bytes.count.isMultiple(of: changeByteCount) else { throw damaged("a row of changes") }
        return try stride(from: 0, to: bytes.count, by: changeByteCount).map { start in
            let bucket =
                Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
            guard bucket < BuiltTree.pageCount * BuiltTree.pageBucketCount else {
                throw damaged("a row of changes")
            }
            return BucketDigest(
                bucket: bucket,
                digest: try Digest(bytes: Array(bytes[start + 3..<start + changeByteCount])))
        }
    }

    private static func damaged(_ what: String) -> LedgerError {
        LedgerError(.records, "\(what) of the digests of records is damaged")
    }

    // MARK: Writing

    /// Stores all pages of a tree, after block 0.
    static func store(_ tree: BuiltTree, _ connection: Connection) throws {
        for page in 0..<BuiltTree.pageCount {
            let leaves = tree.leaves(ofPage: page)
            if !leaves.isEmpty { try store(leaves, page, after: 0, connection) }
        }
    }

    static func store(
        _ leaves: [Digest], _ page: Int, after height: UInt64, _ connection: Connection
    ) throws {
        try connection.execute(
            "INSERT INTO leaf_pages (page, height, digests) VALUES (?, ?, ?) ON CONFLICT (page) "
                + "DO UPDATE SET height = excluded.height, digests = excluded.digests",
            [
                .integer(Int64(page)), .integer(Int64(clamping: height)),
                .blob(leaves.flatMap(\.bytes)),
            ])
    }

    /// Stores what a block changes, and deletes some of the rows up to `settled`.
    static func store(
        _ leaves: [BucketDigest], at height: UInt64, settled: UInt64, _ connection: Connection
    ) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(leaves.count * changeByteCount)
        for leaf in leaves {
            for shift in [16, 8, 0] {
                bytes.append(UInt8(truncatingIfNeeded: leaf.bucket >> shift))
            }
            bytes += leaf.digest.bytes
        }
        if !bytes.isEmpty {
            try connection.execute(
                "INSERT INTO leaf_changes (height, changes) VALUES (?, ?)",
                [.integer(Int64(clamping: height)), .blob(bytes)])
        }
        try connection.execute(
            "DELETE FROM leaf_changes WHERE height <= ? AND height < "
                + "(SELECT min(height) FROM leaf_changes) + ?",
            [.integer(Int64(clamping: settled)), .integer(rowsPerBlockMaximum)])
    }

    /// Rows that one block deletes at most.
    private static let rowsPerBlockMaximum: Int64 = 32
}
