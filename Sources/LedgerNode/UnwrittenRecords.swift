import Encoding
import Ledger
import Storage

/// The records of the newest blocks that the table of records does not have yet.
///
/// Blocks change records all over a large table: writing each at once costs a page of the database
/// for some hundred bytes. So a block stores what it changes as one row, and the parts of the table
/// are brought up to date in turn, each once in `turnCount` blocks with all that came for it since.
/// Both are in the block's own transaction, so that a start finds every change in the table or in
/// a row.
struct UnwrittenRecords: Sendable {
    /// Blocks in which every part of the table has its turn.
    static let turnCount: UInt64 = 256

    /// By turn and bucket; of each record the newest.
    private var turns = [[Int: [RecordChange]]](repeating: [:], count: Int(turnCount))
    /// What is being written to the table, by the block it is written with, oldest first.
    private var underWay: [(height: UInt64, records: [Int: [RecordChange]])] = []

    private static func turn(ofBucket bucket: Int) -> Int {
        // Buckets that are neighbours in the table have the same turn, so that pages have.
        bucket / BuiltTree.pageBucketCount % Int(turnCount)
    }

    private static func turn(at height: UInt64) -> Int { Int(height % turnCount) }

    /// What the table does not have yet of a bucket.
    func records(_ bucket: Int) -> [RecordChange] {
        let waiting = turns[Self.turn(ofBucket: bucket)][bucket] ?? []
        if underWay.isEmpty { return waiting }
        return underWay.reduce([]) { $0.replacing(with: $1.records[bucket] ?? []) }
            .replacing(with: waiting)
    }

    /// All of them, in the table's order.
    var byBucket: [(index: Int, records: [RecordChange])] {
        turns.flatMap { $0.map { (index: $0.key, records: $0.value) } }
            .sorted { $0.index < $1.index }
    }

    /// Takes the changes of a block in.
    mutating func add(_ changes: [Placed]) {
        for change in changes {
            let turn = Self.turn(ofBucket: change.bucket)
            turns[turn][change.bucket, default: []].replace(change.record)
        }
    }

    /// What a block writes to the table.
    struct Due: Sendable {
        /// Whose records these are.
        fileprivate let turns: [Int]
        /// In the table's order, turn by turn.
        let records: [Placed]
    }

    /// What the block of `height` with these changes writes to the table: what has its turn and,
    /// while too much waits, what comes next. A start takes that for waiting and finds it in rows
    /// as it is in the table.
    func due(at height: UInt64, with changes: [Placed]) -> Due {
        var due: [Int] = []
        var waiting = turns.reduce(0) { $0 + $1.count }
        for next in height..<height + Self.turnCount
        where due.isEmpty || waiting > Limits.unwrittenBucketsMaximum {
            due.append(Self.turn(at: next))
            waiting -= turns[Self.turn(at: next)].count
        }
        var parts = due.map { turns[$0] }
        for change in changes {
            guard let part = due.firstIndex(of: Self.turn(ofBucket: change.bucket)) else {
                continue
            }
            parts[part][change.bucket, default: []].replace(change.record)
        }
        let records = parts.flatMap { part in
            part.sorted { $0.key < $1.key }.flatMap { bucket, records in
                records.map { Placed(bucket: bucket, record: $0) }
            }
        }
        return Due(turns: due, records: records)
    }

    /// The table has them now.
    mutating func forget(_ due: Due) {
        for turn in due.turns { turns[turn] = [:] }
    }

    /// They are on their way to the table, with the block of `height`.
    mutating func begin(_ due: Due, at height: UInt64) {
        var records: [Int: [RecordChange]] = [:]
        for turn in due.turns {
            records.merge(turns[turn]) { $1 }
            turns[turn] = [:]
        }
        if !records.isEmpty { underWay.append((height, records)) }
    }

    /// The block of `height` is on the disk, with what was written beside it.
    mutating func end(at height: UInt64) { underWay.removeAll { $0.height == height } }

    /// A record and the bucket it falls into.
    struct Placed: Sendable {
        let bucket: Int
        let record: RecordChange
    }

    // MARK: Reading

    /// What the rows of the newest blocks say.
    /// - Parameter height: of the newest block.
    static func read(_ connection: Connection, height: UInt64) throws -> UnwrittenRecords {
        var unwritten = UnwrittenRecords()
        _ = try connection.query(
            "SELECT height, changes FROM record_changes WHERE height > ? ORDER BY height",
            [.integer(Int64(clamping: height) - Int64(turnCount))]
        ) { row in
            let changedAt = UInt64(clamping: row.int(0))
            unwritten.add(
                try parse(row.blob(1)).filter { isWaiting($0, since: changedAt, at: height) })
        }
        return unwritten
    }

    /// Whether no block from the one that changed it on had the record's turn.
    private static func isWaiting(_ placed: Placed, since start: UInt64, at end: UInt64) -> Bool {
        guard start <= end else { return true }
        let turn = UInt64(turn(ofBucket: placed.bucket))
        let pause = (turn + turnCount - start % turnCount) % turnCount
        return pause > end - start
    }

    private static func parse(_ bytes: [UInt8]) throws(LedgerError) -> [Placed] {
        do {
            return try placed(bytes)
        } catch {
            throw LedgerError(.records, "a row of changed records is damaged: \(error.detail)")
        }
    }

    private static func placed(_ bytes: [UInt8]) throws(FormatError) -> [Placed] {
        var reader = ByteReader(bytes)
        var placed: [Placed] = []
        while reader.remainingCount > 0 {
            let bucket = Int(try reader.uint32())
            let key = try reader.bytes(maximumCount: bytes.count)
            let value = try reader.bytes(maximumCount: bytes.count)
            let record = RecordChange(key: key, value: value)
            guard record.bucket == bucket else {
                throw FormatError(.binary, "a record is not of bucket \(bucket)")
            }
            placed.append(Placed(bucket: bucket, record: record))
        }
        return placed
    }

    // MARK: Writing

    /// Stores what a block changes, and forgets rows whose changes are all in the table.
    static func store(
        _ changes: [Placed], at height: UInt64, _ connection: Connection
    ) throws {
        var writer = ByteWriter()
        for change in changes {
            writer.uint32(UInt32(clamping: change.bucket))
            writer.bytes(change.record.key)
            writer.bytes(change.record.value)
        }
        if !writer.bytes.isEmpty {
            try connection.execute(
                "INSERT INTO record_changes (height, changes) VALUES (?, ?)",
                [.integer(Int64(clamping: height)), .blob(writer.bytes)])
        }
        guard height > turnCount else { return }
        try connection.execute(
            "DELETE FROM record_changes WHERE height <= ?",
            [.integer(Int64(clamping: height - turnCount))])
    }
}

extension [RecordChange] {
    /// Puts a record in the place of the one with its key, or behind all.
    fileprivate mutating func replace(_ record: RecordChange) {
        if let index = firstIndex(where: { $0.key == record.key }) {
            self[index] = record
        } else {
            append(record)
        }
    }

    /// These records with `newer` ones in the place of those with their keys.
    func replacing(with newer: [RecordChange]) -> [RecordChange] {
        var result = self
        for record in newer { result.replace(record) }
        return result
    }
}
