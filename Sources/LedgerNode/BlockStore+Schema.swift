extension BlockStore {
    static let migrations = [
        """
        CREATE TABLE network (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            genesis BLOB NOT NULL,
            name TEXT NOT NULL
        ) STRICT;
        CREATE TABLE blocks (
            height INTEGER PRIMARY KEY,
            id BLOB NOT NULL,
            time INTEGER NOT NULL UNIQUE,
            header BLOB NOT NULL,
            certificate BLOB NOT NULL
        ) STRICT;
        CREATE TABLE transactions (
            height INTEGER NOT NULL REFERENCES blocks (height),
            position INTEGER NOT NULL,
            id BLOB NOT NULL,
            compact TEXT NOT NULL,
            code TEXT NOT NULL,
            detail TEXT NOT NULL,
            PRIMARY KEY (height, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX transactions_by_id ON transactions (id);
        -- The two trees under the state root of each height, and how many candidates the tally
        -- tree has.
        CREATE TABLE roots (
            height INTEGER PRIMARY KEY,
            records BLOB NOT NULL,
            tallies BLOB NOT NULL,
            candidates INTEGER NOT NULL
        ) STRICT;
        -- Every node that ever stood, by its number.
        CREATE TABLE candidates (
            number INTEGER PRIMARY KEY,
            node TEXT NOT NULL UNIQUE
        ) STRICT;
        -- Each candidate's history: the leaves of the tally tree by height.
        CREATE TABLE tallies (
            number INTEGER NOT NULL,
            height INTEGER NOT NULL,
            votes INTEGER NOT NULL,
            listed INTEGER NOT NULL,
            previous INTEGER NOT NULL,
            PRIMARY KEY (number, height)
        ) STRICT, WITHOUT ROWID;
        -- The nodes of every fourth level above them by height.
        CREATE TABLE tally_nodes (
            level INTEGER NOT NULL,
            position INTEGER NOT NULL,
            height INTEGER NOT NULL,
            digest BLOB NOT NULL,
            PRIMARY KEY (level, position, height)
        ) STRICT, WITHOUT ROWID;
        -- bucket: of the tree, which is the order records are read in; -1 for those that a state
        -- holds in memory.
        CREATE TABLE records (
            bucket INTEGER NOT NULL,
            key BLOB NOT NULL,
            value BLOB NOT NULL,
            PRIMARY KEY (bucket, key)
        ) STRICT, WITHOUT ROWID;
        -- Digests of the buckets of records, 256 in a page, as they were after a height; and what
        -- blocks changed since.
        CREATE TABLE leaf_pages (
            page INTEGER PRIMARY KEY,
            height INTEGER NOT NULL,
            digests BLOB NOT NULL
        ) STRICT;
        CREATE TABLE leaf_changes (
            height INTEGER PRIMARY KEY,
            changes BLOB NOT NULL
        ) STRICT;
        CREATE TABLE deposits (
            node TEXT NOT NULL,
            id BLOB NOT NULL,
            PRIMARY KEY (node, id)
        ) STRICT, WITHOUT ROWID;
        -- Of each election, the proof of its record against the state root of its block: later
        -- states no longer have the siblings.
        CREATE TABLE elections (
            number INTEGER PRIMARY KEY,
            proof BLOB NOT NULL
        ) STRICT;
        """,
        // Keys of deposits begin with 6, and their values are JSON.
        """
        CREATE TABLE auditor_deposits (
            auditor TEXT NOT NULL,
            id BLOB NOT NULL,
            held INTEGER NOT NULL,
            PRIMARY KEY (auditor, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX auditor_deposits_by_id ON auditor_deposits (id);
        CREATE INDEX auditor_deposits_held ON auditor_deposits (auditor, id) WHERE held = 1;
        INSERT INTO auditor_deposits
            SELECT json_extract(CAST(value AS TEXT), '$.auditor'), substr(key, 2),
                json_extract(CAST(value AS TEXT), '$.state') = 'held'
            FROM records WHERE bucket >= 0 AND substr(key, 1, 1) = x'06';
        """,
        """
        -- What a block changed of the records that are not held in memory, until all of it is in
        -- their table.
        CREATE TABLE record_changes (
            height INTEGER PRIMARY KEY,
            changes BLOB NOT NULL
        ) STRICT;
        """,
        """
        -- The first height whose block is here whole, which is 1 until blocks are dropped or the
        -- store began with a snapshot. The one before has its header, certificate, roots and
        -- tallies; of earlier ones those that elections and hand-overs need have header and
        -- certificate.
        CREATE TABLE kept (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            base INTEGER NOT NULL,
            -- Below this height nothing is left to be dropped.
            swept INTEGER NOT NULL
        ) STRICT;
        INSERT INTO kept (id, base, swept) VALUES (1, 1, 1);
        """,
        // Of blocks that are not here whole, those about which evidence is still taken have header
        // and certificate too.
        """
        -- Below this height only headers and certificates that elections and hand-overs need are
        -- left.
        ALTER TABLE kept ADD COLUMN sealed INTEGER NOT NULL DEFAULT 1;
        """,
        // Every transaction goes into another place of this index: the shorter its entries, the
        // fewer pages a block changes.
        """
        DROP INDEX transactions_by_id;
        CREATE INDEX transactions_by_id ON transactions (substr(id, 1, 8));
        """,
        // Short entries were not enough: `TransactionLots` says why.
        """
        DROP INDEX transactions_by_id;
        -- Lots of transactions that are stored whole, and the newest block of each.
        CREATE TABLE transaction_lots (
            number INTEGER PRIMARY KEY,
            last INTEGER NOT NULL
        ) STRICT;
        -- id: the first eight bytes.
        CREATE TABLE transaction_places (
            lot INTEGER NOT NULL,
            id BLOB NOT NULL,
            height INTEGER NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (lot, id, height, position)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO transaction_lots
            SELECT 1, max(height) FROM transactions HAVING max(height) IS NOT NULL;
        INSERT INTO transaction_places
            SELECT 1, substr(id, 1, 8), height, position FROM transactions ORDER BY 2, 3, 4;
        """,
    ]
}
