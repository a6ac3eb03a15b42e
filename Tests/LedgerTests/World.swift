import Credentials
import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

/// A small network: four representatives, a registrar, three auditors, voters, and nodes that may
/// stand. Blocks are proposed by one copy of the state and verified by another.
struct World {
    static let network = "test-1"
    static let start = Instant(seconds: 1_800_000_000)

    let representatives: [Person]
    let registrar: Person
    let auditors: [SimulatedAuditor]
    let voters: [Person]
    let nodes: [Person]
    let genesis: Genesis
    var state: LedgerState
    /// Time of the next block.
    var time: Instant
    /// Genesis and everything the blocks changed, as a node's database holds it.
    var stored: [[UInt8]: [UInt8]] = [:]
    /// Every block, for recounts and replays.
    var blocks: [ExecutedBlock] = []

    init(
        voters: Int = 3, nodes: Int = 5, interval: Int = 10, seats: Int = 4,
        minimumSeats: Int = 4, approval: JSON = "all", margin: Int = 60,
        parameters others: [(String, JSON)] = []
    ) throws {
        representatives = try (0..<4).map { try Person("representative \($0)") }
        registrar = try Person("registrar")
        auditors = try SimulatedAuditor.three()
        self.voters = try (0..<voters).map { try Person("voter \($0)") }
        self.nodes = try (0..<nodes).map { try Person("node \($0)") }
        var parameters = JSONObject([
            ("approval", approval), ("electionInterval", .number(JSONNumber(Int64(interval)))),
            ("seats", .number(JSONNumber(Int64(seats)))),
            ("minimumSeats", .number(JSONNumber(Int64(minimumSeats)))),
            ("allowance", 10), ("votesPerCandidate", 6), ("proofOfWorkBits", 0),
            ("blockInterval", 100), ("heartbeat", 1000),
        ])
        parameters["termMarginSeconds"] = .number(JSONNumber(Int64(margin)))
        for (name, value) in others { parameters[name] = value }
        let accounts =
            [registrar] + auditors.map(\.person) + self.voters + self.nodes + representatives
        let voterList = self.voters
        let json: JSON = [
            "network": .string(Self.network), "time": .string(Self.start.rfc3339),
            "registrar": .string(registrar.did),
            "representatives": .array(
                try representatives.map { try Self.representative($0).json }),
            "accounts": .array(
                accounts.map { person in
                    let votes: JSON = voterList.contains { $0 === person } ? 10 : 0
                    return [
                        "account": .string(person.did), "balance": "1000", "allowance": votes,
                    ]
                }),
            "auditorSet": SimulatedAuditor.set(of: auditors, network: Self.network),
            "parameters": .object(parameters),
        ]
        genesis = try Genesis(bytes: json.bytes)
        for record in try LedgerState.records(of: genesis) { stored[record.key] = record.value }
        state = try LedgerState(genesis: genesis)
        time = Self.start.adding(milliseconds: 1000)
    }

    static func consensusKey(of person: Person) throws -> Person {
        try Person("consensus key of \(person.did)")
    }

    static func endpoint(of person: Person) -> String { "https://127.0.0.1:9443" }

    static func representative(_ person: Person) throws -> Representative {
        Representative(
            node: person.identity,
            consensusKey: try consensusKey(of: person).key.publicKey.bytes,
            endpoint: endpoint(of: person))
    }
}

extension World {
    /// Signs a transaction; its number is the sender's next one unless given.
    func sign(
        _ sender: Person, _ body: TransactionBody, sequence: UInt64? = nil,
        notAfter: Instant? = nil, network: String = World.network
    ) throws -> VerifiedTransaction {
        let draft = TransactionDraft(
            network: network,
            sequence: sequence ?? state.account(sender.identity)?.sequence ?? 0,
            notAfter: notAfter ?? time.adding(milliseconds: 60_000), body: body)
        return try draft.sign(sender.key).verified(sender.key.publicKey)
    }

    /// Makes the next block; a second state verifies it and both must agree.
    @discardableResult
    mutating func block(
        _ transactions: [VerifiedTransaction] = [], round: UInt64 = 0
    ) throws -> ExecutedBlock {
        let proposed = try state.propose(
            pending: transactions, time: time, proposer: proposer(round: round), round: round)
        let follower = state
        let received = try ReceivedBlock(bytes: proposed.block.received.bytes)
        let verified = try follower.verify(try received.verified(keys: KeyCache()))
        #expect(verified.block.header == proposed.block.header)
        #expect(verified.changes == proposed.changes)
        try state.commit(verified)
        blocks.append(verified)
        for change in verified.changes { stored[change.key] = change.value }
        time = time.adding(milliseconds: 1000)
        return verified
    }

    /// Whose turn it is in a round of the next height.
    func proposer(round: UInt64) -> Identity {
        let height = state.tip.height + 1
        let acting = state.election(actingAt: height)
        let list = acting.representatives.list
        let place = ConsensusSeating.proposer(
            height: height, round: round, offset: acting.number, count: list.count)
        return list[place].node
    }

    /// One transaction in a block of its own.
    @discardableResult
    mutating func run(_ sender: Person, _ body: TransactionBody) throws -> TransactionResult {
        let executed = try block([try sign(sender, body)])
        return try #require(executed.results.first)
    }

    mutating func vote(
        _ sender: Person, _ changes: [(Person, Int64)]
    ) throws -> ResultCode {
        try run(sender, Self.vote(changes)).code
    }

    static func vote(_ changes: [(Person, Int64)]) -> TransactionBody {
        .vote(
            changes.map { VoteChange(candidate: $0.identity, votes: $1) }
                .sorted { $0.candidate < $1.candidate })
    }

    /// Makes empty blocks until one has the given height.
    mutating func advance(to height: UInt64) throws {
        while state.tip.height < height { try block() }
    }

    /// Puts nodes on the list past the auditors: for tests of what comes after admission. They
    /// registered in the given order.
    mutating func list(
        _ nodes: [Person], validUntil: Instant = World.start.adding(milliseconds: 3_600_000)
    ) throws {
        for (index, node) in nodes.enumerated() {
            let key = try Self.consensusKey(of: node).key.publicKey.bytes
            let candidate = Candidate(
                node: node.identity,
                number: state.candidate(node.identity)?.number
                    ?? UInt64(state.candidateNodes.count + index), state: .listed, generation: 0,
                registered: Registration(height: 0, index: UInt64(index), position: 0),
                consensusKey: key, endpoint: Self.endpoint(of: node),
                application: Digest.sha256(Array(node.did.utf8)), validUntil: validUntil,
                securities: [], consents: [], votes: 0, tallyHeight: 0)
            stored[RecordKey.candidate(node.identity).bytes] =
                Record.candidate(candidate).bytes
            stored[RecordKey.tally(candidate.number).bytes] = candidate.tally.bytes
            stored[RecordKey.consensusKey(key).bytes] = Record.owner(node.identity).bytes
        }
        state = try restored()
    }

    /// A state rebuilt from the stored records, which come in no certain order.
    func restored() throws -> LedgerState {
        try LedgerState(records: stored.map { RecordChange(key: $0.key, value: $0.value) })
    }
}
