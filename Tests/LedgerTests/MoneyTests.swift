import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct MoneyTests {
    @Test func `a transfer moves the amount and opens the account of who has none`() throws {
        var world = try World()
        let stranger = try Person("stranger")
        let sender = world.voters[0]
        #expect(
            try world.run(sender, .transfer(to: stranger.identity, amount: 400)).code == .ok)
        #expect(world.state.account(sender.identity)?.balance == 600)
        let opened = try #require(world.state.account(stranger.identity))
        #expect(opened.balance == 400)
        #expect(opened.allowance == 0)
        #expect(opened.sequence == 0)
    }

    @Test func `the whole balance can be spent and not one more`() throws {
        var world = try World()
        let (sender, other) = (world.voters[0], world.voters[1])
        let more = try world.run(sender, .transfer(to: other.identity, amount: 1001))
        #expect(more.code == .insufficientBalance)
        #expect(world.state.account(sender.identity)?.balance == 1000)
        #expect(world.state.account(sender.identity)?.sequence == 1)
        #expect(
            try world.run(sender, .transfer(to: other.identity, amount: 1000)).code == .ok)
        #expect(world.state.account(sender.identity)?.balance == 0)
        #expect(world.state.account(other.identity)?.balance == 2000)
    }

    @Test func `a transfer to oneself changes nothing but the number`() throws {
        var world = try World()
        let sender = world.voters[0]
        #expect(
            try world.run(sender, .transfer(to: sender.identity, amount: 1000)).code == .ok)
        #expect(world.state.account(sender.identity)?.balance == 1000)
    }

    @Test func `an amount near 2^64 is refused and nothing overflows`() throws {
        var world = try World()
        let (sender, other) = (world.voters[0], world.voters[1])
        let result = try world.run(sender, .transfer(to: other.identity, amount: .max))
        #expect(result.code == .insufficientBalance)
    }

    @Test func `a paid deposit leaves the balance and is found by id, node and auditor`() throws {
        var world = try World()
        let (payer, node) = (world.nodes[0], world.nodes[1])
        let transaction = try world.sign(
            payer, .depositPay(auditor: "https://a1.example", node: node.identity, amount: 250))
        #expect(try world.block([transaction]).results == [.ok])
        let deposit = try #require(world.state.deposit(transaction.id))
        #expect(deposit.state == .held)
        #expect(deposit.amount == 250)
        #expect(deposit.payer == payer.identity)
        #expect(deposit.height == 1)
        #expect(world.state.account(payer.identity)?.balance == 750)
        let found = world.state.deposits(node: node.identity)
        #expect(found == [deposit])
        #expect(
            world.state.deposits(node: node.identity, auditor: "https://a1.example") == [deposit])
        #expect(
            world.state.deposits(node: node.identity, auditor: "https://a2.example").isEmpty)
        #expect(try Deposit(deposit.json) == deposit)
    }

    @Test func `a deposit for an unknown auditor is refused`() throws {
        var world = try World()
        let node = world.nodes[0]
        let result = try world.run(
            node,
            .depositPay(auditor: "https://a1.example/", node: node.identity, amount: 1))
        #expect(result.code == .unknownAuditor)
        #expect(world.state.account(node.identity)?.balance == 1000)
    }

    @Test func `a refund goes to the account that paid, once, sent by the auditor alone`() throws {
        var world = try World()
        let (payer, node) = (world.nodes[0], world.nodes[1])
        let pay = try world.sign(
            payer, .depositPay(auditor: "https://a1.example", node: node.identity, amount: 250))
        try world.block([pay])
        let refund = TransactionBody.depositRefund(deposit: pay.id)
        for stranger in [payer, node, world.auditors[1].person, world.registrar] {
            #expect(try world.run(stranger, refund).code == .notAuditor)
        }
        let auditor = world.auditors[0].person
        #expect(try world.run(auditor, refund).code == .ok)
        #expect(world.state.account(payer.identity)?.balance == 1000)
        #expect(world.state.account(auditor.identity)?.balance == 1000)
        #expect(world.state.deposit(pay.id)?.state == .refunded)
        #expect(try world.run(auditor, refund).code == .alreadyRefunded)
        #expect(world.state.account(payer.identity)?.balance == 1000)
        let unknown = TransactionBody.depositRefund(deposit: .zero)
        #expect(try world.run(auditor, unknown).code == .unknownDeposit)
    }

    @Test func `two refunds of one deposit in one block pay once`() throws {
        var world = try World()
        let node = world.nodes[0]
        let pay = try world.sign(
            node, .depositPay(auditor: "https://a1.example", node: node.identity, amount: 250))
        try world.block([pay])
        let auditor = world.auditors[0].person
        let twice = try [0, 1].map {
            try world.sign(auditor, .depositRefund(deposit: pay.id), sequence: $0)
        }
        #expect(try world.block(twice).results.map(\.code) == [.ok, .alreadyRefunded])
        #expect(world.state.account(node.identity)?.balance == 1000)
    }

    @Test func `no refund while the node is a candidate or a representative`() throws {
        var world = try World(interval: 5)
        let nodes = Array(world.nodes[0..<4])
        let pay = try world.sign(
            nodes[0],
            .depositPay(auditor: "https://a1.example", node: nodes[0].identity, amount: 250))
        try world.block([pay])
        try world.list(nodes)
        let auditor = world.auditors[0].person
        let refund = TransactionBody.depositRefund(deposit: pay.id)
        #expect(world.state.status(of: nodes[0].identity) == .candidate)
        #expect(try world.run(auditor, refund).code == .nodeNotOrdinary)
        try world.advance(to: 5)
        #expect(try world.run(nodes[0], .candidateRemove(node: nodes[0].identity)).code == .ok)
        // Elected at 5, seated from 7; off the list since 6, and still no refund at 7.
        #expect(world.state.status(of: nodes[0].identity) == .representative)
        #expect(try world.run(auditor, refund).code == .nodeNotOrdinary)
        #expect(world.state.account(nodes[0].identity)?.balance == 750)
    }

    @Test func `a refund works in the very block in which the old set stops acting`() throws {
        var world = try World(interval: 4)
        let leaver = world.representatives[0]
        let pay = try world.sign(
            leaver,
            .depositPay(auditor: "https://a1.example", node: leaver.identity, amount: 250))
        try world.block([pay])
        try world.list(Array(world.nodes[0..<4]))
        let auditor = world.auditors[0].person
        let refund = TransactionBody.depositRefund(deposit: pay.id)
        try world.advance(to: 4)
        #expect(try world.run(auditor, refund).code == .nodeNotOrdinary)
        #expect(world.state.tip.height == 5)
        #expect(try world.run(auditor, refund).code == .ok)
        #expect(world.state.account(leaver.identity)?.balance == 1000)
    }

    @Test func `only the registrar enrols, and not below what is cast`() throws {
        var world = try World()
        try world.list([world.nodes[0]])
        let voter = world.voters[0]
        let enroll = TransactionBody.voterEnroll(account: voter.identity, allowance: 5)
        #expect(try world.run(voter, enroll).code == .notRegistrar)
        #expect(try world.vote(voter, [(world.nodes[0], 6)]) == .ok)
        #expect(try world.run(world.registrar, enroll).code == .allowanceBelowCast)
        #expect(world.state.account(voter.identity)?.allowance == 10)
        #expect(try world.vote(voter, [(world.nodes[0], -1)]) == .ok)
        #expect(try world.run(world.registrar, enroll).code == .ok)
        #expect(world.state.account(voter.identity)?.remaining == 0)
        let stranger = try Person("stranger")
        let open = TransactionBody.voterEnroll(account: stranger.identity, allowance: 3)
        #expect(try world.run(world.registrar, open).code == .ok)
        #expect(world.state.account(stranger.identity)?.allowance == 3)
    }
}
