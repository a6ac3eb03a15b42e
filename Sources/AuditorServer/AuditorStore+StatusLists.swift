import Credentials
import Encoding
import Storage

/// A credential's bit: its own in all of this auditor's lists, given to one credential ever.
package struct StatusPlace: Sendable, Hashable {
    /// From 0; each has `StatusBits.count` bits.
    let shard: Int64
    let index: Int64

    /// As the store has it.
    var number: Int64 { shard * Int64(StatusBits.count) + index }

    init(shard: Int64, index: Int64) {
        self.shard = shard
        self.index = index
    }

    init(number: Int64) {
        let count = Int64(StatusBits.count)
        (shard, index) = (number / count, number % count)
    }
}

/// Status lists are numbered from 1: 1 and 2 are revocation and suspension of the first shard, 3
/// and 4 of the second, and so on.
struct StatusListNumber: Sendable, Hashable {
    let value: Int64

    var shard: Int64 { (value - 1) / 2 }
    var purpose: StatusPurpose { value % 2 == 1 ? .revocation : .suspension }

    init?(_ text: String) {
        guard let value = Int64(text), (1...Limits.statusListNumberMaximum).contains(value),
            String(value) == text
        else { return nil }
        self.value = value
    }

    init(_ purpose: StatusPurpose, shard: Int64) {
        switch purpose {
        case .revocation: value = shard * 2 + 1
        case .suspension: value = shard * 2 + 2
        }
    }

    func address(issuer: String) -> String { "\(issuer)/v1/status-lists/\(value)" }
}

extension AuditorStore {
    static let statusListMigration = """
        ALTER TABLE issuances ADD COLUMN status INTEGER;
        CREATE UNIQUE INDEX issuances_status ON issuances (status) WHERE status IS NOT NULL;
        CREATE TABLE status_version (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            version INTEGER NOT NULL
        ) STRICT;
        INSERT INTO status_version VALUES (1, 0);
        CREATE TABLE status_lists (
            number INTEGER PRIMARY KEY,
            version INTEGER NOT NULL,
            token TEXT NOT NULL,
            renewal INTEGER NOT NULL
        ) STRICT;
        """

    struct SignedStatusList: Sendable {
        let token: String
        /// Of all changes of credentials' states, how many it shows.
        let version: Int64
        /// From then on another one is signed.
        let renewal: Instant
    }

    /// Grows with every change of a credential's state.
    func statusVersion() throws -> Int64 {
        try database.read(Self.statusVersion)
    }

    private static func statusVersion(_ connection: Connection) throws -> Int64 {
        try connection.first("SELECT version FROM status_version WHERE id = 1") { $0.int(0) } ?? 0
    }

    func statusList(_ number: StatusListNumber) throws -> SignedStatusList? {
        try database.read { connection in
            try connection.first(
                "SELECT token, version, renewal FROM status_lists WHERE number = ?",
                [.integer(number.value)]
            ) { row in
                SignedStatusList(
                    token: row.text(0), version: row.int(1),
                    renewal: Instant(milliseconds: row.int(2)))
            }
        }
    }

    /// What a list has to say now, and the version of that.
    func statusBits(_ number: StatusListNumber) throws -> (bits: StatusBits, version: Int64) {
        let state: CredentialState =
            switch number.purpose {
            case .revocation: .revoked
            case .suspension: .suspended
            }
        let first = StatusPlace(shard: number.shard, index: 0).number
        return try database.read { connection in
            let places = try connection.query(
                """
                SELECT i.status FROM credential_states s JOIN issuances i ON i.jti = s.jti
                WHERE s.state = ? AND i.status >= ? AND i.status < ?
                """,
                [
                    .text(state.rawValue), .integer(first),
                    .integer(first + Int64(StatusBits.count)),
                ]
            ) { StatusPlace(number: $0.int(0)) }
            var bits = StatusBits()
            for place in places { bits.set(Int(place.index)) }
            return (bits, try Self.statusVersion(connection))
        }
    }

    /// Keeps a signed list before anybody sees it.
    func keep(_ list: SignedStatusList, _ number: StatusListNumber) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO status_lists VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET version = excluded.version, token = excluded.token,
                    renewal = excluded.renewal
                WHERE excluded.version >= version
                """,
                [
                    .integer(number.value), .integer(list.version), .text(list.token),
                    .integer(list.renewal.milliseconds),
                ])
        }
    }

    /// The last shard that has a credential in it, with the places taken there.
    func lastStatusShard() throws -> (shard: Int64, taken: [StatusPlace]) {
        try database.read { connection in
            let last = try connection.first("SELECT MAX(status) FROM issuances") {
                $0.optionalInt(0)
            }
            guard let last, let last else { return (0, []) }
            let shard = StatusPlace(number: last).shard
            let taken = try connection.query(
                "SELECT status FROM issuances WHERE status >= ?",
                [.integer(StatusPlace(shard: shard, index: 0).number)]
            ) { StatusPlace(number: $0.int(0)) }
            return (shard, taken)
        }
    }
}
