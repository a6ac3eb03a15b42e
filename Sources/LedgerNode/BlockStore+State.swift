import Consensus
import Cryptography
import Encoding
import Ledger
import Storage

extension BlockStore {
    /// The state after the newest block of a store. Accounts, deposits and owners stay on the disk
    /// and are read when they are needed.
    /// - Parameter records: reads the same store.
    /// - Throws: `data` when the state's root is not the one the representatives agreed on.
    static func loadState(
        _ connection: Connection, _ records: StoredRecords
    ) throws -> (state: LedgerState, pages: LeafPages) {
        let held = try connection.query(
            "SELECT key, value FROM records WHERE bucket = ?", [.integer(heldBucket)]
        ) { RecordChange(key: $0.blob(0), value: $0.blob(1)) }
        let header = try connection.first(
            "SELECT header FROM blocks ORDER BY height DESC LIMIT 1"
        ) { try BlockHeader(bytes: $0.blob(0)) }
        let state: LedgerState
        let pages: LeafPages
        do {
            let read = try LeafPages.read(connection)
            pages = read.pages
            records.restore(
                try UnwrittenRecords.read(connection, height: header?.height ?? 0))
            state = try LedgerState(
                held: held, source: records, tree: read.tree, root: header?.stateRoot)
        } catch let error as LedgerError {
            throw damaged(error.detail)
        }
        guard let header else {
            guard state.tip.height == 0 else { throw damaged("blocks are missing") }
            return (state, pages)
        }
        guard header.height == state.tip.height, header.id == state.tip.block else {
            throw damaged(
                "the newest block is \(header.height), the records are of \(state.tip.height)")
        }
        return (state, pages)
    }

    private static func damaged(_ what: String) -> NodeError {
        NodeError(
            .data,
            "the stored chain does not fit together: \(what). Move the chain's database aside, "
                + "keep the record of signatures beside it, and start again: the node then fetches "
                + "the blocks from its peers.")
    }

    /// Stores the first state of a network.
    static func begin(_ genesis: Genesis, _ connection: Connection) throws {
        let records = try LedgerState.records(of: genesis)
        try name(genesis, connection)
        try store(records, connection)
        var builder = TreeBuilder(held: records.filter(\.isHeld))
        builder.add(records)
        try LeafPages.store(builder.built(), connection)
    }

    /// Says whose store it is.
    static func name(_ genesis: Genesis, _ connection: Connection) throws {
        try connection.execute(
            "INSERT INTO network (id, genesis, name) VALUES (1, ?, ?)",
            [.blob(genesis.digest.bytes), .text(genesis.network)])
    }

    /// Stores a header with its certificate, unless it is there.
    static func store(
        _ header: BlockHeader, _ certificate: CommitCertificate, _ connection: Connection
    ) throws {
        try connection.execute(
            "INSERT INTO blocks (height, id, time, header, certificate) VALUES (?, ?, ?, ?, ?) "
                + "ON CONFLICT (height) DO NOTHING",
            [
                .integer(Int64(clamping: header.height)), .blob(header.id.bytes),
                .integer(header.time.milliseconds), .blob(header.bytes),
                .blob(certificate.json.bytes),
            ])
    }

    /// Stores what a store has besides the records of a state that came as a snapshot: indexes,
    /// and the tallies of its height, with which their history begins here.
    static func storeJoined(_ state: LedgerState, _ connection: Connection) throws {
        let height = Int64(clamping: state.tip.height)
        for entry in state.tallyEntries {
            let number = SQLValue.integer(Int64(clamping: entry.number))
            try connection.execute(
                "INSERT INTO candidates (number, node) VALUES (?, ?)",
                [number, .text(entry.candidate.text)])
            try connection.execute(
                "INSERT INTO tallies (number, height, votes, listed, previous) "
                    + "VALUES (?, ?, ?, ?, 0)",
                [
                    number, .integer(height), .integer(Int64(bitPattern: entry.votes)),
                    .integer(entry.isListed ? 1 : 0),
                ])
        }
        try store(state.tallyNodes, height, connection)
        try store(
            state.roots, candidates: state.tallyEntries.count, height, connection)
        // Keys of deposits begin with 6, and their values are JSON.
        for (table, columns, values) in [
            ("deposits", "node, id", "json_extract(CAST(value AS TEXT), '$.node'), substr(key, 2)"),
            (
                "auditor_deposits", "auditor, id, held",
                "json_extract(CAST(value AS TEXT), '$.auditor'), substr(key, 2), "
                    + "json_extract(CAST(value AS TEXT), '$.state') = 'held'"
            ),
        ] {
            try connection.execute(
                "INSERT INTO \(table) (\(columns)) SELECT \(values) FROM records "
                    + "WHERE bucket >= 0 AND substr(key, 1, 1) = x'06'")
        }
        try connection.execute("UPDATE kept SET base = ?", [.integer(height + 1)])
    }
}
