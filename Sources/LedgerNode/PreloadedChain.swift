package import Ledger
import Storage

/// The store of a network that begins with many more accounts than its genesis file names, made
/// without a signature for any of them: for measuring a node with millions of accounts. A real
/// network never begins like this, because what its genesis does not say nobody can recount.
package enum PreloadedChain {
    /// Stored in waves, so that the database has the gaps of one that grew.
    private static let waveCount = 8
    private static let rowsPerWrite = 65_536

    /// Makes the store of a network in an empty folder.
    /// - Parameters:
    ///   - data: the folder of databases of the node's configuration.
    ///   - account: the record of account 0, 1, …, always the same.
    /// - Returns: bytes of the database on the disk that the accounts take.
    /// - Throws: `StorageError`.
    package static func make(
        data: String, genesis: Genesis, accounts count: Int,
        account: @escaping @Sendable (Int) -> RecordChange
    ) throws -> Int64 {
        try DurableFile.makeDirectory(data)
        let store = try BlockStore(path: data + "/chain.sqlite", genesis: genesis)
        defer { store.close() }
        let before = try size(store)
        // The bucket above the number: sorted, they are in the order of the buckets.
        let places = (0..<count).map { number in
            UInt64(account(number).bucket ?? 0) << 32 | UInt64(number)
        }.sorted()
        for wave in 0..<waveCount {
            let numbers = places.lazy.map { Int($0 & 0xFFFF_FFFF) }.filter {
                $0 % waveCount == wave
            }
            var records: [RecordChange] = []
            for number in numbers {
                records.append(account(number))
                if records.count == rowsPerWrite { try write(&records, store) }
            }
            try write(&records, store)
        }
        let tree = try tree(of: genesis, places, account)
        try store.database.writeNow { try LeafPages.store(tree, $0) }
        return try size(store) - before
    }

    private static func write(_ records: inout [RecordChange], _ store: BlockStore) throws {
        let batch = records
        try store.database.writeNow { try BlockStore.store(batch, $0) }
        records.removeAll(keepingCapacity: true)
    }

    private static func tree(
        of genesis: Genesis, _ places: [UInt64], _ account: (Int) -> RecordChange
    ) throws -> BuiltTree {
        let records = try LedgerState.records(of: genesis)
        var named: [Int: [RecordChange]] = [:]
        for record in records {
            if let bucket = record.bucket { named[bucket, default: []].append(record) }
        }
        var builder = TreeBuilder(held: records.filter(\.isHeld))
        var place = 0
        while place < places.count {
            let bucket = Int(places[place] >> 32)
            var all = named.removeValue(forKey: bucket) ?? []
            while place < places.count, Int(places[place] >> 32) == bucket {
                all.append(account(Int(places[place] & 0xFFFF_FFFF)))
                place += 1
            }
            builder.add(Bucket(all), bucket)
        }
        for (bucket, all) in named { builder.add(Bucket(all), bucket) }
        return builder.built()
    }

    private static func size(_ store: BlockStore) throws -> Int64 {
        try store.database.read { connection in
            let pages = try connection.first("PRAGMA page_count") { $0.int(0) } ?? 0
            let bytes = try connection.first("PRAGMA page_size") { $0.int(0) } ?? 0
            return pages * bytes
        }
    }
}
