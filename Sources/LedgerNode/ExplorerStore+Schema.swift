extension ExplorerStore {
    static let migrations = [
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
        """,
        // Blocks have what lists tell of a transaction, and a number is shorter than a did: an
        // index in the order of accounts changes in another place with each of its entries.
        """
        CREATE TABLE accounts (
            number INTEGER PRIMARY KEY,
            account TEXT NOT NULL UNIQUE,
            allowance INTEGER NOT NULL DEFAULT 0,
            hasVoted INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        INSERT INTO accounts (account, allowance, hasVoted)
            SELECT account, allowance, hasVoted FROM enrolments;
        INSERT OR IGNORE INTO accounts (account) SELECT DISTINCT account FROM parties;
        CREATE TABLE places (
            account INTEGER NOT NULL,
            height INTEGER NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (account, height, position)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO places
            SELECT number, height, position FROM parties JOIN accounts USING (account);
        -- What put a node on the list of candidates, or renewed its place there.
        CREATE TABLE candidacies (
            node TEXT NOT NULL,
            height INTEGER NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (node, height, position)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO candidacies
            SELECT account, height, position
            FROM parties JOIN transactions USING (height, position)
            WHERE code = 'ok' AND type IN ('candidate.add', 'candidate.renew');
        DROP TABLE parties;
        DROP TABLE enrolments;
        DROP TABLE transactions;
        """,
    ]
}
