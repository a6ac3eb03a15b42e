import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

/// Parameters that the representatives change by agreement.
@Suite struct ParametersUpdateTests {
    static func update(
        _ parameters: [(String, JSON)], replaces: UInt64 = 1, by people: [Person],
        network: String = World.network
    ) throws -> TransactionBody {
        var update = ParametersUpdate(
            replaces: replaces, parameters: JSONObject(parameters), approvals: [])
        let approvals = try people.map {
            try ParametersApproval.sign(update, network: network, key: $0.key).jws.compact
        }
        update = ParametersUpdate(
            replaces: replaces, parameters: JSONObject(parameters), approvals: approvals)
        return .parametersUpdate(update)
    }

    @Test func `a quorum of representatives changes parameters from the next block on`() throws {
        var world = try World(approval: ["ratio": "2/3"])
        let change = try Self.update(
            [("votesPerCandidate", 3), ("electionInterval", 20)],
            by: Array(world.representatives.prefix(3)))
        try world.list([world.nodes[0]])
        // In the block of the update itself the old parameters hold.
        let voter = world.voters[0]
        let executed = try world.block([
            try world.sign(world.voters[1], change),
            try world.sign(voter, World.vote([(world.nodes[0], 4)])),
        ])
        #expect(executed.results.map(\.code) == [.ok, .ok])
        #expect(world.state.parameters.version == 2)
        #expect(world.state.parameters.votesPerCandidate == 3)
        #expect(world.state.nextElectionHeight == 20)
        #expect(world.state.parameters.seats.fixed == 4)
        #expect(try world.vote(world.voters[2], [(world.nodes[0], 4)]) == .candidateLimitExceeded)
        #expect(try world.vote(world.voters[2], [(world.nodes[0], 3)]) == .ok)
        // Withdrawing from above the new limit is always possible.
        #expect(try world.vote(voter, [(world.nodes[0], -1)]) == .ok)
        let restarted = try world.restored()
        #expect(restarted.parameters == world.state.parameters)
        #expect(restarted.stateRoot == world.state.stateRoot)
    }

