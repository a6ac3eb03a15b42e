import Consensus
import Cryptography
import Encoding
import FoundationEssentials
import Ledger
import Storage
import TestSupport
import Testing

@testable import LedgerNode

/// The records of a chain on disk: what a start finds after any crash, and what readers see while
/// a block is stored.
@Suite(.serialized, .timeLimit(.minutes(10))) struct StoredRecordsTests {
    @Test func `any crash leaves the state of a block`() async throws {
        let network = try await TestNetwork { $0.voters = 41 }
        let folder = network.folder
        let chain = try StoredChain(path: folder.file("chain.sqlite"), network: network)
        var roots = [chain.state.stateRoot]
        for _ in 0..<6 {
            try await chain.add()
            roots.append(chain.state.stateRoot)
        }
        // What a crash leaves of the log: the part that had reached the disk.
        let files = try ["", "-wal"].map {
            try Data(contentsOf: URL(filePath: folder.file("chain.sqlite") + $0))
        }
        chain.store.close()
        var last: UInt64 = 0
        // Between frames and inside them; the last one is the whole log.
        for cut in 0...24 {
            let end = files[1].count * cut / 24
            let home = folder.file("cut\(end)")
            try DurableFile.makeDirectory(home)
            try files[0].write(to: URL(filePath: home + "/chain.sqlite"))
            try files[1].prefix(end).write(to: URL(filePath: home + "/chain.sqlite-wal"))
            let store = try BlockStore(path: home + "/chain.sqlite", genesis: chain.genesis)
            let state = try store.loadState()
            let height = state.tip.height
            #expect(state.stateRoot == roots[Int(height)])
            #expect(height >= last)
            last = height
            for voter in network.voters {
                #expect(state.account(Identity(voter.publicKey)) != nil)
            }
            #expect(state.failure == nil)
            store.close()
            try FileManager.default.removeItem(atPath: home)
        }
        #expect(last == 6)
    }

    @Test func `the digests on disk are those of the state, whichever pages had their turn`()
        async throws
    {
        let network = try await TestNetwork { $0.voters = 41 }
        let chain = try StoredChain(path: network.folder.file("chain.sqlite"), network: network)
        defer { chain.store.close() }
        for height in 1...300 as ClosedRange<UInt64> {
            try await chain.add()
            guard height.isMultiple(of: 9) || height > 290 else { continue }
            let cold = StoredRecords(chain.store.database)
            let state = try chain.store.database.read {
                try BlockStore.loadState($0, cold).state
            }
            #expect(state.stateRoot == chain.state.stateRoot)
            let block = try chain.next()
            #expect(try state.verify(block.block).roots == block.roots)
            try await chain.store(block)
            try chain.state.commit(block)
        }
    }

    @Test func `a state that is one block behind the disk reads what it stands for`() async throws {
        let network = try await TestNetwork { $0.voters = 41 }
        let chain = try StoredChain(path: network.folder.file("chain.sqlite"), network: network)
        defer { chain.store.close() }
        let voter = Identity(network.voters[0].publicKey)
        let block = try chain.next()
        try await chain.store(block)
        #expect(chain.state.account(voter)?.sequence == 0)
        #expect(chain.state.failure == nil)
        try chain.state.commit(block)
        #expect(chain.state.account(voter)?.sequence == 1)

        // Without that care it is a record that does not fit, once the table has a newer one, and
        // no block is executed on it.
        let late = try chain.next()
        let cold = StoredRecords(chain.store.database)
        let behind = try chain.store.database.read { try BlockStore.loadState($0, cold).state }
        try await chain.store(late)
        try chain.state.commit(late)
        for _ in 0..<2 * UnwrittenRecords.turnCount { try await chain.add() }
        let voters = network.voters.map { Identity($0.publicKey) }
        #expect(voters.contains { behind.account($0) == nil })
        #expect(behind.failure != nil)
        #expect(throws: LedgerError.self) { try behind.verify(late.block) }
    }

    @Test func `every record is in its table or in a row, whichever height a start finds`()
        async throws
    {
        let network = try await TestNetwork { $0.voters = 41 }
        let chain = try StoredChain(path: network.folder.file("chain.sqlite"), network: network)
        defer { chain.store.close() }
        for height in 1...(2 * UnwrittenRecords.turnCount + 3) {
            try await chain.add()
            // Five and the number of turns have no common divisor: each turn is looked at.
            guard height.isMultiple(of: 5) || height > 2 * UnwrittenRecords.turnCount else {
                continue
            }
            let cold = StoredRecords(chain.store.database)
            let (state, rows) = try chain.store.database.read { connection in
                (
                    try BlockStore.loadState(connection, cold).state,
                    try connection.first("SELECT count(*) FROM record_changes") { $0.int(0) } ?? 0
                )
            }
            for voter in network.voters {
                let identity = Identity(voter.publicKey)
                #expect(state.account(identity) == chain.state.account(identity))
            }
            #expect(state.failure == nil)
            #expect(rows <= Int64(UnwrittenRecords.turnCount))
        }
    }

    @Test func `records that wait are bounded: when there are more, some are written early`() {
        var waiting = UnwrittenRecords()
        var held = 0
        let perBlock = 4 * Limits.unwrittenBucketsMaximum / Int(UnwrittenRecords.turnCount)
        for height in 1...(UnwrittenRecords.turnCount + 1) {
            let changes = (0..<perBlock).map { number in
                // Spread over the table, and another bucket each time.
                let bucket = (number * Int(UnwrittenRecords.turnCount) + Int(height)) % (1 << 20)
                return UnwrittenRecords.Placed(
                    bucket: bucket,
                    record: RecordChange(key: [6], value: [UInt8(truncatingIfNeeded: height)]))
            }
            let due = waiting.due(at: height, with: changes)
            waiting.add(changes)
            waiting.forget(due)
            held += perBlock - due.records.count
            #expect(held <= Limits.unwrittenBucketsMaximum + perBlock)
        }
        #expect(held > Limits.unwrittenBucketsMaximum / 2)
    }

    @Test func `a row of changed records that is altered gives no state`() async throws {
        let network = try await TestNetwork { $0.voters = 41 }
        let path = network.folder.file("chain.sqlite")
        let chain = try StoredChain(path: path, network: network)
        try await chain.add()
        try chain.store.database.writeNow { connection in
            var row =
                try connection.first("SELECT changes FROM record_changes") { $0.blob(0) } ?? []
            row[2] ^= 1
            try connection.execute("UPDATE record_changes SET changes = ?", [.blob(row)])
        }
        chain.store.close()
        let store = try BlockStore(path: path, genesis: chain.genesis)
        defer { store.close() }
        let error = #expect(throws: NodeError.self) { try store.loadState() }
        #expect(error?.code == .data)
    }

    @Test func `a disk that cannot be read gives no state instead of a wrong one`() async throws {
        let network = try await TestNetwork { $0.voters = 41 }
        let chain = try StoredChain(path: network.folder.file("chain.sqlite"), network: network)
        let block = try chain.next()
        let cold = StoredRecords(chain.store.database)
        let state = try chain.store.database.read { try BlockStore.loadState($0, cold).state }
        chain.store.close()
        let error = #expect(throws: LedgerError.self) { try state.verify(block.block) }
        // The first to notice may be the rule that its sender has no account.
        #expect(error != nil)
        #expect(state.failure?.contains("closed") == true)
        let none = #expect(throws: LedgerError.self) {
            try state.propose(
                pending: block.block.transactions, time: block.block.header.time,
                proposer: network.nodes[0].identity, round: 0)
        }
        #expect(none?.code == .storage)
    }
}

