import Cryptography
import Encoding
import Policies
import Simulator
import Testing

@testable import Ledger

/// Rules of a network's own, in genesis.
@Suite struct ContractTests {
    private static func rule(_ expression: String, id: String = "one") -> JSON {
        ["id": .string(id), "expression": .string(expression), "message": "it is not allowed"]
    }

    private static func world(_ contracts: JSON, _ more: [(String, JSON)] = []) throws -> World {
        try World(parameters: [("contracts", contracts)] + more)
    }

    @Test func `a refused transaction names the rule and uses its number up`() throws {
        var world = try Self.world([
            "transfer": [
                Self.rule("transaction.body.amount <= 100"),
                Self.rule("sender.balance - transaction.body.amount >= 500u", id: "reserve"),
            ]
        ])
        let (from, to) = (world.voters[0], world.voters[1])
        let small = TransactionBody.transfer(to: to.identity, amount: 100)
        #expect(try world.run(from, small) == .ok)
        let refused = try world.run(from, .transfer(to: to.identity, amount: 101))
        #expect(refused.code == .contractRefused)
        #expect(refused.detail == "contract one refuses: it is not allowed")
        for _ in 0..<4 { #expect(try world.run(from, small).code == .ok) }
        let reserve = try world.run(from, small)
        #expect(reserve.code == .contractRefused && reserve.detail.contains("contract reserve"))
        #expect(world.state.account(from.identity)?.balance == 500)
        #expect(world.state.account(from.identity)?.sequence == 7)
        #expect(world.state.account(to.identity)?.balance == 1500)
    }

    @Test func `a rule that errs refuses and says so`() throws {
        var world = try Self.world([
            "transfer": [Self.rule("10u / (transaction.body.amount - 5u) >= 0u")]
        ])
        let to = world.voters[1].identity
        let error = try world.run(world.voters[0], .transfer(to: to, amount: 5))
        #expect(error.code == .contractRefused)
        #expect(error.detail.contains("cannot be judged and refuses: division by zero"))
        #expect(try world.run(world.voters[0], .transfer(to: to, amount: 6)) == .ok)
        let overflow = try world.run(world.voters[0], .transfer(to: to, amount: 4))
        #expect(overflow.code == .contractRefused && overflow.detail.contains("64 bits"))
    }

    @Test func `contracts see every record that a transaction touches`() throws {
        let deposit = "deposit.state == 'held' && deposit.amount == 50u && deposit.height == 1"
        var world = try Self.world([
            "deposit.pay": [
                Self.rule("node.status == 'candidate' && node.state == 'listed' && node.votes == 0")
            ],
            "deposit.refund": [
                Self.rule(deposit), Self.rule("node.node == deposit.node", id: "n"),
            ],
            "candidate.remove": [Self.rule("node.node == transaction.sender && node.votes < 3")],
            "voter.enroll": [
                Self.rule("!voter.exists && voter.balance == 0u && transaction.body.allowance < 9")
            ],
            "data": [Self.rule("size(transaction.body.content) > 0 && transaction.byteCount > 9")],
            "vote": [
                Self.rule(
                    "transaction.body.changes.all(c, c.votes <= 2) && sender.cast <= 2"
                        + " && candidates.all(n, n.state == 'listed' && n.votes < 2"
                        + " && n.validUntil > block.time && n.endpoint.startsWith('https://'))")
            ],
        ])
        let node = world.nodes[0]
        try world.list([node])
        let pay = TransactionBody.depositPay(
            auditor: world.auditors[0].issuer, node: node.identity, amount: 50)
        let payment = try world.sign(node, pay)
        #expect(try world.block([payment]).results.map(\.code) == [.ok])
        #expect(try world.vote(world.voters[0], [(node, 2)]) == .ok)
        #expect(try world.vote(world.voters[1], [(node, 1)]) == .contractRefused)
        #expect(try world.vote(world.voters[1], [(world.nodes[1], 1)]) == .contractRefused)
        let auditor = world.auditors[0].person
        #expect(
            try world.run(auditor, .depositRefund(deposit: payment.id)).code == .nodeNotOrdinary)
        #expect(
            try world.run(auditor, .depositRefund(deposit: .zero)).code == .contractRefused)
        #expect(
            try world.run(node, .candidateRemove(node: world.nodes[1].identity)).code
                == .contractRefused)
        #expect(try world.run(node, .candidateRemove(node: node.identity)) == .ok)
        #expect(try world.run(node, .data(content: "")).code == .contractRefused)
        #expect(try world.run(node, .data(content: "x")) == .ok)
        let newcomer = try Person("newcomer").identity
        let enroll = TransactionBody.voterEnroll(account: newcomer, allowance: 8)
        #expect(try world.run(world.registrar, enroll) == .ok)
        #expect(try world.run(world.registrar, enroll).code == .contractRefused)
    }

    @Test func `contracts see height, time and what the transaction is`() throws {
        var world = try Self.world([
            "data": [
                Self.rule(
                    "block.height >= 3 && block.time == timestamp('2027-01-15T08:00:03Z')"
                        + " && transaction.notAfter - block.time == duration('60s')"
                        + " && transaction.type == 'data' && sender.sequence - 1 =="
                        + " transaction.sequence && sender.status == 'representative'"
                        + " && size(transaction.id) == 64")
            ]
        ])
        let sender = world.representatives[0]
        for expected in [ResultCode.contractRefused, .contractRefused, .ok, .contractRefused] {
            #expect(try world.run(sender, .data(content: "x")).code == expected)
        }
    }

    @Test func `times beyond the calendar count as its last second`() throws {
        var world = try Self.world([
            "data": [Self.rule("transaction.notAfter == timestamp('9999-12-31T23:59:59Z')")]
        ])
        let far = Instant(seconds: Limits.exactIntegerMaximum)
        let transaction = try world.sign(
            world.voters[0], .data(content: "x"), notAfter: far)
        #expect(try world.block([transaction]).results.map(\.code) == [.ok])
    }

    @Test(
        arguments: [
            (
                #"{"vote": [{"id": "a", "expression": "transaction.body.chnges == 1", "message": ""}]}"#,
                "did you mean 'changes'"
            ),
            (#"{"vote": [{"id": "a", "expression": "1 + 1", "message": ""}]}"#, "is int, not bool"),
            (#"{"vote": [{"id": "a", "expression": "dyn(true)", "message": ""}]}"#, "not bool"),
            (#"{"vote": [{"id": "a", "expression": "1.5 > 1.0", "message": ""}]}"#, "no doubles"),
            (
                #"{"vote": [{"id": "a", "expression": "block.time.getHours('Asia/Tokyo') > 1", "message": ""}]}"#,
                "no named time zones"
            ),
            (
                #"{"vote": [{"id": "a", "expression": "block.height >\n 'x'", "message": ""}]}"#,
                "line 1, column 14"
            ),
            (
                #"{"vote": [{"id": "a", "expression": "true", "message": ""}, {"id": "a", "expression": "true", "message": ""}]}"#,
                "have the id a"
            ),
            (#"{"vote": [{"id": "", "expression": "true", "message": ""}]}"#, "printable ASCII"),
            (#"{"vote": [{"id": "a", "expression": "true"}]}"#, "message"),
            (#"{"vote": [{"id": "a", "expression": "true", "message": "", "more": 1}]}"#, "more"),
            (#"{"vote": []}"#, "leave it out"), (#"{"votes": []}"#, "contracts are about transfer"),
            (
                #"{"parameters.update": [{"id": "a", "expression": "false", "message": ""}]}"#,
                "contracts are about transfer"
            ),
            (
                #"{"vote": [{"id": "a", "expression": "candidates.all(a, candidates.all(b, candidates.all(c, a.node != b.node || b.node != c.node)))", "message": ""}]}"#,
                "units, at most 20000 are allowed"
            ),
        ] as [(String, String)])
    func `a contract that cannot be trusted is refused with genesis`(
        _ contracts: String, _ part: String
    ) throws {
        let error = #expect(throws: LedgerError.self) {
            try Self.world(try JSON.parse(contracts))
        }
        #expect(error?.code == .genesis)
        #expect(error?.detail.contains(part) == true, "\(error?.detail ?? "")")
    }

    @Test func `the place of an error is shown with a caret`() throws {
        let error = #expect(throws: LedgerError.self) {
            try Self.world(["data": [Self.rule("block.height > 'x'")]])
        }
        #expect(error?.detail.contains("contracts.data, rule one: line 1") == true)
        #expect(error?.detail.contains("\n             ^") == true, "\(error?.detail ?? "")")
    }

    @Test func `a contract may cost what genesis allows, and not more`() throws {
        let loop = "candidates.all(a, candidates.all(b, a.node <= b.node))"
        let contracts: JSON = ["vote": [Self.rule(loop)]]
        #expect(throws: LedgerError.self) { try Self.world(contracts) }
        let world = try Self.world(contracts, [("contractBudget", 200_000)])
        let rule = try #require(world.genesis.parameters.contracts.rules(for: "vote").first)
        let bound = try #require(rule.expression.costBound)
        #expect(bound > 20_000 && bound <= 200_000)
        #expect(throws: LedgerError.self) {
            try Self.world(contracts, [("contractBudget", .number(JSONNumber(Int64(bound - 1))))])
        }
        _ = try Self.world(contracts, [("contractBudget", .number(JSONNumber(Int64(bound))))])
    }

    @Test func `what a contract costs is within its bound, whatever the transaction holds`() throws
    {
        let expression =
            "candidates.all(n, n.state != 'x' && n.node != transaction.sender)"
            + " && transaction.body.changes.exists_one(c, c.candidate == candidates[0].node)"
        let world = try Self.world(["vote": [Self.rule(expression)]])
        let rule = try #require(world.genesis.parameters.contracts.rules(for: "vote").first)
        let changes = try (0..<64).map { try Person("candidate \($0)").identity }.sorted()
            .map { VoteChange(candidate: $0, votes: 1) }
        for count in [1, 2, 63, 64] {
            let body = TransactionBody.vote(Array(changes.prefix(count)))
            let transaction = try world.sign(world.voters[0], body).transaction
            let branch = Branch(world.state, height: 1, time: world.time)
            let inputs = try branch.contractInputs(transaction)
            let cost = rule.expression.evaluate(inputs).cost
            #expect(cost <= rule.expression.costBound ?? 0)
            #expect(cost == rule.expression.evaluate(inputs).cost)
        }
    }

    @Test func `contracts survive a restart`() throws {
        var world = try Self.world(["data": [Self.rule("false")]])
        try world.block()
        world.state = try world.restored()
        #expect(try world.run(world.voters[0], .data(content: "x")).code == .contractRefused)
    }
}
