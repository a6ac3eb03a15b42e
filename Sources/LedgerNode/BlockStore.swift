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

    /// Opens the store of a network, or begins one with block 0.
    /// - Throws: `conflict` when the store belongs to another genesis; `StorageError`.
    init(path: String, genesis: Genesis) throws {
        // Of records, all that is read is held against digests, and there are too many to read
        // all of them.
        let database = try Database.open(
            path: path, migrations: Self.migrations, unchecked: ["records"])
        self.database = database
        records = StoredRecords(database)
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

    /// To be asked of the state before the block of `height`.
    func duePages(_ state: LedgerState, at height: UInt64) -> DuePages {
        leafPages.withLock { $0.due(at: height) }.map { ($0, state.leaves(ofPage: $0)) }
    }

    /// Stores a block with everything it changed; on the disk when this returns. The state that it
    /// follows must take it over next.
    func append(
        _ executed: ExecutedBlock, _ certificate: CommitCertificate, pages: DuePages
    ) async throws {
        records.expect(executed.buckets)
        let number = executed.block.header.height
        let leaves = executed.leaves
        let held = executed.changes.filter(\.isHeld)
        let changes = executed.changes.compactMap { record in
            record.bucket.map { UnwrittenRecords.Placed(bucket: $0, record: record) }
        }
        let due = records.due(at: number, with: changes)
        try await database.write { connection in
            for (page, digests) in pages {
                try LeafPages.store(digests, page, after: number - 1, connection)
            }
            try LeafPages.store(leaves, at: number, connection)
            try UnwrittenRecords.store(changes, at: number, connection)
            for record in held { try Self.store(record, Self.heldBucket, connection) }
            for placed in due.records {
                try Self.store(placed.record, Int64(placed.bucket), connection)
            }
            let header = executed.block.header
            let height = Int64(header.height)
            try connection.execute(
                "INSERT INTO blocks (height, id, time, header, certificate) VALUES (?, ?, ?, ?, ?)",
                [
                    .integer(height), .blob(header.id.bytes), .integer(header.time.milliseconds),
                    .blob(header.bytes), .blob(certificate.json.bytes),
                ])
            let pairs = zip(executed.block.transactions, executed.results)
            for (index, (verified, result)) in pairs.enumerated() {
                try connection.execute(
                    "INSERT INTO transactions (height, position, id, compact, code, detail) "
                        + "VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        .integer(height), .integer(Int64(index)), .blob(verified.id.bytes),
                        .text(verified.transaction.jws.compact), .text(result.code.rawValue),
                        .text(result.detail),
                    ])
            }
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
        records.note(changes, written: due)
        leafPages.withLock { $0.note(stored: pages.map(\.page), changed: leaves, at: number) }
    }

    /// Stores the trees' nodes and roots and the indexes of records.
    private static func store(
        _ executed: ExecutedBlock, _ height: Int64, _ connection: Connection
    ) throws {
        for node in executed.tallyNodes {
            try connection.execute(
                "INSERT INTO tally_nodes (level, position, height, digest) VALUES (?, ?, ?, ?)",
                [
                    .integer(Int64(node.level)), .integer(Int64(node.index)), .integer(height),
                    .blob(node.digest.bytes),
                ])
        }
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

    private static func store(
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

    func close() { database.close() }
}
