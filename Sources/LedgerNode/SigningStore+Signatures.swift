import Consensus
import Ledger
import Storage

/// Every signature with the bytes under it, by height, round and step.
extension SigningStore {
    /// The latest place at which something was signed: of the signatures, or of the record where
    /// that is older than them.
    func newestPlace() throws -> SigningPlace? {
        try database.read { connection in
            if let place = try Self.newest(connection) { return place }
            return try connection.first("SELECT height FROM record") {
                SigningPlace(height: UInt64(bitPattern: $0.int(0)), round: .max, step: .max)
            }
        }
    }

    /// The operator answers for everything that was signed up to this height.
    func vouchedHeight() throws -> UInt64 { try database.read { try Self.vouchedHeight($0) } }

    /// Takes it that the consensus key has signed nothing above `height` that is not here.
    func vouch(upTo height: UInt64) throws {
        try database.writeNow { connection in
            try connection.execute(
                "UPDATE owner SET vouched = max(vouched, ?)", [.integer(Int64(clamping: height))])
        }
    }

    private static func vouchedHeight(_ connection: Connection) throws -> UInt64 {
        try connection.first("SELECT vouched FROM owner") { UInt64(clamping: $0.int(0)) } ?? 0
    }

    /// Looks for a signature of this key on the newest blocks of the chain that is newer than the
    /// record: then the record was restored from an older copy, or another process has the key.
    /// - Returns: the height of the newest such block.
    func newerCommit(
        in store: BlockStore, _ state: LedgerState, by key: [UInt8]
    ) throws -> UInt64? {
        let newest = try newestPlace()
        let floor = max(newest?.height ?? 1, try vouchedHeight() + 1)
        var height = state.tip.height
        while height >= floor, state.tip.height - height < Limits.ownCommitHeightsCount {
            let list = state.representatives(at: height).list
            if let certificate = try store.certificate(height),
                let place = list.firstIndex(where: { $0.consensusKey == key }),
                certificate.signers.contains(place)
            {
                let signed = SigningPlace(height: height, round: certificate.round, step: 3)
                if newest.map({ $0 < signed }) ?? true { return height }
            }
            height -= 1
        }
        return nil
    }

    /// What was signed at a place.
    func signature(at place: SigningPlace) throws -> (bytes: [UInt8], signature: [UInt8])? {
        try database.read { try Self.stored(place, $0) }
    }

    /// Takes the place for these bytes, or finds that it has them.
    static func swap(
        _ place: SigningPlace, _ bytes: [UInt8], _ signature: [UInt8], _ connection: Connection
    ) throws -> [UInt8] {
        if let stored = try stored(place, connection) {
            guard stored.bytes == bytes else {
                throw NodeError(
                    .signingRecord,
                    "\(place.text) was signed before with other content: this one is not signed")
            }
            return stored.signature
        }
        guard place.height > (try vouchedHeight(connection)) else {
            throw NodeError(
                .signingRecord,
                "\(place.text) is below what the operator answered for: it is not signed")
        }
        if let newest = try newest(connection), place < newest {
            throw NodeError(
                .signingRecord,
                "\(newest.text) is signed already: \(place.text), which comes before it, is not "
                    + "signed any more")
        }
        try connection.execute(
            "INSERT INTO signed (height, round, step, bytes, signature, checksum) "
                + "VALUES (?, ?, ?, ?, ?, ?)",
            columns(place) + [
                .blob(bytes), .blob(signature), .integer(checksum(place, bytes, signature)),
            ])
        if place.height > Limits.signedHeightsCount {
            try connection.execute(
                "DELETE FROM signed WHERE height <= ?",
                [.integer(Int64(bitPattern: place.height - Limits.signedHeightsCount))])
        }
        return signature
    }

    private static func newest(_ connection: Connection) throws -> SigningPlace? {
        try connection.first(
            "SELECT height, round, step FROM signed "
                + "ORDER BY height DESC, round DESC, step DESC LIMIT 1"
        ) {
            SigningPlace(
                height: UInt64(bitPattern: $0.int(0)), round: UInt32(clamping: $0.int(1)),
                step: UInt8(clamping: $0.int(2)))
        }
    }

    private static func stored(
        _ place: SigningPlace, _ connection: Connection
    ) throws -> (bytes: [UInt8], signature: [UInt8])? {
        let row = try connection.first(
            "SELECT bytes, signature, checksum FROM signed "
                + "WHERE height = ? AND round = ? AND step = ?", columns(place)
        ) { (bytes: $0.blob(0), signature: $0.blob(1), checksum: $0.int(2)) }
        guard let row else { return nil }
        guard row.checksum == checksum(place, row.bytes, row.signature) else {
            throw damaged("\(place.text) does not fit its checksum")
        }
        return (row.bytes, row.signature)
    }

    private static func columns(_ place: SigningPlace) -> [SQLValue] {
        [
            .integer(Int64(bitPattern: place.height)), .integer(Int64(place.round)),
            .integer(Int64(place.step)),
        ]
    }

    private static func checksum(
        _ place: SigningPlace, _ bytes: [UInt8], _ signature: [UInt8]
    ) -> Int64 {
        checksum(Array("\(place.height) \(place.round) \(place.step) ".utf8) + bytes + signature)
    }
}
