import Consensus
import Cryptography
import Encoding
import Ledger
import Storage

/// What a node keeps on disk: blocks as they were signed, and the records that the state is made
/// of. Each block and everything it changed is one durable database transaction.
final class BlockStore: Sendable {
    let database: Database

    /// Opens the store of a network, or begins one with block 0.
    /// - Throws: `conflict` when the store belongs to another genesis; `StorageError`.
    init(path: String, genesis: Genesis) throws {
        database = try Database.open(path: path, migrations: Self.migrations)
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
        let records = try LedgerState.records(of: genesis)
        try database.writeNow { connection in
            try connection.execute(
                "INSERT INTO network (id, genesis, name) VALUES (1, ?, ?)",
                [.blob(genesis.digest.bytes), .text(genesis.network)])
            try Self.store(records, connection)
        }
    }

    /// The state after the newest block, rebuilt from its records and checked against the root that
    /// the representatives agreed on.
    /// - Throws: `data` when they differ.
    func loadState() throws -> LedgerState {
        let records = try database.read { connection in
            try connection.query("SELECT key, value FROM records") {
                RecordChange(key: $0.blob(0), value: $0.blob(1))
            }
        }
        let state: LedgerState
        do { state = try LedgerState(records: records) } catch {
            throw Self.damaged(error.detail)
        }
        guard let block = try newest() else {
            guard state.tip.height == 0 else { throw Self.damaged("blocks are missing") }
            return state
        }
        let header = try BlockHeader(bytes: block.header)
        guard header.height == state.tip.height, header.id == state.tip.block else {
            throw Self.damaged(
                "the newest block is \(header.height), the records are of \(state.tip.height)")
        }
        guard header.stateRoot == state.stateRoot else {
            throw Self.damaged(
                "the records have the root \(state.stateRoot.text), block \(header.height) names "
                    + header.stateRoot.text)
        }
        return state
    }

    private static func damaged(_ what: String) -> NodeError {
        NodeError(
            .data,
            "the stored chain does not fit together: \(what). Move the chain's database aside, "
                + "keep the record of signatures beside it, and start again: the node then fetches "
                + "the blocks from its peers.")
    }

    /// Stores a block with everything it changed; on the disk when this returns.
    func append(_ executed: ExecutedBlock, _ certificate: CommitCertificate) async throws {
        try await database.write { connection in
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
    }

    /// Stores the trees' nodes and roots, the records and their indexes.
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
        try store(executed.roots, candidates: executed.candidateCount, height, connection)
        for deposit in executed.deposits {
            try connection.execute(
                "INSERT INTO deposits (node, id) VALUES (?, ?)",
                [.text(deposit.node.text), .blob(deposit.id.bytes)])
        }
        try store(executed.changes, connection)
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

    private static func store(_ records: [RecordChange], _ connection: Connection) throws {
        for record in records {
            try connection.execute(
                "INSERT INTO records (bucket, key, value) VALUES (?, ?, ?) "
                    + "ON CONFLICT (bucket, key) DO UPDATE SET value = excluded.value",
                [
                    .integer(Int64(record.bucket ?? Self.heldBucket)), .blob(record.key),
                    .blob(record.value),
                ])
        }
    }

    /// Where records are stored that a state holds in memory.
    private static let heldBucket = -1

    func close() { database.close() }
}
