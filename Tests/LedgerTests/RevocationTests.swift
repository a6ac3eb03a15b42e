import Credentials
import Cryptography
import Encoding
import Proofs
import Simulator
import Testing

@testable import Ledger

/// `credential.revoke`, and what the ledger knows of each credential.
@Suite struct RevocationTests {
    var world: World
    var node: Person { world.nodes[0] }
    var auditor: Person { world.auditors[0].person }
    /// The jti that the first auditor admitted the node with.
    let admitting: String

    init() throws {
        world = try World()
        try #require(try world.add(world.nodes[0]) == .ok)
        admitting = world.state.candidate(world.nodes[0].identity)?.consents[0].credential ?? ""
    }

    @Test mutating func `a candidate lapses at the block after the revocation`() throws {
        let voter = world.voters[0]
        try #require(try world.vote(voter, [(node, 6)]) == .ok)
        let revoked = try world.block([
            world.sign(auditor, world.revocation(of: admitting, by: 0)),
            world.sign(voter, World.vote([(node, -1)])),
        ])
        // From then on it takes no votes; it stands to the end of the next block.
        #expect(revoked.results.map(\.code) == [.ok, .notCandidate])
        #expect(revoked.lapsed.isEmpty)
        #expect(world.state.candidate(node.identity)?.votes == 6)
        #expect(world.state.candidate(node.identity)?.validUntil == revoked.block.header.time)
        #expect(try world.block().lapsed == [node.identity])
        #expect(world.state.candidate(node.identity)?.state == .lapsed)
        #expect(world.state.account(voter.identity)?.remaining == 10)
        #expect(try world.restored().stateRoot == world.state.stateRoot)
    }

