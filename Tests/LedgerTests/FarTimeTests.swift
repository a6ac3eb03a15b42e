import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct FarTimeTests {
    @Test func `times at the end of the range neither trap nor block`() throws {
        var world = try World()
        let most = Instant(seconds: 9_007_199_254_740_991)
        let voter = world.voters[0]
        let data = TransactionBody.data(content: "x")
        let late = try world.sign(voter, data, notAfter: most)
        #expect(world.state.check(late, at: world.time) == .includable)
        #expect(world.state.check(late, at: .distantFuture) != .includable)
        try world.list([world.nodes[0]])
        world.time = .distantFuture
        let executed = try world.block([late])
        #expect(executed.results.isEmpty)
        #expect(executed.lapsed == [world.nodes[0].identity])
        // No later time can be written, so the chain ends here instead of running in circles.
        let proposer = world.state.representatives(at: 2).list[0].node
        #expect(throws: LedgerError.self) {
            try world.state.propose(
                pending: [], time: world.time, proposer: proposer, round: 0)
        }
    }
}