    @Test func `an update counts once, and only over the version it names`() throws {
        var world = try World()
        let change = try Self.update([("votesPerCandidate", 5)], by: world.representatives)
        let other = try Self.update([("votesPerCandidate", 6)], by: world.representatives)
        let executed = try world.block([
            try world.sign(world.voters[0], change), try world.sign(world.voters[1], other),
            try world.sign(world.voters[2], change),
        ])
        #expect(executed.results.map(\.code) == [.ok, .parametersVersion, .parametersVersion])
        #expect(try world.run(world.voters[0], change).code == .parametersVersion)
        #expect(
            world.state.parameters.votesPerCandidate == 5 && world.state.parameters.version == 2)
        let next = try Self.update(
            [("votesPerCandidate", 7)], replaces: 2, by: world.representatives)
        #expect(try world.run(world.voters[0], next) == .ok)
        #expect(
            world.state.parameters.votesPerCandidate == 7 && world.state.parameters.version == 3)
    }

    @Test func `too few, doubled and foreign approvals are not enough`() throws {
        var world = try World(approval: ["ratio": "2/3"])
        let voter = world.voters[0]
        let three = Array(world.representatives.prefix(3))
        for people in [
            [], Array(three.prefix(2)), [three[0], three[0], three[1]],
            [three[0], three[1], world.nodes[0], world.voters[0]],
        ] {
            let change = try Self.update([("votesPerCandidate", 5)], by: people)
            #expect(try world.run(voter, change).code == .approvalsNotMet, "\(people.count)")
        }
        let named = try Self.update([("votesPerCandidate", 5)], by: [three[0], world.nodes[0]])
        let detail = try world.run(voter, named).detail
        #expect(detail.contains("1 of 4 representatives agree, 3 are needed"))
        #expect(detail.contains(world.nodes[0].did))
        #expect(world.state.parameters.version == 1)
        // One that is none of them does no harm beside a quorum.
        let more = try Self.update([("votesPerCandidate", 5)], by: three + [world.nodes[0]])
        #expect(try world.run(voter, more) == .ok)
    }

    @Test func `an approval of something else is refused`() throws {
        var world = try World()
        let voter = world.voters[0]
        let people = world.representatives
        guard
            case .parametersUpdate(let agreed) = try Self.update(
                [("votesPerCandidate", 5)], by: people),
            case .parametersUpdate(let elsewhere) = try Self.update(
                [("votesPerCandidate", 5)], by: people, network: "test-2")
        else { return }
        let wrong: [ParametersUpdate] = [
            ParametersUpdate(
                replaces: 1, parameters: JSONObject([("votesPerCandidate", 6)]),
                approvals: agreed.approvals),
            elsewhere,
            ParametersUpdate(
                replaces: 1, parameters: agreed.parameters, approvals: ["a.b.c"]),
            ParametersUpdate(
                replaces: 1, parameters: agreed.parameters,
                approvals: agreed.approvals.map { String($0.dropLast(8)) + "AAAAAAAA" }),
        ]
        for update in wrong {
            #expect(try world.run(voter, .parametersUpdate(update)).code == .approvalInvalid)
        }
        // A signed transaction is no approval, though the same key made it.
        let transaction = try world.sign(people[0], .data(content: "x")).transaction
        let mistaken = ParametersUpdate(
            replaces: 1, parameters: agreed.parameters, approvals: [transaction.jws.compact])
        #expect(try world.run(voter, .parametersUpdate(mistaken)).code == .approvalInvalid)
        #expect(world.state.parameters.version == 1)
    }

    @Test(
        arguments: [
            ("approval", "all", "approval"), ("timeouts", [:], "no parameter that can change"),
            ("version", 9, "no parameter that can change"), ("network", "x", "no parameter"),
            ("proofOfWorkBits", 0, "no parameter"), ("electionInterval", 1, "electionInterval"),
            ("seats", 22, "seats"), ("seats", 3, "minimumSeats"), ("seats", "nodes +", "seats"),
            ("blockInterval", 5000, "heartbeat"), ("votesPerCandidate", nil, "votesPerCandidate"),
            ("contracts", ["vote": [["id": "a", "expression": "1", "message": ""]]], "not bool"),
            ("contractBudget", 0, "contractBudget"), ("limits", ["transactionCount": 0], "limits"),
            ("limits", ["transactionByteCount": 65535], "no way back"),
        ] as [(String, JSON, String)])
    func `parameters that never change or are out of range are refused`(
        _ name: String, _ value: JSON, _ part: String
    ) throws {
        var world = try World()
        let change = try Self.update([(name, value)], by: world.representatives)
        let result = try world.run(world.voters[0], change)
        #expect(result.code == .parametersInvalid)
        #expect(result.detail.contains(part), "\(result.detail)")
        #expect(world.state.parameters == world.genesis.parameters)
    }

    @Test func `the tightest limits leave room for the update that takes them back`() throws {
        var world = try World()
        let tight: JSON = [
            "transactionCount": 1, "blockByteCount": 65536, "transactionByteCount": 65536,
        ]
        let tighten = try Self.update([("limits", tight)], by: world.representatives)
        #expect(try world.run(world.voters[0], tighten) == .ok)
        let back = try Self.update([("limits", [:])], replaces: 2, by: world.representatives)
        #expect(try world.run(world.voters[0], back) == .ok)
        #expect(world.state.parameters.limits == world.genesis.parameters.limits)
        // As many approvals as there can be, each as long as it can be.
        let most = ParametersUpdate(
            replaces: 9_007_199_254_740_991, parameters: JSONObject([("limits", [:])]),
            approvals: (0..<Limits.representativesMaximum).map { _ in
                String(repeating: "a", count: Limits.approvalByteCountMaximum)
            })
        let sent = try world.sign(world.voters[0], .parametersUpdate(most))
        #expect(
            sent.transaction.jws.compact.utf8.count < Limits.updatedTransactionByteCountMinimum)
    }

    @Test func `seats that the approval rule is not safe for are refused`() throws {
        var world = try World(approval: ["count": 3])
        let seven = try Self.update([("seats", 7)], by: world.representatives)
        let refused = try world.run(world.voters[0], seven)
        #expect(refused.code == .parametersInvalid && refused.detail.contains("not safe for 7"))
        let formula = try Self.update([("seats", "3 + candidates")], by: world.representatives)
        #expect(try world.run(world.voters[0], formula) == .ok)
    }

    @Test func `contracts begin and end with an update`() throws {
        var world = try World()
        let data = TransactionBody.data(content: "x")
        let ban: JSON = [
            "data": [["id": "none", "expression": "false", "message": "no data here"]]
        ]
        #expect(try world.run(world.voters[0], data) == .ok)
        let begin = try Self.update([("contracts", ban)], by: world.representatives)
        #expect(try world.run(world.voters[0], begin) == .ok)
        #expect(
            try world.run(world.voters[0], data).detail == "contract none refuses: no data here")
        let end = try Self.update([("contracts", [:])], replaces: 2, by: world.representatives)
        #expect(try world.run(world.voters[0], end) == .ok)
        #expect(try world.run(world.voters[0], data) == .ok)
        #expect(world.state.parameters.json["contracts"] == nil)
    }

    @Test func `a shorter interval may make the next block an election`() throws {
        var world = try World(interval: 100)
        try world.advance(to: 7)
        let change = try Self.update([("electionInterval", 3)], by: world.representatives)
        #expect(try world.run(world.voters[0], change) == .ok)
        #expect(world.state.nextElectionHeight == 9)
        #expect(try world.block().election != nil)
        #expect(world.state.nextElectionHeight == 12)
    }

    @Test(arguments: [
        #"{"replaces": 1, "parameters": {}, "approvals": []}"#,
        #"{"replaces": 1, "parameters": 5, "approvals": []}"#,
        #"{"replaces": -1, "parameters": {"seats": 5}, "approvals": []}"#,
        #"{"replaces": 1, "parameters": {"seats": 5}}"#,
        #"{"replaces": 1, "parameters": {"seats": 5}, "approvals": [5]}"#,
        #"{"replaces": 1, "parameters": {"seats": 5}, "approvals": [], "more": 1}"#,
    ])
    func `a body of another shape is no transaction`(_ body: String) throws {
        let error = #expect(throws: LedgerError.self) {
            var fields = try Fields(try JSON.parse(body), "body")
            _ = try TransactionBody(type: "parameters.update", &fields)
        }
        #expect(error?.code == .shape)
    }
}
