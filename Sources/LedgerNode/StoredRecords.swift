import Cryptography
import Ledger
import Storage
import Synchronization

/// The many records of a state, read from the store when they are needed and kept while they are
/// in use.
///
/// The state that reads here may be one block behind the disk, between the moment a block is stored
/// and the moment the state takes it over. Until then the buckets that the block changes are
/// answered from memory, as they were (`expect`).
final class StoredRecords: RecordSource {
    /// Reads one snapshot of the database.
    typealias Reader = @Sendable ((Connection) throws -> Void) throws -> Void

    private struct Shelf: Sendable {
        var recent: [Int: Bucket] = [:]
        var older: [Int: Bucket] = [:]
        /// The buckets of a block being stored, before it.
        var expected: [Int: Bucket] = [:]
        /// What blocks changed and the table does not have yet.
        var unwritten = UnwrittenRecords()
        var failure: String?

        mutating func find(_ index: Int) -> Bucket? {
            if let bucket = expected[index] ?? recent[index] { return bucket }
            guard let bucket = older[index] else { return nil }
            keep(index, bucket)
            return bucket
        }

        /// Keeps what was used last: when one half is full, the older one is let go of.
        mutating func keep(_ index: Int, _ bucket: Bucket) {
            if recent.count >= Limits.keptBucketsMaximum / 2 {
                older = recent
                recent = [:]
            }
            recent[index] = bucket
        }
    }

    private let shelf = Mutex(Shelf())
    private let reader: Reader

    init(_ reader: @escaping Reader) { self.reader = reader }

    convenience init(_ database: Database) {
        self.init { body in try database.read { try body($0) } }
    }

    convenience init(_ database: DatabaseReader) {
        self.init { body in try database.read { try body($0) } }
    }

    func bucket(_ index: Int, isRight: (Bucket) -> Bool) -> Bucket {
        let (kept, unwritten) = shelf.withLock { shelf -> (Bucket?, [RecordChange]) in
            if let bucket = shelf.find(index) { return (bucket, []) }
            return (nil, shelf.unwritten.records(index))
        }
        if let kept { return kept }
        var records: [RecordChange] = []
        do {
            try reader { connection in
                records = try connection.query(
                    "SELECT key, value FROM records WHERE bucket = ?", [.integer(Int64(index))]
                ) { RecordChange(key: $0.blob(0), value: $0.blob(1)) }
            }
        } catch {
            fail("reading them failed: \(error)")
            return Bucket([])
        }
        // Taken before the table was read, which by now may have them.
        let bucket = Bucket(records.replacing(with: unwritten))
        if isRight(bucket) {
            shelf.withLock { $0.keep(index, bucket) }
            return bucket
        }
        // A block was stored while this was read.
        if let before = shelf.withLock({ $0.expected[index] }) { return before }
        fail("bucket \(index) does not have the digest that the representatives agreed on")
        return Bucket([])
    }

    func deposits(of node: Identity) -> [Digest] {
        var found: [Digest] = []
        do {
            try reader { connection in
                found = try connection.query(
                    "SELECT id FROM deposits WHERE node = ?", [.text(node.text)]
                ) { try Digest(bytes: $0.blob(0)) }
            }
        } catch {
            fail("reading the list of deposits failed: \(error)")
        }
        return found
    }

    /// What the table does not have yet, as a start finds it.
    func restore(_ unwritten: UnwrittenRecords) { shelf.withLock { $0.unwritten = unwritten } }

    /// What a block with these changes writes to the table.
    func due(
        at height: UInt64, with changes: [UnwrittenRecords.Placed]
    ) -> UnwrittenRecords.Due {
        shelf.withLock { $0.unwritten.due(at: height, with: changes) }
    }

    /// Call once a block is on the disk.
    func note(_ changes: [UnwrittenRecords.Placed], written due: UnwrittenRecords.Due) {
        shelf.withLock { shelf in
            shelf.unwritten.add(changes)
            shelf.unwritten.forget(due)
        }
    }

    /// Call once a block was queued for the disk, before the state takes it over.
    func note(
        _ changes: [UnwrittenRecords.Placed], writing due: UnwrittenRecords.Due, at height: UInt64
    ) {
        shelf.withLock { shelf in
            shelf.unwritten.add(changes)
            shelf.unwritten.begin(due, at: height)
        }
    }

    /// Call once a queued block is on the disk.
    func end(at height: UInt64) { shelf.withLock { $0.unwritten.end(at: height) } }

    /// Call before a block is stored.
    func expect(_ changes: [BucketChange]) {
        shelf.withLock { shelf in
            for change in changes { shelf.expected[change.index] = change.before }
        }
    }

    func take(_ changes: [BucketChange]) {
        shelf.withLock { shelf in
            shelf.expected = [:]
            for change in changes {
                shelf.older[change.index] = nil
                shelf.keep(change.index, change.after)
            }
        }
    }

    var failure: String? { shelf.withLock(\.failure) }

    func fail(_ detail: String) {
        shelf.withLock { shelf in
            if shelf.failure != nil { return }
            shelf.failure =
                "the stored records cannot be relied on: \(detail). Check the disk and start "
                + "again; if that does not help, move the chain's database aside, keep the record "
                + "of signatures beside it, and start: the node then fetches the blocks from its "
                + "peers."
        }
    }
}
