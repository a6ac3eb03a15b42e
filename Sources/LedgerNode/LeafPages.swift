import Cryptography
import Ledger
import Storage

/// The digests of the buckets of records on disk, so that a start need not read the records.
///
/// A block stores the digests it changes as one row. Pages of digests are stored anew in turn, so
/// that each page comes once in `turnCount` blocks: every change is in its page by then, and older
/// rows are deleted. So a vote costs 35 bytes here and not a page of the database, no block has
/// much more to do than others, and a start reads 32 MiB and the last rows, however many accounts
/// there are.
struct LeafPages: Sendable {
    /// Blocks in which every page has its turn.
    static let turnCount: UInt64 = 256

    /// The last block that changed a page, by page; 0 for genesis.
    private var changedAt = [UInt64](repeating: 0, count: BuiltTree.pageCount)
    /// The block after which a page was stored.
    private var storedAt = [UInt64](repeating: 0, count: BuiltTree.pageCount)

    /// The pages to be stored with the block of `height`, as they were before it.
    func due(at height: UInt64) -> [Int] {
        stride(
            from: Int(height % Self.turnCount), to: BuiltTree.pageCount, by: Int(Self.turnCount)
        ).filter { changedAt[$0] > storedAt[$0] }
    }

    mutating func note(stored pages: [Int], changed leaves: [BucketDigest], at height: UInt64) {
        for page in pages { storedAt[page] = height - 1 }
        for leaf in leaves { changedAt[leaf.page] = height }
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
            for leaf in try parse(changes: row.blob(1)) where height > pages.storedAt[leaf.page] {
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

    /// Stores what a block changes, and forgets what is in the pages by now.
    static func store(
        _ leaves: [BucketDigest], at height: UInt64, _ connection: Connection
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
        guard height > turnCount else { return }
        try connection.execute(
            "DELETE FROM leaf_changes WHERE height <= ?",
            [.integer(Int64(clamping: height - turnCount))])
    }
}
