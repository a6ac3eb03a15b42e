import Cryptography
import Ledger
import Storage
import TestSupport
import Testing

@testable import LedgerNode

/// Transactions by their ids: in memory, being stored, or stored in one of many lots.
@Suite(.serialized, .timeLimit(.minutes(10))) struct TransactionLotsTests {
    /// Where every transaction of a chain stands.
    private struct Expected {
        private(set) var places: [Digest: TransactionPlace] = [:]

        mutating func add(_ executed: ExecutedBlock) {
            let height = executed.block.header.height
            for (position, transaction) in executed.block.transactions.enumerated() {
                places[transaction.id] = TransactionPlace(height: height, position: position)
            }
        }

        /// Transactions for which a store says something else; those below `base` are dropped.
        func wrong(in store: BlockStore, from base: UInt64 = 1) throws -> [TransactionPlace] {
            try places.filter { id, place in
                let found = try store.transaction(id).map {
                    TransactionPlace(height: $0.height, position: $0.index)
                }
                return found != (place.height < base ? nil : place)
            }.map(\.value)
        }
    }

    private static func count(_ store: BlockStore, _ table: String) throws -> Int64 {
        try store.database.read { connection in
            try connection.first("SELECT count(*) FROM \(table)") { $0.int(0) } ?? 0
        }
    }

    @Test func `every transaction is found at every height, whenever the node starts again`()
        async throws
    {
        let network = try await TestNetwork { $0.voters = 41 }
        let chain = try StoredChain(
            path: network.folder.file("chain.sqlite"), network: network, lotSize: 13)
        defer { chain.store.close() }
        var expected = Expected()
        for height in 1...80 {
            expected.add(try await chain.add())
            #expect(try expected.wrong(in: chain.store).isEmpty, "block \(height)")
            // In every state of a lot: one is full after seven blocks, and stored with four more.
            guard height.isMultiple(of: 5) else { continue }
            try chain.reopen()
            #expect(try expected.wrong(in: chain.store).isEmpty, "a start after block \(height)")
        }
        #expect(try Self.count(chain.store, "transaction_lots") >= 8)
        #expect(try chain.store.transaction(.zero) == nil)
    }

    @Test func `a lot is stored a little with each block, and once`() async throws {
        let network = try await TestNetwork { $0.voters = 41 }
        let chain = try StoredChain(
            path: network.folder.file("chain.sqlite"), network: network, lotSize: 40)
        defer { chain.store.close() }
        var before: Int64 = 0
        for _ in 1...100 {
            try await chain.add()
            let now = try Self.count(chain.store, "transaction_places")
            #expect(now - before <= 2 * Int64(TransactionLots.rowsPerTransaction))
            before = now
        }
        // The fifth was full with the last block.
        #expect(try Self.count(chain.store, "transaction_lots") == 4)
        #expect(before == 4 * 40)
        // A start stores anew, and at once, what was half stored.
        for _ in 1...5 { try await chain.add() }
        #expect(try Self.count(chain.store, "transaction_places") == 4 * 40 + 20)
        try chain.reopen()
        #expect(try Self.count(chain.store, "transaction_lots") == 5)
        let whole = try chain.store.database.read { connection in
            try connection.query(
                "SELECT lot, count(*), count(DISTINCT id) FROM transaction_places GROUP BY lot"
            ) { [$0.int(0), $0.int(1), $0.int(2)] }
        }
        #expect(
            whole == [[1, 40, 40], [2, 40, 40], [3, 40, 40], [4, 40, 40], [5, 50, 50]])
    }

    @Test func `what waits for the disk is found while it does`() async throws {
        let network = try await TestNetwork { $0.voters = 41 }
        let chain = try StoredChain(
            path: network.folder.file("chain.sqlite"), network: network, lotSize: 13)
        defer { chain.store.close() }
        var expected = Expected()
        for _ in 1...10 {
            // Many lots fill up and are stored while none of these blocks is on the disk.
            var queued: [ExecutedBlock] = []
            for _ in 1...40 {
                queued.append(try chain.enqueue())
                #expect(try expected.wrong(in: chain.store).isEmpty)
            }
            try await chain.store.settle()
            for block in queued { expected.add(block) }
            #expect(try expected.wrong(in: chain.store).isEmpty)
        }
        #expect(try Self.count(chain.store, "transaction_lots") >= 40)
        try chain.reopen()
        #expect(try expected.wrong(in: chain.store).isEmpty)
    }

    @Test func `dropped transactions are not found, and their lots go`() async throws {
        let network = try await TestNetwork { $0.voters = 41 }
        let chain = try StoredChain(
            path: network.folder.file("chain.sqlite"), network: network, lotSize: 10)
        defer { chain.store.close() }
        var expected = Expected()
        for _ in 1...60 { expected.add(try await chain.add()) }
        let before = try Self.count(chain.store, "transaction_lots")
        // In the middle of a lot, which stays: blocks 26 to 30 make one.
        try await chain.store.drop(below: 28)
        while try await chain.store.sweepBlocks() {}
        while try await chain.store.sweepPlaces() {}
        #expect(try expected.wrong(in: chain.store, from: 28).isEmpty)
        let lots = try chain.store.database.read { connection in
            try connection.query(
                "SELECT DISTINCT lot FROM transaction_places "
                    + "WHERE lot IN (SELECT number FROM transaction_lots)"
            ) { $0.int(0) }
        }
        #expect(lots == Array(6...before))
        #expect(try Self.count(chain.store, "transaction_lots") == before - 5)
        try chain.reopen()
        #expect(try expected.wrong(in: chain.store, from: 28).isEmpty)

        // All lots: a store that has none goes on with a new first one.
        expected.add(try await chain.add())
        let tip = chain.state.tip.height
        try await chain.store.drop(below: tip)
        while try await chain.store.sweepBlocks() {}
        while try await chain.store.sweepPlaces() {}
        #expect(try Self.count(chain.store, "transaction_lots") == 0)
        for _ in 1...20 {
            expected.add(try await chain.add())
            #expect(try expected.wrong(in: chain.store, from: tip).isEmpty)
            try chain.reopen()
        }
        #expect(try expected.wrong(in: chain.store, from: tip).isEmpty)
    }

    @Test func `a large lot is dropped a piece at a time`() async throws {
        let folder = try TemporaryFolder()
        let database = try Database.open(
            path: folder.file("chain.sqlite"), migrations: BlockStore.migrations)
        defer { database.close() }
        let count = 3 * Limits.sweptPlacesMaximum
        try await database.write { connection in
            try connection.execute("INSERT INTO transaction_lots VALUES (1, 9), (2, 10)")
            try connection.execute(
                "INSERT INTO transaction_places VALUES (?, ?, 9, ?)",
                each: (0..<count + 5).lazy.map { number in
                    [
                        number < count ? 1 : 2,
                        .blob(Array(Digest.sha256(Array("\(number)".utf8)).bytes.prefix(8))),
                        .integer(Int64(number)),
                    ]
                })
        }
        var left: [Int64] = []
        for isMore in [true, true, false, false] {
            let found = try await database.write { try TransactionLots.sweep(below: 10, $0) }
            #expect(found == isMore)
            left.append(
                try database.read { connection in
                    try connection.first("SELECT count(*) FROM transaction_places") { $0.int(0) }
                } ?? 0)
        }
        let piece = Int64(Limits.sweptPlacesMaximum + 1)
        let all = Int64(count + 5)
        #expect(left == [all - piece, all - 2 * piece, 5, 5])
    }

    @Test func `ids that begin alike are told apart`() async throws {
        let folder = try TemporaryFolder()
        let database = try Database.open(
            path: folder.file("chain.sqlite"), migrations: BlockStore.migrations)
        defer { database.close() }
        let ids = try (0..<4).map { number in
            try Digest(bytes: [UInt8](repeating: 7, count: 31) + [UInt8(number)])
        }
        var lots = TransactionLots(size: 2)
        for (index, id) in ids.enumerated() {
            let height = UInt64(index + 1)
            let due = lots.due(with: 1)
            try await database.write { connection in
                try connection.execute(
                    "INSERT INTO blocks VALUES (?, ?, ?, ?, ?)",
                    [
                        .integer(Int64(height)), .blob([]), .integer(Int64(height)), .blob([]),
                        .blob([]),
                    ])
                try connection.execute(
                    "INSERT INTO transactions VALUES (?, 0, ?, '', 'ok', '')",
                    [.integer(Int64(height)), .blob(id.bytes)])
                if let due { try TransactionLots.store(due, connection) }
            }
            lots.note([id], at: height, storing: due)
            lots.end(at: height)
        }
        try database.read { connection in
            for (index, id) in ids.enumerated() {
                let place = TransactionPlace(height: UInt64(index + 1), position: 0)
                let found = try lots.place(of: id) ?? TransactionLots.find(id, connection)
                #expect(found == place)
            }
            let stored = try ids.filter { try TransactionLots.find($0, connection) != nil }
            #expect(stored == Array(ids.prefix(2)))
        }
    }
}
