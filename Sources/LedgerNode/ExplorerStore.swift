import Cryptography
import Encoding
import Ledger
import Storage

/// Lists that explorers ask for: transactions by account, blocks by id, turnout. All of it is made
/// from the chain and may be deleted; it is written behind the chain, not with it. What a
/// transaction says is not written again: the lists tell where it stands.
final class ExplorerStore: Sendable {
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
        for table in ["progress", "blocks", "accounts", "places", "candidacies", "turnout"] {
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
        var places: [[SQLValue]] = []
        for (index, (transaction, code)) in zip(block.transactions, block.codes).enumerated() {
            let position = SQLValue.integer(Int64(index))
            let sender = try account(transaction.sender.text, connection)
            places.append([.integer(sender.number), .integer(height), position])
            for name in named(transaction.body) {
                let account = try account(name, connection)
                places.append([.integer(account.number), .integer(height), position])
            }
            guard code == ResultCode.ok.rawValue else { continue }
            for node in admitted(transaction.body) {
                try connection.execute(
                    "INSERT OR IGNORE INTO candidacies (node, height, position) VALUES (?, ?, ?)",
                    [.text(node.text), .integer(height), position])
            }
            try count(transaction.body, of: sender, at: height, connection)
        }
        try connection.execute(
            "INSERT OR IGNORE INTO places (account, height, position) VALUES (?, ?, ?)",
            each: places)
        try connection.execute("UPDATE progress SET height = ?", [.integer(height)])
    }

    /// Whom a transfer, deposit, enrolment or candidacy is for. Candidates of a vote are left out:
    /// their history is kept with the tallies.
    private static func named(_ body: TransactionBody) -> [String] {
        if case .vote = body { return [] }
        let json = body.json
        let candidates = json["candidates"]?.arrayValue ?? []
        return ["to", "node", "account"].compactMap { json[$0]?.stringValue }
            + candidates.compactMap { $0["node"]?.stringValue }
    }

    /// The nodes that a transaction puts on the list, or leaves there.
    private static func admitted(_ body: TransactionBody) -> [Identity] {
        if case .candidateAdd(let entries) = body { return entries.map(\.node) }
        if case .candidateRenew(let node, _) = body { return [node] }
        return []
    }

    /// What is known of an account.
    private struct Account {
        let number: Int64
        var allowance: Int64 = 0
        var hasVoted = false
    }

    /// An account by its did; it gets a number when it is seen first.
    private static func account(_ did: String, _ connection: Connection) throws -> Account {
        let known = try connection.first(
            "SELECT number, allowance, hasVoted FROM accounts WHERE account = ?", [.text(did)]
        ) { Account(number: $0.int(0), allowance: $0.int(1), hasVoted: $0.int(2) == 1) }
        if let known { return known }
        let number = try connection.first(
            "INSERT INTO accounts (account) VALUES (?) RETURNING number", [.text(did)]
        ) { $0.int(0) }
        return Account(number: number ?? 0)
    }

    private static func count(
        _ body: TransactionBody, of sender: Account, at height: Int64, _ connection: Connection
    ) throws {
        if case .voterEnroll(let account, let allowance) = body {
            try enroll(account.text, allowance, at: height, connection)
        } else if case .vote = body, !sender.hasVoted {
            try connection.execute(
                "UPDATE accounts SET hasVoted = 1 WHERE number = ?", [.integer(sender.number)])
            try change(at: height, voters: 1, connection)
        }
    }

    private static func enroll(
        _ did: String, _ allowance: UInt64, at height: Int64, _ connection: Connection
    ) throws {
        let amount = Int64(clamping: allowance)
        let before = try account(did, connection)
        try connection.execute(
            "UPDATE accounts SET allowance = ? WHERE number = ?",
            [.integer(amount), .integer(before.number)])
        let accounts: Int64 = (amount > 0 ? 1 : 0) - (before.allowance > 0 ? 1 : 0)
        try change(
            at: height, accounts: accounts, allowance: amount - before.allowance, connection)
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
}
