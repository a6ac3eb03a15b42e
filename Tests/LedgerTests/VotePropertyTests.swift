import Credentials
import Cryptography
import Encoding
import Proofs
import Simulator
import Testing

@testable import Ledger

/// Any interleaving of enrolments, votes, withdrawals, lapses, renewals, credentials taken back,
/// removals, candidates that come back and parameters that change, compared after each block with
/// a second way of counting, and with the recount from blocks that nodes and the command make.
@Suite struct VotePropertyTests {
    @Test(arguments: UInt64(1)...5)
    func `totals are the recount, and nobody exceeds an allowance`(seed: UInt64) throws {
        var run = try VoteInterleaving(seed: seed)
        for _ in 0..<50 {
            try run.turn()
            try #require(run.faults.isEmpty, "\(run.faults)")
        }
        #expect(try run.world.restored().stateRoot == run.world.state.stateRoot)
        for code: ResultCode in [.ok, .allowanceExceeded, .notCandidate, .withdrawalExceedsCast] {
            #expect(run.codes.contains(code), "\(code)")
        }
        #expect(run.world.blocks.contains { !$0.lapsed.isEmpty })
        #expect(run.elections > 5)
        for code: ResultCode in [.candidateLimitExceeded, .approvalsNotMet, .renewalNotNewer] {
            #expect(run.codes.contains(code), "\(code)")
        }
        #expect(run.world.state.parameters.version > 3)
        #expect(run.recount.changeCount > 25)
        #expect(run.renewals > 5 && run.revocations > 2)
    }

    @Test(arguments: VoteModel.Rule.allCases)
    func `a count that forgets a rule is noticed`(rule: VoteModel.Rule) throws {
        var run = try VoteInterleaving(seed: 1, missing: rule)
        for _ in 0..<50 where run.faults.isEmpty { try run.turn() }
        #expect(!run.faults.isEmpty)
    }

    @Test(arguments: [UInt64(1), 2])
    func `a recount of blocks that were changed is refused`(seed: UInt64) throws {
        var run = try VoteInterleaving(seed: seed)
        for _ in 0..<20 { try run.turn() }
        var recount = VoteRecount(genesis: run.world.genesis)
        var refused = 0
        for block in run.world.blocks {
            for index in block.results.indices {
                guard case .vote = block.block.transactions[index].transaction.body else {
                    continue
                }
                var changed = recount
                let isApplied = block.results[index].code == .ok
                let other = isApplied ? ResultCode.allowanceExceeded : .ok
                let error = #expect(throws: ProofError.self) {
                    try changed.follow(block) { $0 == index ? other : $1 }
                }
                #expect(error?.code == .recount)
                refused += 1
            }
            try recount.follow(block)
        }
        #expect(refused > 50)
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

extension VoteRecount {
    /// Follows a block of the state machine, with other results where `change` gives them.
    fileprivate mutating func follow(
        _ block: ExecutedBlock,
        _ change: (Int, ResultCode) -> ResultCode = { $1 }
    ) throws {
        let entries = zip(block.block.transactions, block.results).enumerated().map {
            Entry($1.0.transaction, code: change($0, $1.1.code).rawValue)
        }
        try follow(
            height: block.block.header.height, time: block.block.header.time, entries: entries)
        if let election = block.election { try check(election) }
    }
}

/// One seeded run.
private struct VoteInterleaving {
    var world: World
    private(set) var model: VoteModel
    private(set) var recount: VoteRecount
    /// Where the ledger, the model and the recount do not say the same.
    private(set) var faults: [String] = []
    private(set) var codes: Set<ResultCode> = []
    private(set) var elections = 0
    private var numbers: SeededGenerator
    /// Votes whose time is over when the next block is made.
    private var late: Set<Digest> = []
    /// What each update makes of the votes that one candidate may have of one account; nil when too
    /// few agree.
    private var updates: [Digest: Int64?] = [:]
    /// The end of each admission or renewal, and the jti of its first credential, by transaction.
    private var admissions: [Digest: (end: Instant, credential: String)] = [:]
    /// Renewals and revocations that were accepted.
    private(set) var renewals = 0
    private(set) var revocations = 0
    private var turnCount: UInt8 = 0

