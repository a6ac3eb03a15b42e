import Consensus
import Cryptography
import Encoding
import Ledger
import Storage

/// Makes a store out of the chunks of a snapshot. Nothing of it is used before all records
/// together have the root that the representatives certified.
struct SnapshotImport {
    private let genesis: Genesis
    private let manifest: SnapshotManifest
    private var held: [RecordChange] = []
    private var builder: TreeBuilder?
    /// The stored records of the bucket under way.
    private var bucket: (index: Int, records: [RecordChange]) = (-1, [])
    private var rows: [RecordChange] = []

    /// The proof that an election was held, with the header it stands in.
    struct Seal: Sendable {
        let number: UInt64
        let header: BlockHeader
        let certificate: CommitCertificate
        let proof: RecordProof
    }

    /// Builds the store of the manifest's block at a path where there is none.
    /// - Parameters:
    ///   - certificate: of the manifest's header, verified.
    ///   - chunk: the bytes of a chunk, whose digest was checked.
    /// - Returns: the state; its root is that of the header.
    /// - Throws: `LedgerError` or `FormatError` when the chunks are not what the header says;
    ///   `StorageError`.
    static func build(
        path: String, genesis: Genesis, manifest: SnapshotManifest,
        certificate: CommitCertificate, reclaims: Bool, chunk: (Int) throws -> [UInt8]
    ) throws -> LedgerState {
        let store = try BlockStore(path: path, joining: genesis, reclaims: reclaims)
        defer { store.close() }
        var building = SnapshotImport(genesis: genesis, manifest: manifest)
        for number in manifest.chunks.indices {
            for record in try SnapshotChunk.records(try chunk(number)) {
                try building.take(record, store)
            }
        }
        let tree = try building.finish(store)
        let header = manifest.header
        try store.database.writeNow { connection in
            try BlockStore.store([.tip(header)], connection)
            try LeafPages.store(tree, connection)
            try BlockStore.store(header, certificate, connection)
        }
        let state = try store.loadState()
        try store.database.writeNow { try BlockStore.storeJoined(state, $0) }
        return state
    }

    /// Stores what leads from genesis to the state: it was verified, and others will ask for it.
    static func seal(
        path: String, genesis: Genesis, headers: [(BlockHeader, CommitCertificate)],
        seals: [Seal], reclaims: Bool
    ) throws {
        let store = try BlockStore(path: path, genesis: genesis, reclaims: reclaims)
        defer { store.close() }
        try store.database.writeNow { connection in
            for (header, certificate) in headers + seals.map({ ($0.header, $0.certificate) }) {
                try BlockStore.store(header, certificate, connection)
            }
            for seal in seals {
                try connection.execute(
                    "INSERT INTO elections (number, proof) VALUES (?, ?)",
                    [.integer(Int64(clamping: seal.number)), .blob(seal.proof.json.bytes)])
            }
        }
    }

    private init(genesis: Genesis, manifest: SnapshotManifest) {
        self.genesis = genesis
        self.manifest = manifest
    }

    private mutating func take(_ record: RecordChange, _ store: BlockStore) throws {
        guard let carried = try record.carried(at: manifest.height), carried == record else {
            throw LedgerError(
                .records, "the snapshot has a record that none has, or one of another height")
        }
        if let index = record.bucket {
            try take(stored: record, index)
        } else {
            let isNext = held.last.map { $0.key.lexicographicallyPrecedes(record.key) } ?? true
            guard isNext, builder == nil else { throw Self.outOfOrder }
            held.append(record)
        }
        rows.append(record)
        if rows.count >= Limits.snapshotRowsPerWrite { try write(store) }
    }

    private mutating func take(stored record: RecordChange, _ index: Int) throws {
        if index == bucket.index, let last = bucket.records.last {
            guard last.key.lexicographicallyPrecedes(record.key) else { throw Self.outOfOrder }
        } else {
            guard index > bucket.index else { throw Self.outOfOrder }
            endBucket()
            bucket = (index, [])
        }
        bucket.records.append(record)
    }

    private mutating func endBucket() {
        if builder == nil { builder = TreeBuilder(held: held) }
        if !bucket.records.isEmpty { builder?.add(Bucket(bucket.records), bucket.index) }
    }

    private mutating func write(_ store: BlockStore) throws {
        let batch = rows
        rows.removeAll(keepingCapacity: true)
        try store.database.writeNow { try BlockStore.store(batch, $0) }
    }

    private mutating func finish(_ store: BlockStore) throws -> BuiltTree {
        try write(store)
        endBucket()
        return (builder ?? TreeBuilder(held: held)).built()
    }

    private static let outOfOrder = LedgerError(
        .records, "the records of the snapshot are out of order or there twice")
}
