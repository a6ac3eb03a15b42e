import Credentials
import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct InvariantTests {
    @Test func `a block that would make or lose money is refused`() throws {
        let world = try World()
        let voter = world.voters[0].identity
        for balance in [UInt64(0), 999, 1001, .max] {
            var branch = Branch(world.state, height: 1, time: world.time)
            branch.write(voter, Account(balance: balance))
            #expect {
                try world.state.balance(branch.written())
            } throws: { error in
                (error as? LedgerError)?.code == .invariant
            }
        }
        var same = Branch(world.state, height: 1, time: world.time)
        same.write(voter, Account(balance: 1000))
        try world.state.balance(same.written())
    }

    @Test func `what a transaction wrote can be taken back whole`() throws {
        let world = try World()
        let people = world.voters.map(\.identity)
        var branch = Branch(world.state, height: 1, time: world.time)
        branch.write(people[0], Account(balance: 1))
        branch.keep()
        let kept = branch.written().map(\.address.key)
        branch.write(people[1], Account(balance: 2))
        branch.write(people[0], Account(balance: 3))
        branch.write(people[1], Account(balance: 4))
        branch.write(people[2], Account(balance: 5))
        branch.takeBack()
        #expect(branch.account(people[0])?.balance == 1)
        #expect(branch.account(people[1])?.balance == 1000)
        #expect(branch.account(people[2])?.balance == 1000)
        #expect(branch.written().map(\.address.key) == kept)
    }

    @Test(arguments: [UInt64(21), 22, 23])
    func `any mix of transactions keeps the supply and the roots`(seed: UInt64) throws {
        var numbers = SeededGenerator(seed: seed)
        var world = try World(voters: 4, nodes: 6, interval: 5, margin: 0)
        var twin = world.state
        var deposits: [HeldDeposit] = []
        for turn in 0..<40 {
            let transactions = try Self.mixture(
                in: world, turn: UInt8(turn), &numbers, &deposits)
            let executed = try world.block(transactions)
            try twin.commit(try twin.verify(executed.block))
            // After every block, refunds and refused refunds included.
            #expect(try Self.worth(world) == UInt128(world.state.supply))
        }
        #expect(twin.stateRoot == world.state.stateRoot)
        #expect(try world.restored().stateRoot == world.state.stateRoot)
        let codes = world.blocks.flatMap(\.results).map(\.code)
        let refunds = world.blocks.flatMap { block in
            zip(block.block.transactions, block.results).filter {
                $0.0.transaction.body.type == "deposit.refund"
            }.map(\.1.code)
        }
        #expect(refunds.contains(.ok) && refunds.contains(.alreadyRefunded))
        for code: ResultCode in [.ok, .insufficientBalance, .notCandidate, .alreadyCandidate] {
            #expect(codes.contains(code), "\(code)")
        }
        #expect(world.blocks.contains { !$0.lapsed.isEmpty })
        for node in world.nodes {
            let proof = world.state.tallyProof(of: node.identity)
            try proof?.verify(root: world.state.stateRoot)
            #expect(proof?.leaf.votes == world.state.candidate(node.identity)?.votes)
        }
        #expect(try Self.worth(world) == UInt128(world.state.supply))
        let cast = world.voters.compactMap { world.state.account($0.identity)?.cast }
        #expect(cast.reduce(0, +) == world.state.results.reduce(0) { $0 + $1.votes })
    }

    /// Balances and held deposits, from the stored records alone.
    private static func worth(_ world: World) throws -> UInt128 {
        var sum: UInt128 = 0
        for (key, value) in world.stored {
            switch try Record(try RecordKey(key), value) {
            case .account(let account): sum += UInt128(account.balance)
            case .deposit(let deposit):
                if deposit.state == .held { sum += UInt128(deposit.amount) }
            case .tip, .settings, .parameters, .auditorSet, .candidate, .election, .tally, .owner,
                .credential, .auditorSetChange, .offence, .offender, .absences:
                break
            }
        }
        return sum
    }

    private static func mixture(
        in world: World, turn: UInt8, _ numbers: inout SeededGenerator,
        _ deposits: inout [HeldDeposit]
    ) throws -> [VerifiedTransaction] {
        var transactions: [VerifiedTransaction] = []
        for voter in world.voters {
            let other = world.voters[Int(numbers.next(below: 4))]
            let node = world.nodes[Int(numbers.next(below: 6))]
            let body: TransactionBody =
                numbers.next(below: 3) == 0
                ? .transfer(to: other.identity, amount: numbers.next(below: 1200) + 1)
                : World.vote([(node, numbers.next(below: 3) == 0 ? -1 : 2)])
            transactions.append(try world.sign(voter, body))
        }
        for node in world.nodes where numbers.next(below: 2) == 0 {
            switch numbers.next(below: 3) {
            case 0:
                let pay = try world.sign(
                    node,
                    .depositPay(
                        auditor: world.auditors[0].issuer, node: node.identity,
                        amount: numbers.next(below: 300) + 1))
                deposits.append(HeldDeposit(id: pay.id, amount: 1, account: node.did))
                transactions.append(pay)
            case 1:
                transactions.append(
                    try world.sign(node, .candidateRemove(node: node.identity)))
            default:
                let answers = [
                    Answer(
                        auditor: 0, validForSeconds: Int64(numbers.next(below: 9)) + 1),
                    Answer(auditor: 1), Answer(auditor: 2, consent: .refused(reason: "no")),
                ]
                let bundle = try world.bundle(node, answers, nonce: turn)
                transactions.append(
                    try world.sign(node, .candidateAdd([try world.entry(node, bundle)])))
            }
        }
        if let deposit = deposits.last {
            let place = Int(numbers.next(below: UInt64(deposits.count)))
            let chosen = numbers.next(below: 2) == 0 ? deposit : deposits[place]
            transactions.append(
                try world.sign(
                    world.auditors[0].person, .depositRefund(deposit: chosen.id)))
        }
        return transactions
    }
}
