import Credentials
import Cryptography
import Encoding
import Testing

@testable import Ledger

/// Any interleaving of enrolments, votes, withdrawals, lapses, removals and candidates that come
/// back, compared after each block with a second way of counting.
@Suite struct VotePropertyTests {
    @Test(arguments: UInt64(1)...5)
    func `totals are the recount, and nobody exceeds an allowance`(seed: UInt64) throws {
        var run = try VoteInterleaving(seed: seed)
        for _ in 0..<50 { try run.turn() }
        #expect(try run.world.restored().stateRoot == run.world.state.stateRoot)
        for code: ResultCode in [.ok, .allowanceExceeded, .notCandidate, .withdrawalExceedsCast] {
            #expect(run.codes.contains(code), "\(code)")
        }
        #expect(run.world.blocks.contains { !$0.lapsed.isEmpty })
        #expect(run.elections > 5)
    }

    @Test func `leaving the list costs the same whatever the number of voters`() throws {
        func changes(voters count: Int) throws -> (lapse: Int, removal: Int) {
            var world = try World(voters: count)
            let end = world.time.adding(milliseconds: 3000)
            try world.list([world.nodes[0], world.nodes[1]], validUntil: end)
            let both = [(world.nodes[0], Int64(3)), (world.nodes[1], 2)]
            let votes = try world.voters.map { try world.sign($0, World.vote(both)) }
            #expect(try world.block(votes).results.allSatisfy { $0.code == .ok })
            let removal = try world.block([
                world.sign(world.nodes[1], .candidateRemove(node: world.nodes[1].identity))
            ])
            world.time = end
            let lapse = try world.block()
            #expect(lapse.lapsed == [world.nodes[0].identity])
            // Every vote came back, without a voter's record being touched.
            for voter in world.voters {
                #expect(world.state.account(voter.identity)?.remaining == 10)
            }
            return (lapse.changes.count, removal.changes.count)
        }
        let (few, many) = (try changes(voters: 2), try changes(voters: 40))
        #expect(few.lapse == many.lapse)
        #expect(few.removal == many.removal)
    }
}

/// One seeded run.
private struct VoteInterleaving {
    var world: World
    private(set) var model: VoteModel
    private(set) var codes: Set<ResultCode> = []
    private(set) var elections = 0
    private var numbers: SeededNumbers
    /// Votes whose time is over when the next block is made.
    private var late: Set<Digest> = []
    /// The end of each candidacy, by transaction.
    private var ends: [Digest: Instant] = [:]
    private var turnCount: UInt8 = 0

    init(seed: UInt64) throws {
        numbers = SeededNumbers(seed: seed)
        world = try World(voters: 4, nodes: 5, interval: 3, margin: 0)
        let allowances = world.voters.map { ($0.did, Int64(10)) }
        model = VoteModel(
            allowances: Dictionary(uniqueKeysWithValues: allowances), votesPerCandidate: 6)
    }

    private mutating func draw(_ bound: UInt64) -> Int { Int(numbers.next(below: bound)) }

    /// One block of whatever the seed says, and the comparison.
    mutating func turn() throws {
        turnCount += 1
        var pending: [VerifiedTransaction] = []
        for voter in world.voters { pending += try votes(of: voter) }
        for node in world.nodes where draw(3) == 0 { pending.append(try candidacy(of: node)) }
        if draw(3) == 0 {
            let voter = world.voters[draw(4)]
            pending.append(
                try world.sign(
                    world.registrar,
                    .voterEnroll(account: voter.identity, allowance: UInt64(draw(14)))))
        }
        for place in pending.indices.dropLast() {
            pending.swapAt(place, place + draw(UInt64(pending.count - place)))
        }
        let executed = try world.block(pending)
        try compare(executed)
    }