    init(seed: UInt64, missing: VoteModel.Rule? = nil) throws {
        numbers = SeededGenerator(seed: seed)
        world = try World(voters: 4, nodes: 5, interval: 3, margin: 0)
        let allowances = world.voters.map { ($0.did, Int64(10)) }
        model = VoteModel(
            allowances: Dictionary(uniqueKeysWithValues: allowances), votesPerCandidate: 6,
            missing: missing)
        recount = VoteRecount(genesis: world.genesis)
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
        // The auditor sends one thing in a block, so that its numbers are right.
        if draw(3) == 0 {
            pending.append(try update())
        } else if draw(3) == 0, let revocation = try revocation() {
            pending.append(revocation)
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
                // Most are for candidates that stand, or few would count.
                let isListed = model.candidates[node.did]?.isListed ?? false
                guard isListed || draw(6) == 0 else { continue }
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
        let isListed = model.candidates[node.did]?.isListed ?? false
        let renews = isListed ? draw(8) > 0 : draw(8) == 0
        let body =
            renews
            ? TransactionBody.candidateRenew(node: node.identity, bundle: bundle.jws.compact)
            : .candidateAdd([try world.entry(node, bundle)])
        let transaction = try world.sign(node, body)
        let end = Instant(seconds: world.time.seconds)
            .adding(milliseconds: min(first, second) * 1000)
        admissions[transaction.id] = (end, bundle.credentials[0].claims.id)
        return transaction
    }

    /// The first auditor takes back what admitted a candidate, or once more what it took back.
    private mutating func revocation() throws -> VerifiedTransaction? {
        let node = world.nodes[draw(5)]
        guard let credential = model.candidates[node.did]?.credential else { return nil }
        return try world.sign(
            world.auditors[0].person,
            .credentialRevoke(
                CredentialRevocation(
                    credential: credential, issuer: world.auditors[0].issuer, reason: "test")))
    }

    /// A change of what one candidate may have of one account; at times one approval is missing.
    private mutating func update() throws -> VerifiedTransaction {
        let votes = Int64(1 + draw(8))
        let isAgreed = draw(3) > 0
        let parameters = JSONObject([("votesPerCandidate", .number(JSONNumber(votes)))])
        let version = world.state.parameters.version
        let change = ParametersUpdate(replaces: version, parameters: parameters, approvals: [])
        let seated = world.state.representatives(at: world.state.tip.height + 1).list
        let people = (world.representatives + world.nodes).filter { person in
            seated.contains { $0.node == person.identity }
        }
        let approvals = try people.dropFirst(isAgreed ? 0 : 1).map {
            try ParametersApproval.sign(change, network: World.network, key: $0.key).jws.compact
        }
        let transaction = try world.sign(
            world.auditors[0].person,
            .parametersUpdate(
                ParametersUpdate(replaces: version, parameters: parameters, approvals: approvals)))
        updates[transaction.id] = .some(isAgreed ? votes : nil)
        return transaction
    }

    private mutating func check(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds { faults.append("block \(world.state.tip.height): \(what())") }
    }

    private mutating func compare(_ executed: ExecutedBlock) throws {
        let header = executed.block.header
        let ending = model.ending(at: header.time)
        var coming: Int64?
        for (index, pair) in zip(executed.block.transactions, executed.results).enumerated() {
            let expected = try replay(pair.0, header, UInt64(index))
            let code = pair.1.code
            check(code == expected, "\(pair.0.transaction.body.type) is \(code), not \(expected)")
            codes.insert(code)
            check(!late.contains(pair.0.id), "a late vote is in the block")
            if let votes = updates[pair.0.id] ?? nil, code == .ok { coming = votes }
        }
        model.lapse(ending, at: header.time)
        if let coming { model.update(votesPerCandidate: coming) }
        try compareTotals(executed)
        do { try recount.follow(executed) } catch let error as ProofError {
            check(false, error.detail)
        }
        check(recount.tallyRoot == world.state.roots.tallies, "the recount has another root")
    }

    /// Totals, what each voter has, and the ranking.
    private mutating func compareTotals(_ executed: ExecutedBlock) throws {
        for node in world.nodes {
            let candidate = world.state.candidate(node.identity)
            let isListed = model.candidates[node.did]?.isListed ?? false
            check((candidate?.state == .listed) == isListed, "\(node.did) is listed or not")
            let votes = Int64(candidate?.votes ?? 0)
            let total = model.total(of: node.did)
            check(votes == total, "\(node.did) has \(votes) votes, not \(total)")
        }
        for voter in world.voters {
            let view = try #require(world.state.account(voter.identity))
            let cast = model.cast(by: voter.did)
            check(Int64(view.cast) == cast, "\(voter.did) has cast \(view.cast), not \(cast)")
            check(Int64(view.allowance) == model.allowances[voter.did], "another allowance")
            check(view.cast <= view.allowance, "\(voter.did) has cast more than its allowance")
            check(view.votes.reduce(0) { $0 + $1.votes } == view.cast, "the votes of \(voter.did)")
            check(view.remaining == view.allowance - view.cast, "what remains of \(voter.did)")
        }
        let ranking = model.ranking
        check(world.state.results.map(\.candidate.text) == ranking, "another order of results")
        if let election = executed.election {
            elections += 1
            check(election.ranking.map(\.node.text) == ranking, "another ranking")
            check(
                election.ranking.map { Int64($0.votes) } == ranking.map(model.total),
                "the election counts other votes")
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
            return model.vote(
                sender, changes.map { ($0.candidate.text, $0.votes) }, time: header.time)
        case .voterEnroll(let account, let allowance):
            return model.enroll(account.text, allowance: Int64(allowance))
        case .candidateRemove(let node):
            return model.withdraw(node.text)
        case .candidateAdd(let entries):
            let entry = try #require(entries.first)
            let admission = try #require(admissions[verified.id])
            return model.stand(
                entry.node.text, validUntil: admission.end, credential: admission.credential,
                at: [header.height, index, 0], time: header.time)
        case .candidateRenew(let node, _):
            let admission = try #require(admissions[verified.id])
            let code = model.renew(
                node.text, validUntil: admission.end, credential: admission.credential)
            if code == .ok { renewals += 1 }
            return code
        case .credentialRevoke(let revocation):
            let code = model.revoke(revocation.credential, time: header.time)
            if code == .ok { revocations += 1 }
            return code
        case .parametersUpdate:
            let votes = try #require(updates[verified.id])
            return votes == nil ? .approvalsNotMet : .ok
        default:
            throw LedgerError(.block, "the interleaving makes no \(transaction.body.type)")
        }
    }
}