/// Which digests a store writes anew with each block.
@Suite struct LeafPagesTests {
    private let buckets = BuiltTree.pageCount * BuiltTree.pageBucketCount

    /// What the disk has: of each page the block it was stored after, and rows by height.
    private struct Disk {
        var pages = LeafPages()
        var storedAfter = [UInt64](repeating: 0, count: BuiltTree.pageCount)
        var rows: [(height: UInt64, pages: Set<Int>)] = []

        mutating func add(_ changed: [Int], at height: UInt64) -> Int {
            let due = pages.due
            for page in due { storedAfter[page] = height - 1 }
            let settled = pages.settled
            rows.append((height, Set(changed.map { $0 / BuiltTree.pageBucketCount })))
            rows.removeAll { $0.height <= settled }
            pages.note(
                changed: changed.map { BucketDigest(bucket: $0, digest: .zero) }, at: height)
            return due.count
        }
    }

    @Test(arguments: [(1, 3_000), (200, 2_500), (5_000, 700)])
    func `every change is in a row or in a page that was stored after it`(
        _ count: Int, _ blocks: UInt64
    ) throws {
        var random = SeededGenerator(seed: 7)
        var disk = Disk()
        var changedAt: [Int: UInt64] = [:]
        var (stored, changes) = (0, 0)
        for height in 1...blocks {
            let changed = (0..<count).map { _ in Int.random(in: 0..<buckets, using: &random) }
            let due = disk.add(changed, at: height)
            #expect(due <= LeafPages.pagesPerBlockMaximum)
            stored += due
            changes += count
            for bucket in changed { changedAt[bucket / BuiltTree.pageBucketCount] = height }
            guard height.isMultiple(of: 997) || height == blocks else { continue }
            for (page, height) in changedAt where disk.storedAfter[page] < height {
                #expect(disk.rows.contains { $0.height == height && $0.pages.contains(page) })
            }
        }
        #expect(stored <= changes / LeafPages.changesPerPage)
        let rounds = LeafPages.changesPerPage * BuiltTree.pageCount / count
        #expect(disk.rows.count <= max(2 * rounds, 2 * 256) + 2)
    }
}
