import Consensus
import Encoding
import Ledger
import Storage

extension BlockStore {
    /// A block's header and certificate without its transactions.
    func sealed(_ height: UInt64) throws -> (BlockHeader, CommitCertificate)? {
        guard let key = Int64(exactly: height) else { return nil }
        return try sealed("WHERE height = ?", .integer(key))
    }

    /// Those of the last block whose time is before `time`.
    func sealed(before time: Instant) throws -> (BlockHeader, CommitCertificate)? {
        try sealed("WHERE time < ? ORDER BY time DESC LIMIT 1", .integer(time.milliseconds))
    }

    /// Those of the first block whose time is not before `time`.
    func sealed(from time: Instant) throws -> (BlockHeader, CommitCertificate)? {
        try sealed("WHERE time >= ? ORDER BY time LIMIT 1", .integer(time.milliseconds))
    }

    private func sealed(
        _ which: String, _ binding: SQLValue
    ) throws -> (BlockHeader, CommitCertificate)? {
        try database.read { try Self.sealed($0, which, binding) }
    }

    static func sealed(
        _ connection: Connection, _ which: String, _ binding: SQLValue
    ) throws -> (BlockHeader, CommitCertificate)? {
        let row = try connection.first(
            "SELECT header, certificate FROM blocks \(which)", [binding]
        ) { ($0.blob(0), $0.blob(1)) }
        return try row.map { header, certificate in
            (
                try BlockHeader(bytes: header),
                try CommitCertificate(json: try JSON.parse(certificate))
            )
        }
    }
}
