import Consensus
import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization

/// What a node keeps on disk: blocks as they were signed, and the records that the state is made
/// of. Each block and everything it changed is one durable database transaction.
final class BlockStore: Sendable {
    let database: Database
    /// The records that the state does not hold in memory.
    let records: StoredRecords
    private let leafPages = Mutex(LeafPages())
    let lots: Mutex<TransactionLots>
    let kept = Atomic<UInt64>(1)
    /// Moments of the store from which snapshots are due.
    let moments: AsyncStream<PinnedRead>
    private let due: AsyncStream<PinnedRead>.Continuation
    private let snapshotInterval = Atomic<UInt64>(0)
    let queue = Mutex(Queue())

    /// Opens the store of a network, or begins one with block 0.
    /// - Parameters:
    ///   - reclaims: whether the space of dropped blocks is to be given back.
    ///   - lotSize: transactions whose places are stored together.
    /// - Throws: `conflict` when the store belongs to another genesis; `StorageError`.
    convenience init(
        path: String, genesis: Genesis, reclaims: Bool = false,
        lotSize: Int = Limits.lotTransactionsCount
    ) throws {
        try self.init(path: path, reclaims: reclaims, lotSize: lotSize)
        let owner = try database.read { connection in
            try connection.first("SELECT genesis, name FROM network") { ($0.blob(0), $0.text(1)) }
        }
        if let owner {
            guard owner.0 == genesis.digest.bytes else {
                database.close()
                throw NodeError(
                    .conflict,
                    "\(path) holds the chain of network \(owner.1) with another genesis file "
                        + "(SHA-256 \(Hexadecimal.encode(owner.0)), not \(genesis.digest.text)). "
                        + "Correct the member genesis or data of the configuration.")
            }
            return
        }
        try database.writeNow { try Self.begin(genesis, $0) }
    }

    /// Begins a store that a snapshot is put into.
    convenience init(path: String, joining genesis: Genesis, reclaims: Bool) throws {
        try self.init(path: path, reclaims: reclaims, lotSize: Limits.lotTransactionsCount)
        try database.writeNow { try Self.name(genesis, $0) }
    }

    private init(path: String, reclaims: Bool, lotSize: Int) throws {
        // Of records, all that is read is held against digests, and there are too many to read
        // all of them.
        database = try Database.open(
            path: path, migrations: Self.migrations, unchecked: ["records"], reclaims: reclaims)
        records = StoredRecords(database)
        lots = Mutex(try database.writeNow { try TransactionLots.open($0, size: lotSize) })
        (moments, due) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        kept.store(try database.read { try Self.base($0) }, ordering: .relaxed)
    }

    /// The state after the newest block, checked against the root that the representatives agreed
    /// on.
    /// - Throws: `data` when they differ.
    func loadState() throws -> LedgerState {
        let (state, pages) = try database.read { try Self.loadState($0, records) }
        leafPages.withLock { $0 = pages }
        return state
    }

    /// What a block stores anew of the digests of records, besides what it changes.
    typealias DuePages = [(page: Int, leaves: [Digest])]

    /// To be asked of the state before the next block.
    func duePages(_ state: LedgerState) -> DuePages {
        leafPages.withLock { $0.due }.map { ($0, state.leaves(ofPage: $0)) }
    }

    /// Stores a block with everything it changed; on the disk when this returns. The state that it
    /// follows must take it over next.
    func append(
        _ executed: ExecutedBlock, _ certificate: CommitCertificate, pages: DuePages
    ) async throws {
        let prepared = prepare(executed, certificate, pages: pages)
        try await database.write(prepared.write)
        records.note(prepared.changes, written: prepared.written)
        note(prepared)
        lots.withLock { $0.end(at: prepared.height) }
        pin(after: prepared.height)
    }

    /// Takes in what a block stores, whether it is on the disk already or on its way.
    func note(_ prepared: Prepared) {
        leafPages.withLock { $0.note(changed: prepared.leaves, at: prepared.height) }
        lots.withLock {
            $0.note(prepared.ids, at: prepared.height, storing: prepared.places)
        }
    }

