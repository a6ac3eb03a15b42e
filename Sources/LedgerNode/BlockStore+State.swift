import Consensus
import Cryptography
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
        try connection.execute(
            "INSERT INTO network (id, genesis, name) VALUES (1, ?, ?)",
            [.blob(genesis.digest.bytes), .text(genesis.network)])
        try store(records, connection)
        var builder = TreeBuilder(held: records.filter(\.isHeld))
        builder.add(records)
        try LeafPages.store(builder.built(), connection)
    }
}
