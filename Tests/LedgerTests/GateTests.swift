import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct GateTests {
    private static let data = TransactionBody.data(content: "hello")

    private static func reason(_ inclusion: Inclusion) -> Inclusion.Reason? {
        if case .refused(let reason, _) = inclusion { reason } else { nil }
    }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `a transaction counts only in blocks earlier than its notAfter`(
        offset: Int64, includable: Bool
    ) throws {
        var world = try World()
        let transaction = try world.sign(
            world.voters[0], Self.data,
            notAfter: Instant(seconds: world.time.seconds + offset))
        let answer = world.state.check(transaction, at: world.time)
        #expect((answer == .includable) == includable)
        if !includable { #expect(Self.reason(answer) == .expired) }
        #expect(try world.block([transaction]).results.count == (includable ? 1 : 0))
    }

    @Test func `a millisecond before notAfter is early enough`() throws {
        let world = try World()
        let end = Instant(seconds: world.time.seconds)
        let transaction = try world.sign(world.voters[0], Self.data, notAfter: end)
        let before = end.adding(milliseconds: -1)
        #expect(world.state.check(transaction, at: before) == .includable)
        #expect(Self.reason(world.state.check(transaction, at: end)) == .expired)
    }

    @Test func `a number is used once, and later ones wait`() throws {
        var world = try World()
        let sender = world.voters[0]
        let first = try world.sign(sender, Self.data)
        let second = try world.sign(sender, Self.data, sequence: 1)
        let third = try world.sign(sender, Self.data, sequence: 2)
        let far = try world.sign(sender, Self.data, sequence: 1025)
        #expect(world.state.check(second, at: world.time) == .early(expected: 0))
        #expect(Self.reason(world.state.check(far, at: world.time)) == .sequenceTooFar)
        // A block takes them in their order whatever order they wait in, the first but once.
        let executed = try world.block([third, second, first, first, far])
        #expect(
            executed.block.transactions.map(\.id) == [first, second, third].map(\.id))
        #expect(world.state.account(sender.identity)?.sequence == 3)
        #expect(Self.reason(world.state.check(first, at: world.time)) == .sequenceUsed)
    }

    @Test func `a transaction for another network or from nowhere is not includable`() throws {
        let world = try World()
        let foreign = try world.sign(world.voters[0], Self.data, network: "test-2")
        #expect(Self.reason(world.state.check(foreign, at: world.time)) == .wrongNetwork)
        let stranger = try world.sign(try Person("stranger"), Self.data)
        #expect(Self.reason(world.state.check(stranger, at: world.time)) == .unknownAccount)
    }

    @Test func `a block with a transaction that may not stand in it is refused`() throws {
        let world = try World()
        let sender = world.voters[0]
        let good = try world.sign(sender, Self.data)
        let proposer = world.state.representatives(at: 1).list[0].node
        let header = try world.state.propose(
            pending: [good], time: world.time, proposer: proposer, round: 0
        ).block.header
        let bad = [
            [good, good], [try world.sign(sender, Self.data, sequence: 1)],
            [try world.sign(sender, Self.data, notAfter: world.time)],
            [try world.sign(sender, Self.data, network: "other")],
            [try world.sign(try Person("stranger"), Self.data)],
        ]
        for transactions in bad {
            #expect(throws: LedgerError.self) {
                try world.state.verify(Block(header: header, transactions: transactions))
            }
        }
    }

    @Test func `a signature by another key or over other bytes is refused`() throws {
        let world = try World()
        let (sender, other) = (world.voters[0], world.voters[1])
        let transaction = try world.sign(sender, Self.data).transaction
        #expect(throws: LedgerError.self) { try transaction.verified(other.key.publicKey) }
        let parts = transaction.jws.compact.split(separator: ".")
        let foreign = try world.sign(sender, .data(content: "hullo")).transaction.jws.compact
        let mixed = "\(parts[0]).\(parts[1]).\(foreign.split(separator: ".")[2])"
        #expect(throws: LedgerError.self) {
            try Transaction(compact: mixed).verified(keys: KeyCache())
        }
        let stolen = try JWS.sign(
            payload: transaction.jws.payload, type: Transaction.jwsType, keyID: sender.did,
            key: other.key)
        #expect(throws: LedgerError.self) {
            try Transaction(compact: stolen.compact).verified(keys: KeyCache())
        }
        let typed = try JWS.sign(
            payload: transaction.jws.payload, type: "application+jwt", keyID: sender.did,
            key: sender.key)
        #expect(throws: LedgerError.self) { try Transaction(compact: typed.compact) }
    }

    @Test func `limits of the block hold for who proposes and who verifies`() throws {
        let world = try World()
        let transactions = try world.voters.map { try world.sign($0, Self.data) }
        let proposer = world.state.representatives(at: 1).list[0].node
        let one = BlockLimits(
            transactionCount: 1, blockByteCount: 1 << 20, transactionByteCount: 1 << 16)
        let executed = try world.state.propose(
            pending: transactions, limits: one, time: world.time, proposer: proposer, round: 0)
        #expect(executed.results.count == 1)
        let room = transactions[0].transaction.byteCount + transactions[1].transaction.byteCount
        let tight = BlockLimits(
            transactionCount: 10, blockByteCount: room, transactionByteCount: 1 << 16)
        let second = try world.state.propose(
            pending: transactions, limits: tight, time: world.time, proposer: proposer, round: 0)
        #expect(second.results.count == 2)
    }

    @Test func `a draft and what is parsed from it agree for every type`() throws {
        let world = try World()
        let (sender, node) = (world.voters[0], world.nodes[0])
        let key = try World.consensusKey(of: node)
        let entry = CandidateEntry(
            node: node.identity, consensusKey: key.key.publicKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: World.network, node: node.identity, key: key.key),
            endpoint: World.endpoint(of: node), bundle: "a.b.c")
        let bodies: [TransactionBody] = [
            .transfer(to: node.identity, amount: .max),
            .depositPay(auditor: "https://a1.example", node: node.identity, amount: 1),
            .depositRefund(deposit: .sha256([1])), .candidateAdd([entry]),
            .candidateRemove(node: node.identity),
            .voterEnroll(account: node.identity, allowance: 0), World.vote([(node, -3)]),
            .data(content: "ä\n\"\u{1F5F3}"),
        ]
        for body in bodies {
            let transaction = try world.sign(sender, body).transaction
            #expect(transaction.body == body)
            #expect(transaction.sender == sender.identity)
            #expect(transaction.id == transaction.jws.digest)
        }
    }
}
