import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct ProofOfWorkTests {
    private static func worked(_ world: World, bits: UInt64) throws -> ExecutedBlock {
        let transaction = try world.sign(world.voters[0], .data(content: "x"))
        let block = try world.state.propose(
            pending: [transaction], time: world.time, proposer: world.proposer(round: 0),
            round: 0)
        var search = WorkSearch(block, bits: bits)
        for _ in 0..<10_000 {
            if let work = search.look(64) { return block.worked(work) }
        }
        throw LedgerError(.invariant, "no work was found")
    }

    @Test func `a header with the work that genesis asks for is taken`() throws {
        var world = try World(parameters: [("proofOfWorkBits", 10)])
        let proposed = try Self.worked(world, bits: 10)
        #expect(proposed.block.header.id.bytes[0] == 0)
        #expect(proposed.block.header.id.bytes[1] < 64)
        let received = try ReceivedBlock(bytes: proposed.block.received.bytes)
        let executed = try world.state.verify(try received.verified(keys: KeyCache()))
        #expect(executed.changes == proposed.changes)
        #expect(executed.block.header == proposed.block.header)
        var other = world.state
        try world.state.commit(proposed)
        try other.commit(executed)
        #expect(world.state.tip == other.tip)
        #expect(world.state.tip.block == proposed.block.header.id)
        let next = try Self.worked(world, bits: 10)
        #expect(next.block.header.previous == proposed.block.header.id)
        _ = try other.verify(next.block)
    }

    @Test func `too little work is refused before anything is executed`() throws {
        let world = try World(parameters: [("proofOfWorkBits", 10)])
        let block = try Self.worked(world, bits: 10)
        let found = block.block.header.work
        for work in [0, 1, found &+ 1, 9_007_199_254_740_991] where work != found {
            let other = block.worked(work)
            guard !ProofOfWork.isDone(other.block.header, bits: 10) else { continue }
            #expect(throws: LedgerError.self) { try world.state.verify(other.block) }
        }
    }

    @Test func `without the parameter work other than 0 is refused`() throws {
        let world = try World()
        let block = try world.state.propose(
            pending: [], time: world.time, proposer: world.proposer(round: 0), round: 0)
        _ = try world.state.verify(block.block)
        #expect(throws: LedgerError.self) { try world.state.verify(block.worked(1).block) }
    }

    @Test func `the search finds the same however it is sliced`() throws {
        let world = try World(parameters: [("proofOfWorkBits", 8)])
        let block = try world.state.propose(
            pending: [], time: world.time, proposer: world.proposer(round: 0), round: 0)
        var found: [UInt64] = []
        for slice in [1, 7, 4096] {
            var search = WorkSearch(block, bits: 8)
            var work: UInt64?
            while work == nil { work = search.look(slice) }
            found.append(try #require(work))
        }
        #expect(Set(found).count == 1)
        var empty = WorkSearch(block, bits: 8)
        #expect(empty.look(0) == nil)
        var none = WorkSearch(block, bits: 0)
        #expect(none.look(1) == 0)
    }

    @Test func `bits are counted from the first`() throws {
        let bytes: [UInt8] = [0, 0, 0x10] + Array(repeating: 0xFF, count: 29)
        let id = try Digest(bytes: bytes)
        for bits: UInt64 in [0, 1, 8, 16, 18, 19] { #expect(ProofOfWork.isDone(id, bits: bits)) }
        for bits: UInt64 in [20, 24, 32, 256] { #expect(!ProofOfWork.isDone(id, bits: bits)) }
        #expect(ProofOfWork.isDone(.zero, bits: 256))
        #expect(!ProofOfWork.isDone(.zero, bits: 257))
    }
}