    private mutating func votes(of voter: Person) throws -> [VerifiedTransaction] {
        let next = world.state.account(voter.identity)?.sequence ?? 0
        return try (0..<UInt64(draw(4))).map { offset in
            var changes: [(Person, Int64)] = []
            for node in world.nodes where draw(3) == 0 {
                changes.append((node, draw(3) == 0 ? -Int64(1 + draw(3)) : Int64(1 + draw(5))))
            }
            if changes.isEmpty { changes = [(world.nodes[draw(5)], 1)] }
            // A block of the time in notAfter is too late, one a millisecond before is not.
            let isLate = draw(12) == 0
            let transaction = try world.sign(
                voter, World.vote(changes), sequence: next + offset,
                notAfter: world.time.adding(milliseconds: isLate ? 0 : 1000))
            if isLate { late.insert(transaction.id) }
            return transaction
        }
    }

    private mutating func candidacy(of node: Person) throws -> VerifiedTransaction {
        if draw(3) == 0 {
            return try world.sign(node, .candidateRemove(node: node.identity))
        }
        let first = Int64(1 + draw(9))
        let second = Int64(1 + draw(9))
        let answers = [
            Answer(auditor: 0, validForSeconds: first), Answer(auditor: 1, validForSeconds: second),
            Answer(auditor: 2, consent: .refused(reason: "no")),
        ]
        let bundle = try world.bundle(node, answers, nonce: turnCount)
        let transaction = try world.sign(
            node, .candidateAdd([try world.entry(node, bundle)]))
        ends[transaction.id] = Instant(seconds: world.time.seconds)
            .adding(milliseconds: min(first, second) * 1000)
        return transaction
    }

    private mutating func compare(_ executed: ExecutedBlock) throws {
        let header = executed.block.header
        model.lapse(at: header.time)
        for (index, pair) in zip(executed.block.transactions, executed.results).enumerated() {
            let expected = try replay(pair.0, header, UInt64(index))
            #expect(pair.1.code == expected, "\(pair.0.transaction.body.type)")
            codes.insert(pair.1.code)
            #expect(!late.contains(pair.0.id))
        }
        for node in world.nodes {
            let candidate = world.state.candidate(node.identity)
            #expect(Int64(candidate?.votes ?? 0) == model.total(of: node.did))
            #expect(
                (candidate?.state == .listed) == (model.candidates[node.did]?.isListed ?? false))
        }
        for voter in world.voters {
            let view = try #require(world.state.account(voter.identity))
            #expect(Int64(view.cast) == model.cast(by: voter.did))
            #expect(Int64(view.allowance) == model.allowances[voter.did])
            #expect(view.cast <= view.allowance)
            #expect(view.votes.reduce(0) { $0 + $1.votes } == view.cast)
            #expect(view.remaining == view.allowance - view.cast)
        }
        let ranking = model.ranking
        #expect(world.state.results.map(\.candidate.text) == ranking)
        if let election = executed.election {
            elections += 1
            #expect(election.ranking.map(\.node.text) == ranking)
            #expect(election.ranking.map { Int64($0.votes) } == ranking.map(model.total))
        }
    }

    /// What the model says of a transaction that stands in a block.
    private mutating func replay(
        _ verified: VerifiedTransaction, _ header: BlockHeader, _ index: UInt64
    ) throws -> ResultCode {
        let transaction = verified.transaction
        let sender = transaction.sender.text
        switch transaction.body {
        case .vote(let changes):
            return model.vote(sender, changes.map { ($0.candidate.text, $0.votes) })
        case .voterEnroll(let account, let allowance):
            return model.enroll(account.text, allowance: Int64(allowance))
        case .candidateRemove(let node):
            return model.withdraw(node.text)
        case .candidateAdd(let entries):
            let entry = try #require(entries.first)
            let end = try #require(ends[verified.id])
            return model.stand(
                entry.node.text, validUntil: end, at: [header.height, index, 0], time: header.time)
        default:
            throw LedgerError(.block, "the interleaving makes no \(transaction.body.type)")
        }
    }
}
