import Credentials
import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

/// `candidate.renew`: what it needs, what it keeps, and until when it is in time.
@Suite struct RenewalTests {
    var world: World
    var node: Person { world.nodes[0] }
    var voter: Person { world.voters[0] }

    init() throws {
        world = try World()
        // All three consent for ten seconds; the application is of the first nonce.
        let answers = (0..<3).map { Answer(auditor: $0, validForSeconds: 10) }
        try #require(try world.add(world.nodes[0], answers) == .ok)
    }

    private func renewal(
        _ node: Person? = nil, _ answers: [Answer] = World.allConsent, nonce: UInt8 = 2
    ) throws -> TransactionBody {
        let node = node ?? self.node
        return .candidateRenew(
            node: node.identity,
            bundle: try world.bundle(node, answers, nonce: nonce).jws.compact)
    }

    @Test mutating func `a renewed candidate keeps registration, generation and votes`() throws {
        try #require(try world.vote(voter, [(node, 6)]) == .ok)
        let before = try #require(world.state.candidate(node.identity))
        // Anybody may send it, as with candidate.add.
        #expect(try world.run(world.registrar, try renewal()).code == .ok)
        let after = try #require(world.state.candidate(node.identity))
        #expect(after.votes == 6 && after.state == .listed)
        #expect(after.registered == before.registered && after.number == before.number)
        #expect(after.generation == before.generation)
        #expect(after.validUntil == before.validUntil.adding(milliseconds: 3_592_000))
        #expect(after.application != before.application)
        #expect(
            Set(after.consents.map(\.credential)).isDisjoint(
                with: before.consents.map(\.credential)))
        #expect(after.consents.map(\.seen) == [3, 3, 3])
        world.time = before.validUntil
        #expect(try world.block().lapsed.isEmpty)
        #expect(world.state.candidate(node.identity)?.votes == 6)
        #expect(try world.restored().stateRoot == world.state.stateRoot)
    }

    /// The block of the end itself is the one in which the candidate lapses: a renewal in it
    /// counts, one in the next comes too late.
    @Test(arguments: [(-1, 0, ResultCode.ok), (0, 0, .ok), (1, 0, .ok), (0, 1, .notCandidate)])
    mutating func `a renewal counts up to the block in which the candidate would lapse`(
        offset: Int64, blocksLate: Int, code: ResultCode
    ) throws {
        try #require(try world.vote(voter, [(node, 4)]) == .ok)
        let end = try #require(world.state.candidate(node.identity)?.validUntil)
        world.time = end.adding(milliseconds: offset)
        for _ in 0..<blocksLate { try world.block() }
        let result = try world.run(node, try renewal())
        #expect(result.code == code)
        let stands = code == .ok
        #expect(world.state.candidate(node.identity)?.state == (stands ? .listed : .lapsed))
        #expect(world.state.candidate(node.identity)?.votes == (stands ? 4 : 0))
        #expect(world.state.account(voter.identity)?.remaining == (stands ? 6 : 10))
    }

    @Test mutating func `votes in the block of the end count after the renewal, not before`() throws
    {
        let end = try #require(world.state.candidate(node.identity)?.validUntil)
        world.time = end
        let early = try world.sign(voter, World.vote([(node, 1)]))
        let late = try world.sign(world.voters[1], World.vote([(node, 2)]))
        let executed = try world.block([early, try world.sign(node, try renewal()), late])
        #expect(executed.results.map(\.code) == [.notCandidate, .ok, .ok])
        #expect(world.state.candidate(node.identity)?.votes == 2)
    }

    @Test mutating func `the same application is renewed by a new credential`() throws {
        let world = self.world
        // The block before: the bundle of the candidacy itself, to be sent again as it is.
        let same = try #require(world.blocks.last?.block.transactions.first?.transaction.body)
        guard case .candidateAdd(let entries) = same else { return }
        let bundle = try Bundle(entries[0].bundle)
        let application = bundle.credentials[0].claims.application
        #expect(
            try self.world.run(
                node, .candidateRenew(node: node.identity, bundle: entries[0].bundle)
            ).code == .renewalNotNewer)
        // Two of the old credentials without the third end no later than before.
        func merged(_ credentials: [Credential]) throws -> TransactionBody {
            let merged = try Bundle.merge(
                credentials, holder: node.did, keyID: node.did,
                id: "00000000-0000-4000-8000-000000000009",
                at: Instant(seconds: world.time.seconds),
                key: node.key)
            return .candidateRenew(node: node.identity, bundle: merged.jws.compact)
        }
        #expect(
            try self.world.run(node, try merged(Array(bundle.credentials.prefix(2)))).code
                == .renewalNotNewer)
        let first = bundle.credentials[0].claims
        func again(_ index: Int, seconds: Int64) throws -> Credential {
            var claims = bundle.credentials[index].claims
            claims.id = World.uuid("again \(index)")
            claims.validity = Validity(
                from: first.validity.from,
                until: first.validity.from.adding(milliseconds: seconds * 1000))
            return try claims.sign(with: world.auditors[index].signer.key)
        }
        let shorter = [try again(0, seconds: 9), try again(1, seconds: 9)]
        #expect(try self.world.run(node, try merged(shorter)).code == .renewalNotNewer)
        let longer = [try again(0, seconds: 11), try again(1, seconds: 12)]
        // The jti of the shorter ones was never seen, as they were refused.
        #expect(try self.world.run(node, try merged(longer)).code == .ok)
        #expect(self.world.state.candidate(node.identity)?.application == application)
    }

    @Test mutating func `an application of before, of another or of nobody does not renew`() throws
    {
        let (other, stranger) = (world.nodes[1], world.nodes[2])
        #expect(try world.run(node, try renewal(other)).code == .notCandidate)
        #expect(try world.run(node, try renewal(stranger)).code == .notCandidate)
        try #require(try world.add(other, nonce: 7) == .ok)
        // Another node's bundle for this one.
        let foreign = try world.bundle(other, nonce: 8).jws.compact
        #expect(
            try world.run(node, .candidateRenew(node: node.identity, bundle: foreign)).code
                == .credentialMismatch)
        #expect(
            try world.run(node, .candidateRenew(node: node.identity, bundle: "a.b.c")).code
                == .bundleInvalid)
        // Removed and back: the first candidacy's application is spent.
        let first = try world.bundle(node, nonce: 1)
        try #require(try world.run(node, .candidateRemove(node: node.identity)).code == .ok)
        #expect(try world.run(node, try renewal()).code == .notCandidate)
        let second = [
            Answer(auditor: 0, validForSeconds: 30), Answer(auditor: 1, validForSeconds: 30),
        ]
        try #require(try world.add(node, second, nonce: 3) == .ok)
        let candidacy = try #require(world.blocks.first?.block.transactions.first?.transaction.body)
        guard case .candidateAdd(let entries) = candidacy else { return }
        #expect(first.credentials.count == 3)
        let old = try world.run(
            node, .candidateRenew(node: node.identity, bundle: entries[0].bundle))
        #expect(old.code == .applicationUsed)
    }

    @Test mutating func `a renewal needs the quorum and the deposit`() throws {
        #expect(try world.run(node, try renewal(nil, [Answer(auditor: 0)])).code == .quorumNotMet)
        let refused = [
            Answer(auditor: 0), Answer(auditor: 1, consent: .refused(reason: "no")),
            Answer(auditor: 2, consent: .refused(reason: "no")),
        ]
        #expect(try world.run(node, try renewal(nil, refused)).code == .quorumNotMet)
        let paid = try world.pay(node, auditor: 0)
        let wrong = HeldDeposit(id: paid.id, amount: paid.amount + 1, account: paid.account)
        for (deposit, code) in [(wrong, ResultCode.depositMismatch), (paid, .ok)] {
            let answers = [Answer(auditor: 0, deposit: deposit), Answer(auditor: 1)]
            #expect(try world.run(node, try renewal(nil, answers)).code == code)
        }
        #expect(world.state.candidate(node.identity)?.securities.map(\.id) == [paid.id])
    }

    @Test mutating func `a contract may judge renewals`() throws {
        var world = try World(parameters: [
            (
                "contracts",
                [
                    "candidate.renew": [
                        [
                            "id": "own", "expression": "transaction.sender == node.node",
                            "message": "only the node renews",
                        ]
                    ]
                ]
            )
        ])
        let node = world.nodes[0]
        try #require(
            try world.add(node, [Answer(auditor: 0, validForSeconds: 9), Answer(auditor: 1)]) == .ok
        )
        let body = TransactionBody.candidateRenew(
            node: node.identity, bundle: try world.bundle(node, nonce: 2).jws.compact)
        #expect(try world.run(world.registrar, body).code == .contractRefused)
        #expect(try world.run(node, body).code == .ok)
    }

    @Test mutating func `an elected candidate that renews may be elected again`() throws {
        let end = try #require(world.state.candidate(node.identity)?.validUntil)
        let body = try renewal()
        #expect(try world.run(node, body).code == .ok)
        #expect(try world.run(node, body).code == .renewalNotNewer)
        world.time = end
        try world.advance(to: 10)
        let rank = try #require(world.blocks.last?.election?.ranking.first)
        #expect(rank.node == node.identity && rank.eligible)
    }
}
