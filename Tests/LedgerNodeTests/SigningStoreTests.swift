import Consensus
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing

@testable import LedgerNode

/// What a node signed is kept with the block it signed for, once, and is whole after a restart.
@Suite struct SigningStoreTests {
    private let pair: KeyPair
    private let folder: TemporaryFolder

    init() throws {
        pair = try KeyPair(.ed25519)
        folder = try TemporaryFolder()
    }

    private func store() throws -> SigningStore {
        try SigningStore(
            path: folder.file("signing.sqlite"), genesis: .zero,
            consensusKey: pair.publicKey.bytes, chainHeight: 0, mayStartNew: false)
    }

    /// The records with which a lone representative decides a block, in their order.
    private func records(height: UInt64, block: String) throws -> [ConsensusRecord] {
        let set = try RepresentativeSet([pair.publicKey], approval: .all)
        var machine = try ConsensusMachine(
            configuration: ConsensusConfiguration(
                network: "test", height: height, set: set, ownKey: pair.publicKey, offset: 0,
                timeouts: .standard), restoring: nil)
        let bytes = Array(block.utf8)
        let value = ProposedValue(id: Digest.sha256(bytes), bytes: bytes)
        var records: [ConsensusRecord] = []
        var inputs: [Input] = [.start]
        while let input = inputs.popLast() {
            for effect in machine.step(input) {
                switch effect {
                case .build(let round): inputs.append(.built(value, round: round))
                case .validate(let value, _): inputs.append(.validated(value, .valid))
                case .sign(let message, let record):
                    records.append(record)
                    inputs.append(.signed(message.signed(try pair.key.sign(message.bytes))))
                default: break
                }
            }
        }
        #expect(machine.isDecided)
        return records
    }

    /// The bytes of all values kept beside the record.
    private func keptByteCounts() throws -> [Int64] {
        let database = try Database.open(path: folder.file("signing.sqlite"), migrations: ["", ""])
        defer { database.close() }
        return try database.read { connection in
            try connection.query("SELECT length(bytes) FROM record_values", []) { $0.int(0) }
        }
    }

    @Test func `every record comes back whole from a store opened anew`() async throws {
        let records = try records(height: 1, block: "a block")
        #expect(records.count == 3)
        for record in records {
            let store = try store()
            try await store.save(record)
            store.close()
            let again = try self.store()
            #expect(try again.load() == record)
            again.close()
        }
        #expect(try keptByteCounts() == [7])
    }

    @Test func `the block of an earlier height is dropped with its record`() async throws {
        let store = try store()
        for record in try records(height: 1, block: "the first") { try await store.save(record) }
        for record in try records(height: 2, block: "two") { try await store.save(record) }
        store.close()
        #expect(try keptByteCounts() == [3])
    }

    @Test func `a record below the newest height is refused and changes nothing`() async throws {
        let store = try store()
        let newest = try #require(try records(height: 2, block: "two").last)
        let earlier = try #require(try records(height: 1, block: "one").last)
        try await store.save(newest)
        let error = await #expect(throws: NodeError.self) { try await store.save(earlier) }
        #expect(error?.code == .signingRecord)
        #expect(try store.load() == newest)
        store.close()
    }
}
