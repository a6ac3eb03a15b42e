import Cryptography
import Encoding
import Ledger
import Storage

/// Lists that explorers ask for: transactions by account and by block, blocks by id, turnout. All
/// of it is made from the chain and may be deleted; it is written behind the chain, not with it.
final class ExplorerStore: Sendable {
    /// A transaction in a list.
    struct Line: Sendable {
        let height: UInt64
        let position: Int
        let id: Digest
        let type: String
        let sender: String
        let code: String
    }

    /// Who may vote and who has, after a block.
    struct Turnout: Sendable {
        let height: UInt64
        /// Accounts with an allowance, the sum of these, and how many of them voted at least once.
        let accounts: Int64
        let allowance: Int64
        let voters: Int64
    }

    let database: Database

    /// - Parameter reclaims: whether the space of dropped lists is to be given back.
    /// - Throws: `StorageError`.
    init(path: String, genesis: Genesis, reclaims: Bool = false) throws {
        database = try Database.open(
            path: path, migrations: Self.migrations, reclaims: reclaims)
        let owner = try database.read { connection in
            try connection.first("SELECT genesis FROM progress") { $0.blob(0) }
        }
        guard owner != genesis.digest.bytes else { return }
        try database.writeNow { connection in try Self.begin(genesis, connection) }
    }

    /// Begins, or begins anew for another network, with what genesis says.
    private static func begin(_ genesis: Genesis, _ connection: Connection) throws {
        for table in ["progress", "blocks", "transactions", "parties", "enrolments", "turnout"] {
            try connection.execute("DELETE FROM \(table)", [])
        }
        try connection.execute(
            "INSERT INTO progress (id, genesis, height) VALUES (1, ?, 0)",
            [.blob(genesis.digest.bytes)])
        try connection.execute("INSERT INTO turnout VALUES (0, 0, 0, 0)", [])
        for holder in genesis.holders where holder.allowance > 0 {
            try enroll(holder.account.text, holder.allowance, at: 0, connection)
        }
    }

    /// The newest block that is in the lists.
    var height: UInt64 {
        get throws {
            try database.read { connection in
                try connection.first("SELECT height FROM progress") { UInt64(clamping: $0.int(0)) }
            } ?? 0
        }
    }

    /// Takes blocks in, each the next one.
    func append(_ blocks: [ListedBlock]) async throws {
        try await database.write { connection in
            for block in blocks { try Self.append(block, connection) }
        }
    }

    private static func append(_ block: ListedBlock, _ connection: Connection) throws {
        let height = Int64(block.header.height)
        try connection.execute(
            "INSERT INTO blocks (id, height) VALUES (?, ?)",
            [.blob(block.header.id.bytes), .integer(height)])
        for (index, (transaction, code)) in zip(block.transactions, block.codes).enumerated() {
            let place: [SQLValue] = [.integer(height), .integer(Int64(index))]
            try connection.execute(
                "INSERT INTO transactions (height, position, id, type, sender, code) "
                    + "VALUES (?, ?, ?, ?, ?, ?)",
                place + [
                    .blob(transaction.id.bytes), .text(transaction.body.type),
                    .text(transaction.sender.text), .text(code),
                ])
            for account in parties(of: transaction) {
                try connection.execute(
                    "INSERT OR IGNORE INTO parties (account, height, position) VALUES (?, ?, ?)",
                    [.text(account)] + place)
            }
            guard code == ResultCode.ok.rawValue else { continue }
            try count(transaction, at: height, connection)
        }
        try connection.execute("UPDATE progress SET height = ?", [.integer(height)])
    }

    /// The sender, and whom a transfer, deposit, enrolment or candidacy is for. Candidates of a
    /// vote are left out: their history is kept with the tallies.
    private static func parties(of transaction: Transaction) -> [String] {
        let sender = transaction.sender.text
        if case .vote = transaction.body { return [sender] }
        let body = transaction.body.json
        let named = ["to", "node", "account"].compactMap { body[$0]?.stringValue }
        let candidates = (body["candidates"]?.arrayValue ?? []).compactMap {
            $0["node"]?.stringValue
        }
        return [sender] + named + candidates
    }

    private static func count(
        _ transaction: Transaction, at height: Int64, _ connection: Connection
    ) throws {
        if case .voterEnroll(let account, let allowance) = transaction.body {
            try enroll(account.text, allowance, at: height, connection)
        } else if case .vote = transaction.body {
            let isFirst = try connection.execute(
                "UPDATE enrolments SET hasVoted = 1 WHERE account = ? AND hasVoted = 0",
                [.text(transaction.sender.text)])
            if isFirst > 0 { try change(at: height, voters: 1, connection) }
        }
    }

    private static func enroll(
        _ account: String, _ allowance: UInt64, at height: Int64, _ connection: Connection
    ) throws {
        let amount = Int64(clamping: allowance)
        let before = try connection.first(
            "SELECT allowance FROM enrolments WHERE account = ?", [.text(account)]
        ) { $0.int(0) }
        try connection.execute(
            "INSERT INTO enrolments (account, allowance, hasVoted) VALUES (?, ?, 0) "
                + "ON CONFLICT (account) DO UPDATE SET allowance = excluded.allowance",
            [.text(account), .integer(amount)])
        let accounts: Int64 = (amount > 0 ? 1 : 0) - ((before ?? 0) > 0 ? 1 : 0)
        try change(at: height, accounts: accounts, allowance: amount - (before ?? 0), connection)
    }

    private static func change(
        at height: Int64, accounts: Int64 = 0, allowance: Int64 = 0, voters: Int64 = 0,
        _ connection: Connection
    ) throws {
        try connection.execute(
            "INSERT INTO turnout SELECT ?, accounts, allowance, voters FROM turnout "
                + "WHERE true ORDER BY height DESC LIMIT 1 ON CONFLICT (height) DO NOTHING",
            [.integer(height)])
        try connection.execute(
            "UPDATE turnout SET accounts = accounts + ?, allowance = allowance + ?, "
                + "voters = voters + ? WHERE height = ?",
            [.integer(accounts), .integer(allowance), .integer(voters), .integer(height)])
    }

    func close() { database.close() }

    private static let migrations = [
        """
        CREATE TABLE progress (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            genesis BLOB NOT NULL,
            height INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE blocks (
            id BLOB PRIMARY KEY,
            height INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE transactions (
            height INTEGER NOT NULL,
            position INTEGER NOT NULL,
            id BLOB NOT NULL,
            type TEXT NOT NULL,
            sender TEXT NOT NULL,
            code TEXT NOT NULL,
            PRIMARY KEY (height, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE parties (
            account TEXT NOT NULL,
            height INTEGER NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (account, height, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE enrolments (
            account TEXT PRIMARY KEY,
            allowance INTEGER NOT NULL,
            hasVoted INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE turnout (
            height INTEGER PRIMARY KEY,
            accounts INTEGER NOT NULL,
            allowance INTEGER NOT NULL,
            voters INTEGER NOT NULL
        ) STRICT;
        """
    ]
}
