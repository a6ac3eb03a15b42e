import Consensus
import Cryptography
import Encoding
import FoundationEssentials
import Storage
import TestSupport
import Testing

@testable import LedgerNode

/// What a restart makes of the log of a height: whole, torn, damaged, of another height, or gone.
@Suite struct ConsensusLogTests {
    private let pair: KeyPair
    private let set: RepresentativeSet
    private let folder: TemporaryFolder
    private var path: String { folder.file("consensus.log") }

    init() throws {
        pair = try KeyPair(.ed25519)
        set = try RepresentativeSet(
            [pair.publicKey], approval: .all, genesis: .zero, since: 1)
        folder = try TemporaryFolder()
    }

    /// A height under way: what was logged, and the record of its prevote.
    private struct UnderWay {
        let kept: SigningStore.Kept
        /// Where each entry ends.
        let ends: [Int]
    }

    private func machine(_ height: UInt64) throws -> ConsensusMachine {
        try ConsensusMachine(
            configuration: ConsensusConfiguration(
                network: "test", height: height, set: set, ownKey: pair.publicKey, offset: 0,
                timeouts: .standard))
    }

    /// Proposes, logs that, and stops before the prevote leaves.
    private func stopUnderWay(height: UInt64) async throws -> UnderWay {
        let (log, _) = try ConsensusLog.open(path: path, record: nil)
        defer { log.close() }
        let store = try SigningStore(
            path: folder.file("signing.sqlite"), genesis: .zero,
            consensusKey: pair.publicKey.bytes, chainHeight: 0, mayStartNew: false)
        defer { store.close() }
        var ends: [Int] = []
        func keep(_ entry: LoggedInput) throws {
            #expect(try log.append(entry))
            ends.append(log.file.byteCount)
        }
        try keep(.began(height: height, set: set.digest))
        var machine = try machine(height)
        let value = ProposedValue(id: Digest.sha256([1]), bytes: [1])
        var inputs: [Input] = [.start]
        while let input = inputs.popLast() {
            if let entry = LoggedInput(input) { try keep(entry) }
            for effect in machine.step(input) {
                switch effect {
                case .build(let round): inputs.append(.built(value, round: round))
                case .sign(let message, let record):
                    let signature = try pair.key.sign(message.bytes)
                    _ = try await store.release(
                        message, signature, record, loggedByteCount: try log.file.synchronise())
                    if case .proposal = message.content {
                        inputs.append(.signed(message.signed(signature)))
                    }
                case .validate(let value, _): inputs.append(.validated(value, .valid))
                default: break
                }
            }
        }
        return UnderWay(kept: try #require(try store.load()), ends: ends)
    }

    private func found(_ record: SigningStore.Kept?) throws -> ConsensusLog.Found {
        let (log, found) = try ConsensusLog.open(path: path, record: record)
        log.close()
        return found
    }

    private func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

    private func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: path)) }

    @Test func `a whole log is told to agreement again, which repeats what it had signed`()
        async throws
    {
        let underWay = try await stopUnderWay(height: 4)
        #expect(underWay.kept.loggedByteCount == underWay.ends.last)
        let found = try found(underWay.kept)
        #expect(found.damagedHeight == nil)
        let logged = try #require(found.logged)
        #expect(logged.height == 4)
        #expect(!logged.inputs.isEmpty)
        var machine = try ConsensusMachine(
            configuration: try machine(4).configuration, restoring: underWay.kept.record)
        let effects = machine.restart(with: logged)
        #expect(!effects.contains(.build(round: 0)))
        #expect(effects.contains { if case .sign = $0 { true } else { false } })
    }

    @Test func `every tail that was not synchronised is cut off by itself`() async throws {
        let underWay = try await stopUnderWay(height: 4)
        let whole = try bytes()
        let vote = [UInt8](repeating: 5, count: 40)
        for count in 1...vote.count {
            try write(whole + vote[..<count])
            let found = try found(underWay.kept)
            #expect(found.damagedHeight == nil)
            #expect(found.logged?.height == 4)
            #expect(try bytes() == whole)
        }
    }

    @Test func `damage in what was synchronised is never taken for a torn tail`() async throws {
        let underWay = try await stopUnderWay(height: 4)
        let whole = try bytes()
        for place in 0..<whole.count {
            var damaged = whole
            damaged[place] ^= 0x10
            try write(damaged)
            let found = try found(underWay.kept)
            #expect(found.damagedHeight == 4)
            #expect(found.logged == nil)
            #expect(try bytes() == damaged)
        }
        for count in stride(from: 0, to: whole.count, by: 3) {
            try write(Array(whole[..<count]))
            #expect(try found(underWay.kept).damagedHeight == 4)
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(try found(underWay.kept).damagedHeight == 4)
    }

    @Test func `a log of a later height than the record is whole whatever its length`()
        async throws
    {
        let underWay = try await stopUnderWay(height: 4)
        let (log, _) = try ConsensusLog.open(path: path, record: underWay.kept)
        #expect(try log.append(.began(height: 5, set: set.digest)))
        log.close()
        #expect(try bytes().count < underWay.kept.loggedByteCount)
        let found = try found(underWay.kept)
        #expect(found.damagedHeight == nil)
        #expect(found.logged?.height == 5)
        #expect(found.logged?.inputs.isEmpty == true)
    }

    @Test func `before the first signature nothing can be damaged`() throws {
        try write([1, 2, 3])
        let found = try found(nil)
        #expect(found.damagedHeight == nil)
        #expect(found.logged == nil)
        #expect(try bytes().isEmpty)
    }
}