    /// From here on the records that the block changes are answered as they were before it, until
    /// the state takes it over.
    func prepare(
        _ executed: ExecutedBlock, _ certificate: CommitCertificate, pages: DuePages
    ) -> Prepared {
        records.expect(executed.buckets)
        let number = executed.block.header.height
        let leaves = executed.leaves
        let held = executed.changes.filter(\.isHeld)
        let changes = executed.changes.compactMap { record in
            record.bucket.map { UnwrittenRecords.Placed(bucket: $0, record: record) }
        }
        let written = records.due(at: number, with: changes)
        let settled = leafPages.withLock(\.settled)
        let (transactions, results) = (executed.block.transactions, executed.results)
        let places = lots.withLock { $0.due(with: transactions.count) }
        let write: @Sendable (Connection) throws -> Void = { connection in
            try Self.follow(number, connection)
            for (page, digests) in pages {
                try LeafPages.store(digests, page, after: number - 1, connection)
            }
            try LeafPages.store(leaves, at: number, settled: settled, connection)
            try UnwrittenRecords.store(changes, at: number, connection)
            for record in held { try Self.store(record, Self.heldBucket, connection) }
            for placed in written.records {
                try Self.store(placed.record, Int64(placed.bucket), connection)
            }
            let header = executed.block.header
            let height = Int64(header.height)
            try Self.store(header, certificate, connection)
            try connection.execute(
                "INSERT INTO transactions (height, position, id, compact, code, detail) "
                    + "VALUES (?, ?, ?, ?, ?, ?)",
                each: transactions.indices.lazy.map { index in
                    [
                        .integer(height), .integer(Int64(index)),
                        .blob(transactions[index].id.bytes),
                        .text(transactions[index].transaction.compact),
                        .text(results[index].code.rawValue), .text(results[index].detail),
                    ]
                })
            if let places { try TransactionLots.store(places, connection) }
            for entry in executed.tallies {
                try connection.execute(
                    "INSERT INTO tallies (number, height, votes, listed, previous) "
                        + "VALUES (?, ?, ?, ?, ?)",
                    [
                        .integer(Int64(clamping: entry.number)), .integer(height),
                        .integer(Int64(bitPattern: entry.votes)),
                        .integer(entry.isListed ? 1 : 0), .integer(Int64(entry.previousHeight)),
                    ])
                if entry.previousHeight == 0 {
                    try connection.execute(
                        "INSERT INTO candidates (number, node) VALUES (?, ?)",
                        [
                            .integer(Int64(clamping: entry.number)), .text(entry.candidate.text),
                        ])
                }
            }
            try Self.store(executed, height, connection)
        }
        return Prepared(
            height: number, changes: changes, written: written, leaves: leaves,
            ids: transactions.map(\.id), places: places, write: write)
    }

    /// Keeps a moment for a snapshot after every so many blocks. Heights are the same on all
    /// nodes, so that one which joins can fetch parts from several.
    func pinMoments(every interval: UInt64) {
        snapshotInterval.store(interval, ordering: .relaxed)
    }

    private func pin(after height: UInt64) {
        let interval = snapshotInterval.load(ordering: .relaxed)
        guard interval > 0, height.isMultiple(of: interval), let moment = try? database.pin()
        else { return }
        due.yield(moment)
    }

    /// Stores the trees' nodes and roots and the indexes of records.
    private static func store(
        _ executed: ExecutedBlock, _ height: Int64, _ connection: Connection
    ) throws {
        try store(executed.tallyNodes, height, connection)
        if let election = executed.election, let proof = executed.electionProof {
            try connection.execute(
                "INSERT INTO elections (number, proof) VALUES (?, ?)",
                [.integer(Int64(clamping: election.number)), .blob(proof.json.bytes)])
        }
        try store(executed.roots, candidates: executed.candidateCount, height, connection)
        for deposit in executed.deposits {
            try connection.execute(
                "INSERT INTO deposits (node, id) VALUES (?, ?)",
                [.text(deposit.node.text), .blob(deposit.id.bytes)])
            try connection.execute(
                "INSERT INTO auditor_deposits (auditor, id, held) VALUES (?, ?, 1)",
                [.text(deposit.auditor), .blob(deposit.id.bytes)])
        }
        for id in executed.refunds {
            try connection.execute(
                "UPDATE auditor_deposits SET held = 0 WHERE id = ?", [.blob(id.bytes)])
        }
    }

    static func store(
        _ nodes: [TallyNode], _ height: Int64, _ connection: Connection
    ) throws {
        for node in nodes {
            try connection.execute(
                "INSERT INTO tally_nodes (level, position, height, digest) VALUES (?, ?, ?, ?)",
                [
                    .integer(Int64(node.level)), .integer(Int64(node.index)), .integer(height),
                    .blob(node.digest.bytes),
                ])
        }
    }

    static func store(
        _ roots: StateRoots, candidates: Int, _ height: Int64, _ connection: Connection
    ) throws {
        try connection.execute(
            "INSERT INTO roots (height, records, tallies, candidates) VALUES (?, ?, ?, ?)",
            [
                .integer(height), .blob(roots.records.bytes), .blob(roots.tallies.bytes),
                .integer(Int64(candidates)),
            ])
    }

    static func store(_ records: [RecordChange], _ connection: Connection) throws {
        for record in records {
            try store(record, record.bucket.map { Int64($0) } ?? heldBucket, connection)
        }
    }

    private static func store(
        _ record: RecordChange, _ bucket: Int64, _ connection: Connection
    ) throws {
        try connection.execute(
            "INSERT INTO records (bucket, key, value) VALUES (?, ?, ?) "
                + "ON CONFLICT (bucket, key) DO UPDATE SET value = excluded.value",
            [.integer(bucket), .blob(record.key), .blob(record.value)])
    }

    /// Where records are stored that a state holds in memory.
    static let heldBucket: Int64 = -1

    /// No more moments are kept.
    func endMoments() { due.finish() }

    func close() {
        endMoments()
        database.close()
    }
}
