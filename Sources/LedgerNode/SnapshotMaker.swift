import Consensus
import Cryptography
import Encoding
import Ledger
import Storage

/// Writes the records of one moment of a store into chunks. What it writes is the same on every
/// node with that block, whatever each has written to its tables by then.
struct SnapshotMaker {
    private let header: BlockHeader
    private let folder: String
    private let genesis: Digest
    private var builder: TreeBuilder
    private var writer = ByteWriter()
    private var chunks: [SnapshotManifest.Chunk] = []

    /// Writes chunks and manifest of the newest block's state into an empty folder.
    /// - Parameter connection: reads one moment of the store.
    /// - Returns: nil for a store without blocks.
    /// - Throws: `data` when the records do not have the root of the block; `StorageError`.
    static func make(
        _ connection: Connection, into folder: String
    ) throws -> SnapshotManifest? {
        let newest = try connection.first(
            "SELECT header, certificate FROM blocks ORDER BY height DESC LIMIT 1"
        ) { (header: $0.blob(0), certificate: $0.blob(1)) }
        let owner = try connection.first("SELECT genesis FROM network") { $0.blob(0) }
        guard let newest, let owner else { return nil }
        let header = try BlockHeader(bytes: newest.header)
        let held = try connection.query(
            "SELECT key, value FROM records WHERE bucket = ? ORDER BY key",
            [.integer(BlockStore.heldBucket)]
        ) { RecordChange(key: $0.blob(0), value: $0.blob(1)) }
        var maker = SnapshotMaker(
            header: header, folder: folder, genesis: try Digest(bytes: owner), held: held)
        for record in held { try maker.take(record) }
        try maker.endChunk()
        try maker.takeStored(connection)
        let manifest = try maker.finish(connection)
        try DurableFile.write(newest.certificate, to: folder + "/certificate", replacing: false)
        try DurableFile.write(manifest.json.bytes, to: folder + "/manifest", replacing: false)
        return manifest
    }

    private init(header: BlockHeader, folder: String, genesis: Digest, held: [RecordChange]) {
        self.header = header
        self.folder = folder
        self.genesis = genesis
        builder = TreeBuilder(held: held)
    }

    /// All records that a state does not hold in memory, bucket by bucket: the table's, and what
    /// the newest blocks changed of them.
    private mutating func takeStored(_ connection: Connection) throws {
        var waiting = try UnwrittenRecords.read(connection, height: header.height).byBucket[...]
        var bucket: (index: Int, records: [RecordChange]) = (0, [])
        _ = try connection.query(
            "SELECT bucket, key, value FROM records WHERE bucket >= 0 ORDER BY bucket, key"
        ) { row in
            let index = Int(clamping: row.int(0))
            if index != bucket.index {
                try take(bucket.records, bucket.index, &waiting)
                bucket = (index, [])
            }
            bucket.records.append(RecordChange(key: row.blob(1), value: row.blob(2)))
        }
        try take(bucket.records, bucket.index, &waiting)
        while let next = waiting.popFirst() { try take(next.records, next.index) }
    }

    private mutating func take(
        _ records: [RecordChange], _ index: Int,
        _ waiting: inout ArraySlice<(index: Int, records: [RecordChange])>
    ) throws {
        while let next = waiting.first, next.index < index {
            waiting.removeFirst()
            try take(next.records, next.index)
        }
        guard let next = waiting.first, next.index == index else {
            return try take(records, index)
        }
        waiting.removeFirst()
        try take(records.replacing(with: next.records), index)
    }

    private mutating func take(_ records: [RecordChange], _ index: Int) throws {
        guard !records.isEmpty else { return }
        let sorted = records.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        builder.add(Bucket(sorted), index)
        for record in sorted { try take(record) }
    }

    private mutating func take(_ record: RecordChange) throws {
        guard let carried = try record.carried(at: header.height) else { return }
        SnapshotChunk.append(carried, to: &writer)
        if writer.bytes.count >= Limits.snapshotChunkByteCount { try endChunk() }
    }

    private mutating func endChunk() throws {
        let bytes = writer.bytes
        guard !bytes.isEmpty else { return }
        try DurableFile.write(
            bytes, to: SnapshotShelf.chunkPath(folder, chunks.count), replacing: false)
        chunks.append(
            SnapshotManifest.Chunk(digest: Digest.sha256(bytes), byteCount: bytes.count))
        writer = ByteWriter()
    }

    /// A damaged disk must not be handed on to others.
    private mutating func finish(_ connection: Connection) throws -> SnapshotManifest {
        try endChunk()
        let roots = try StoredTallies(connection, height: Int64(header.height))?.roots
        guard let roots, roots.state == header.stateRoot, builder.built().root == roots.records
        else {
            throw NodeError(
                .data,
                "the stored records do not have the root of block \(header.height); no snapshot "
                    + "is made of them. Check the disk, and fetch the chain anew from the peers.")
        }
        return SnapshotManifest(header: header, genesis: genesis, chunks: chunks)
    }
}