    @Test mutating func `a revocation in the block of the election keeps the candidate out`() throws
    {
        var world = try World(interval: 3, margin: 0)
        let nodes = world.nodes
        for (index, node) in nodes.prefix(2).enumerated() {
            try #require(try world.add(node, nonce: UInt8(index + 1)) == .ok)
        }
        let id = try #require(world.state.candidate(nodes[0].identity)?.consents[0].credential)
        let election = try #require(
            world.block([
                world.sign(world.auditors[0].person, world.revocation(of: id, by: 0))
            ]).election)
        let ranks = election.ranking.filter { $0.node == nodes[0].identity }
        #expect(ranks.map(\.eligible) == [false])
        #expect(election.ranking.filter(\.eligible).map(\.node) == [nodes[1].identity])
    }

    @Test mutating func `a renewal in the same block or the next saves the candidacy`() throws {
        for delay in 0...1 {
            var world = self.world
            try #require(try world.vote(world.voters[0], [(node, 3)]) == .ok)
            let revocation = try world.sign(auditor, world.revocation(of: admitting, by: 0))
            let renewal = TransactionBody.candidateRenew(
                node: node.identity, bundle: try world.bundle(node, nonce: 2).jws.compact)
            if delay == 0 {
                let codes = try world.block([revocation, world.sign(node, renewal)]).results
                #expect(codes.map(\.code) == [.ok, .ok])
            } else {
                try world.block([revocation])
                #expect(try world.run(node, renewal).code == .ok)
            }
            #expect(try world.block().lapsed.isEmpty)
            #expect(world.state.candidate(node.identity)?.votes == 3)
        }
    }

    @Test mutating func `what is left of the old bundle does not renew`() throws {
        guard
            case .candidateAdd(let entries)? = world.blocks[0].block.transactions.first?.transaction
                .body
        else { return }
        let credentials = try Bundle(entries[0].bundle).credentials
        func renewal(_ kept: [Credential]) throws -> TransactionBody {
            .candidateRenew(
                node: node.identity, bundle: try world.merged(node, kept).jws.compact)
        }
        try #require(try world.run(auditor, world.revocation(of: admitting, by: 0)).code == .ok)
        let executed = try world.block([
            world.sign(node, renewal(credentials)),
            world.sign(world.registrar, renewal(Array(credentials.dropFirst()))),
        ])
        #expect(executed.results.map(\.code) == [.credentialRevoked, .renewalNotNewer])
        #expect(executed.lapsed == [node.identity])
    }

    @Test mutating func `a credential that was taken back admits nobody`() throws {
        let other = world.nodes[1]
        let bundle = try world.bundle(other)
        let id = bundle.credentials[1].claims.id
        // Nobody has seen it yet.
        let early = try world.run(
            world.auditors[1].person, try world.revocation(of: id, by: 1, reason: "Withdrawn"))
        #expect(early.code == .ok)
        let entry = try world.entry(other, bundle)
        #expect(try world.run(other, .candidateAdd([entry])).code == .credentialRevoked)
        // Without it the quorum stands.
        let rest = try world.merged(other, [bundle.credentials[0], bundle.credentials[2]])
        #expect(
            try world.run(other, .candidateAdd([try world.entry(other, rest)])).code == .ok)
        let record = try #require(world.state.credential(auditor: "https://a2.example", id))
        #expect(record.revoked?.reason == "Withdrawn" && record.seen == nil)
        #expect(record.revoked?.height == 2)
        #expect(world.state.candidate(node.identity)?.state == .listed)
    }

    @Test mutating func `only the auditor's account takes its credentials back, once`() throws {
        let body = try world.revocation(of: admitting, by: 0)
        for stranger in [node, world.auditors[1].person, world.auditors[0].signer] {
            guard world.state.account(stranger.identity) != nil else { continue }
            #expect(try world.run(stranger, body).code == .notAuditor)
        }
        let unknown = try CredentialRevocation(
            credential: admitting, issuer: "https://a9.example", reason: "x")
        #expect(try world.run(auditor, .credentialRevoke(unknown)).code == .unknownAuditor)
        // Another auditor's credential of the same jti is another credential.
        let foreign = try world.revocation(of: admitting, by: 1)
        #expect(try world.run(world.auditors[1].person, foreign).code == .ok)
        #expect(try world.block().lapsed.isEmpty)
        #expect(try world.run(auditor, body).code == .ok)
        #expect(try world.run(auditor, body).code == .alreadyRevoked)
    }

    @Test func `every credential has a record of when it was seen first`() throws {
        var world = self.world
        let candidate = try #require(world.state.candidate(node.identity))
        for consent in candidate.consents {
            let record = try #require(
                world.state.credential(auditor: consent.auditor, consent.credential))
            #expect(record.seen?.height == 1 && record.seen?.node == node.identity)
            #expect(record.seen?.key == consent.key && record.revoked == nil)
            let name = RecordName.credential(auditor: consent.auditor, id: consent.credential)
            let (value, proof) = world.state.proof(of: name)
            try proof.verify(key: name.bytes, value: value, root: world.state.stateRoot)
            #expect(value == record.json.bytes)
        }
        // Refusals are seen too; what came with a refused transaction is not.
        let (other, third) = (world.nodes[1], world.nodes[2])
        let answers = [
            Answer(auditor: 0), Answer(auditor: 1),
            Answer(auditor: 2, consent: .refused(reason: "no")),
        ]
        let bundle = try world.bundle(other, answers)
        try #require(try world.run(other, .candidateAdd([world.entry(other, bundle)])).code == .ok)
        let refusal = try #require(bundle.credentials.first { !$0.claims.consent.isGranted })
        #expect(
            world.state.credential(auditor: refusal.claims.issuer, refusal.claims.id)?.seen?.height
                == 2)
        let few = try world.bundle(third, [Answer(auditor: 0)])
        try #require(
            try world.run(third, .candidateAdd([world.entry(third, few)])).code == .quorumNotMet)
        #expect(
            world.state.credential(auditor: "https://a1.example", few.credentials[0].claims.id)
                == nil)
    }

    @Test mutating func `one jti is one credential`() throws {
        let other = world.nodes[1]
        let application = try world.application(other)
        var credentials = try World.allConsent.map { try world.credential($0, to: application) }
        var claims = credentials[0].claims
        claims.id = admitting
        credentials[0] = try claims.sign(with: world.auditors[0].signer.key)
        let entry = try world.entry(other, try world.merged(other, credentials))
        #expect(try world.run(other, .candidateAdd([entry])).code == .credentialReused)
    }

    @Test func `revocations of the wrong shape are refused`() throws {
        let uuid = "00000000-0000-4000-8000-000000000001"
        for (credential, reason) in [
            ("", "x"), ("urn:uuid:" + uuid, "x"), (uuid.uppercased() + "A", "x"), (uuid, ""),
            (uuid.replacing("0", with: "g"), "x"), (uuid, "no spaces"),
            (uuid, String(repeating: "a", count: 65)), (uuid, "caf\u{e9}"),
        ] {
            #expect(throws: LedgerError.self, "\(credential) \(reason)") {
                try CredentialRevocation(
                    credential: credential, issuer: "https://a1.example", reason: reason)
            }
        }
        let long = "https://" + String(repeating: "a", count: 300)
        #expect(throws: LedgerError.self) {
            try CredentialRevocation(credential: uuid, issuer: long, reason: "x")
        }
    }

    @Test mutating func `the recount follows revocations and refuses those of strangers`() throws {
        try #require(try world.run(auditor, world.revocation(of: admitting, by: 0)).code == .ok)
        try world.block()
        var recount = VoteRecount(genesis: world.genesis)
        for block in world.blocks {
            var altered = recount
            let entries = zip(block.block.transactions, block.results).map {
                VoteRecount.Entry($0.transaction, code: $1.code.rawValue)
            }
            let header = block.block.header
            if case .credentialRevoke? = entries.first?.body {
                let stranger = VoteRecount.Entry(
                    sender: node.identity, sequence: 5, body: entries[0].body, code: "ok")
                #expect(throws: ProofError.self) {
                    try altered.follow(
                        height: header.height, time: header.time, entries: [stranger])
                }
            }
            try recount.follow(height: header.height, time: header.time, entries: entries)
        }
        #expect(recount.tallyRoot == world.state.roots.tallies)
        #expect(recount.tallies.map(\.isListed) == [false])
    }
}
