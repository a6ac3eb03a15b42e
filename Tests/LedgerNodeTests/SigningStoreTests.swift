import Consensus
import Cryptography
import Encoding
import FoundationEssentials
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

    private func store(
        chainHeight: UInt64 = 0, mayStartNew: Bool = false
    ) throws -> SigningStore {
        try SigningStore(
            path: folder.file("signing.sqlite"), genesis: .zero,
            consensusKey: pair.publicKey.bytes, chainHeight: chainHeight,
            mayStartNew: mayStartNew)
    }

    private typealias Request = (message: UnsignedMessage, record: ConsensusRecord)

    /// What a lone representative asks to have signed while it decides a block, in its order.
    private func requests(height: UInt64, block: String) throws -> [Request] {
        let set = try RepresentativeSet(
            [pair.publicKey], approval: .all, genesis: .zero, since: 1)
        var machine = try ConsensusMachine(
            configuration: ConsensusConfiguration(
                network: "test", height: height, set: set, ownKey: pair.publicKey, offset: 0,
                timeouts: .standard), restoring: nil)
        let bytes = Array(block.utf8)
        let value = ProposedValue(id: Digest.sha256(bytes), bytes: bytes)
        var requests: [Request] = []
        var inputs: [Input] = [.start]
        while let input = inputs.popLast() {
            for effect in machine.step(input) {
                switch effect {
                case .build(let round): inputs.append(.built(value, round: round))
                case .validate(let value, _): inputs.append(.validated(value, .valid))
                case .sign(let message, let record):
                    requests.append((message, record))
                    inputs.append(.signed(message.signed(try pair.key.sign(message.bytes))))
                default: break
                }
            }
        }
        #expect(machine.isDecided)
        return requests
    }

    @discardableResult
    private func release(_ request: Request, _ store: SigningStore) async throws -> [UInt8] {
        try await store.release(
            request.message, try pair.key.sign(request.message.bytes), request.record)
    }

    private func refusal(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch let error as NodeError where error.code == .signingRecord {
            return error.detail
        } catch {
            return "another error: \(error)"
        }
    }

    /// The bytes of all values kept beside the record.
    private func keptByteCounts() throws -> [Int64] {
        let store = try store()
        defer { store.close() }
        return try keptByteCounts(of: store)
    }

    private func keptByteCounts(of store: SigningStore) throws -> [Int64] {
        try store.database.read { connection in
            try connection.query("SELECT length(bytes) FROM record_values", []) { $0.int(0) }
        }
    }

    @Test func `every record comes back whole from a store opened anew`() async throws {
        let requests = try requests(height: 1, block: "a block")
        #expect(requests.count == 3)
        for request in requests {
            let store = try store()
            try await release(request, store)
            store.close()
            let again = try self.store()
            #expect(try again.load()?.record == request.record)
            #expect(try again.newestPlace() == SigningPlace(request.message.content))
            again.close()
        }
        #expect(try keptByteCounts() == [7])
    }

    @Test func `the block of an earlier height is dropped with its record`() async throws {
        let store = try store()
        for request in try requests(height: 1, block: "the first") {
            try await release(request, store)
        }
        for request in try requests(height: 2, block: "two") { try await release(request, store) }
        store.close()
        #expect(try keptByteCounts() == [3])
    }

    @Test func `the same bytes get the stored signature, also after a restart`() async throws {
        let requests = try requests(height: 1, block: "a block")
        var store = try store()
        var first: [[UInt8]] = []
        for request in requests { first.append(try await release(request, store)) }
        store.close()
        store = try self.store()
        for (request, signature) in zip(requests, first) {
            let unlike = [UInt8](repeating: 1, count: 64)
            let again = try await store.release(request.message, unlike, request.record)
            #expect(again == signature)
            let place = SigningPlace(request.message.content)
            #expect(try store.signature(at: place)?.bytes == request.message.bytes)
        }
        store.close()
    }

    @Test func `other bytes at a place that was signed are refused and change nothing`()
        async throws
    {
        let store = try store()
        let first = try requests(height: 1, block: "a block")
        for request in first { try await release(request, store) }
        for rival in try requests(height: 1, block: "another") {
            let refusal = await refusal { try await release(rival, store) }
            #expect(refusal?.contains("was signed before with other content") == true)
        }
        #expect(try store.load()?.record == first.last?.record)
        #expect(try keptByteCounts(of: store) == [7])
        store.close()
    }

    @Test func `a place before the newest is refused and changes nothing`() async throws {
        let store = try store()
        let two = try requests(height: 2, block: "two")
        // The prevote is the newest; the proposal before it was never signed.
        try await release(two[1], store)
        #expect(
            await refusal { try await release(two[0], store) }?.contains("is signed already")
                == true)
        let one = try #require(try requests(height: 1, block: "one").last)
        #expect(await refusal { try await release(one, store) } != nil)
        #expect(try store.load()?.record == two[1].record)
        try await release(two[2], store)
        store.close()
    }

    @Test func `signatures of heights long past are let go of`() async throws {
        let store = try store()
        for height in [1, 2, 70] as [UInt64] {
            for request in try requests(height: height, block: "b") {
                try await release(request, store)
            }
        }
        #expect(try store.signature(at: SigningPlace(height: 2, round: 0, step: 2)) == nil)
        #expect(try store.signature(at: SigningPlace(height: 70, round: 0, step: 2)) != nil)
        let past = try #require(try requests(height: 2, block: "b").last)
        #expect(await refusal { try await release(past, store) } != nil)
        store.close()
    }

    @Test(arguments: ["record SET record = zeroblob(length(record))", "signed SET bytes = x'00'"])
    func `damage is found before anything is signed on it`(change: String) async throws {
        let requests = try requests(height: 1, block: "a block")
        var store = try store()
        for request in requests { try await release(request, store) }
        try await store.database.write { try $0.execute("UPDATE \(change)") }
        store.close()
        store = try self.store()
        let found = await refusal {
            _ = try store.load()
            try await release(requests[2], store)
        }
        #expect(found?.contains("damaged") == true)
        store.close()
    }

    @Test func `a record that is missing beside a chain is not begun anew`() async throws {
        let refused = await refusal { _ = try self.store(chainHeight: 3) }
        #expect(refused?.contains("--new-signing-record") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.file("signing.sqlite")))
        let store = try store(chainHeight: 3, mayStartNew: true)
        store.close()
        try self.store(chainHeight: 3).close()
    }

    @Test func `a second user of the record is refused and told who has it`() throws {
        let store = try store()
        do {
            _ = try self.store()
            Issue.record("two users of one record")
        } catch let error as StorageError {
            #expect(error.code == .locked)
            #expect(error.detail.contains("process"))
        }
        store.close()
    }
}
