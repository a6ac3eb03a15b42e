import Credentials
import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct AdmissionTests {
    @Test func `a node with a quorum of credentials becomes a candidate`() throws {
        var world = try World()
        let node = world.nodes[0]
        let answers = [
            Answer(auditor: 0, validForSeconds: 900), Answer(auditor: 1),
            Answer(auditor: 2, consent: .refused(reason: "too slow")),
        ]
        let signed = world.time
        #expect(try world.add(node, answers) == .ok)
        let candidate = try #require(world.state.candidate(node.identity))
        #expect(candidate.state == .listed)
        #expect(candidate.validUntil == signed.adding(milliseconds: 900_000))
        #expect(candidate.consents.map(\.auditor) == ["https://a1.example", "https://a2.example"])
        #expect(candidate.registered == Registration(height: 1, index: 0, position: 0))
        #expect(world.state.candidates == [candidate])
        #expect(world.state.status(of: node.identity) == .candidate)
        #expect(try Candidate(candidate.stored).isStoredAs(candidate))
        #expect(try world.restored().stateRoot == world.state.stateRoot)
        #expect(
            world.blocks[0].tallies == [
                TallyEntry(
                    candidate: node.identity, number: 0, height: 1, votes: 0, isListed: true,
                    previousHeight: 0)
            ])
    }

    @Test func `a quorum that is not met is refused and says by whom and why`() throws {
        var world = try World()
        let node = world.nodes[0]
        let answers = [
            Answer(auditor: 0), Answer(auditor: 1, consent: .refused(reason: "too slow")),
        ]
        let body = TransactionBody.candidateAdd([
            try world.entry(node, try world.bundle(node, answers))
        ])
        let result = try world.run(node, body)
        #expect(result.code == .quorumNotMet)
        #expect(result.detail.contains("https://a2.example: refused: too slow"))
        #expect(world.state.candidate(node.identity) == nil)
        #expect(world.state.account(node.identity)?.sequence == 1)
        // What was refused may be tried again: the application is not used up.
        #expect(try world.add(node) == .ok)
    }

    @Test(
        arguments: [(-1, .ok), (0, .credentialExpired), (1, .credentialExpired)]
            as [(Int64, ResultCode)])
    func `credentials must be good when the block is made`(
        offset: Int64, code: ResultCode
    ) throws {
        var world = try World()
        let node = world.nodes[0]
        let answers = [
            Answer(auditor: 0, validForSeconds: 30), Answer(auditor: 1),
        ]
        let bundle = try world.bundle(node, answers)
        let end = world.time.adding(milliseconds: 30_000)
        world.time = end.adding(milliseconds: offset)
        let result = try world.run(node, .candidateAdd([try world.entry(node, bundle)]))
        #expect(result.code == code)
    }

    @Test func `an expired credential beside a quorum of good ones does not hinder`() throws {
        var world = try World()
        let node = world.nodes[0]
        let answers = [
            Answer(auditor: 0, validForSeconds: 30), Answer(auditor: 1), Answer(auditor: 2),
        ]
        let bundle = try world.bundle(node, answers)
        let signed = world.time
        world.time = world.time.adding(milliseconds: 30_000)
        let result = try world.run(node, .candidateAdd([try world.entry(node, bundle)]))
        #expect(result.code == .ok)
        let candidate = try #require(world.state.candidate(node.identity))
        #expect(candidate.validUntil == signed.adding(milliseconds: 3_600_000))
    }

    @Test func `credentials for another node, key or endpoint are refused`() throws {
        var world = try World()
        let (node, other) = (world.nodes[0], world.nodes[1])
        let bundle = try world.bundle(node)
        let good = try world.entry(node, bundle)
        let foreign = try world.entry(other, bundle)
        #expect(try world.run(node, .candidateAdd([foreign])).code == .credentialMismatch)
        let spare = try Person("spare key")
        let rekeyed = CandidateEntry(
            node: node.identity, consensusKey: spare.key.publicKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: World.network, node: node.identity, key: spare.key),
            endpoint: good.endpoint, bundle: good.bundle)
        #expect(try world.run(node, .candidateAdd([rekeyed])).code == .credentialMismatch)
        let moved = CandidateEntry(
            node: node.identity, consensusKey: good.consensusKey, proof: good.proof,
            endpoint: "https://127.0.0.1:1", bundle: good.bundle)
        #expect(try world.run(node, .candidateAdd([moved])).code == .credentialMismatch)
        #expect(try world.run(node, .candidateAdd([good])).code == .ok)
    }

    @Test func `a consensus key must be proven and belong to nobody else`() throws {
        var world = try World()
        let (node, other) = (world.nodes[0], world.nodes[1])
        let good = try world.entry(node, try world.bundle(node))
        let proofs = [
            Array(repeating: UInt8(0), count: 64),
            try ConsensusKeyProof.sign(
                network: "other", node: node.identity,
                key: try World.consensusKey(of: node).key),
            try ConsensusKeyProof.sign(
                network: World.network, node: other.identity,
                key: try World.consensusKey(of: node).key),
        ]
        for proof in proofs {
            let entry = CandidateEntry(
                node: node.identity, consensusKey: good.consensusKey, proof: proof,
                endpoint: good.endpoint, bundle: good.bundle)
            #expect(try world.run(node, .candidateAdd([entry])).code == .consensusKeyUnproven)
        }
        let zero = CandidateEntry(
            node: node.identity, consensusKey: Array(repeating: 0, count: 32),
            proof: good.proof, endpoint: good.endpoint, bundle: good.bundle)
        #expect(try world.run(node, .candidateAdd([zero])).code == .consensusKeyUnproven)
        // The first representatives' keys are theirs from genesis on.
        let taken = try World.consensusKey(of: world.representatives[0])
        let thief = CandidateEntry(
            node: node.identity, consensusKey: taken.key.publicKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: World.network, node: node.identity, key: taken.key),
            endpoint: good.endpoint, bundle: good.bundle)
        #expect(try world.run(node, .candidateAdd([thief])).code == .consensusKeyUsed)
    }

    @Test func `an application makes a candidate once, even after removal`() throws {
        var world = try World()
        let node = world.nodes[0]
        let bundle = try world.bundle(node)
        let add = TransactionBody.candidateAdd([try world.entry(node, bundle)])
        #expect(try world.run(node, add).code == .ok)
        #expect(try world.run(node, add).code == .alreadyCandidate)
        #expect(try world.run(node, .candidateRemove(node: node.identity)).code == .ok)
        #expect(try world.run(node, add).code == .applicationUsed)
        #expect(try world.add(node, nonce: 2) == .ok)
        let candidate = try #require(world.state.candidate(node.identity))
        #expect(candidate.generation == 1)
        #expect(candidate.registered.height == 5)
    }

    @Test func `votes of an earlier candidacy do not come back with a new one`() throws {
        var world = try World()
        let (node, voter) = (world.nodes[0], world.voters[0])
        #expect(try world.add(node) == .ok)
        #expect(try world.vote(voter, [(node, 5)]) == .ok)
        #expect(try world.run(node, .candidateRemove(node: node.identity)).code == .ok)
        #expect(try world.add(node, nonce: 2) == .ok)
        #expect(world.state.candidate(node.identity)?.votes == 0)
        #expect(world.state.account(voter.identity)?.remaining == 10)
        #expect(try world.vote(voter, [(node, -1)]) == .withdrawalExceedsCast)
        #expect(try world.vote(voter, [(node, 6)]) == .ok)
        #expect(world.state.candidate(node.identity)?.votes == 6)
        #expect(world.state.account(voter.identity)?.remaining == 4)
    }

    @Test func `a lapsed node may stand again with a new application`() throws {
        var world = try World()
        let node = world.nodes[0]
        let answers = [Answer(auditor: 0, validForSeconds: 5), Answer(auditor: 1)]
        #expect(try world.add(node, answers) == .ok)
        world.time = world.time.adding(milliseconds: 10_000)
        // It is on the list to the end of the block in which it lapses.
        #expect(try world.add(node, nonce: 2) == .alreadyCandidate)
        #expect(world.blocks.last?.lapsed == [node.identity])
        #expect(try world.add(node, nonce: 2) == .ok)
        #expect(world.state.candidates.map(\.generation) == [1])
    }

    @Test func `a deposit named by a credential must be held as named`() throws {
        var world = try World()
        let (node, other) = (world.nodes[0], world.nodes[1])
        let paid = try world.pay(node, auditor: 0)
        let unknown = HeldDeposit(id: .sha256([9]), amount: 100, account: node.did)
        let more = HeldDeposit(id: paid.id, amount: 101, account: node.did)
        let payer = HeldDeposit(id: paid.id, amount: 100, account: other.did)
        let foreign = try world.pay(other, auditor: 0)
        let cases: [(HeldDeposit, Int, ResultCode)] = [
            (unknown, 0, .depositNotHeld), (more, 0, .depositMismatch),
            (payer, 0, .notPayer), (foreign, 0, .depositMismatch),
            (paid, 1, .depositMismatch), (paid, 0, .ok),
        ]
        for (deposit, auditor, code) in cases {
            let answers = [0, 1].map {
                Answer(auditor: $0, deposit: $0 == auditor ? deposit : nil)
            }
            #expect(try world.add(node, answers) == code)
        }
        let candidate = try #require(world.state.candidate(node.identity))
        #expect(candidate.securities.map(\.id) == [paid.id])
    }

    @Test func `a refunded deposit admits nobody`() throws {
        var world = try World()
        let node = world.nodes[0]
        let paid = try world.pay(node, auditor: 0)
        let refund = TransactionBody.depositRefund(deposit: paid.id)
        #expect(try world.run(world.auditors[0].person, refund).code == .ok)
        let answers = [Answer(auditor: 0, deposit: paid), Answer(auditor: 1)]
        #expect(try world.add(node, answers) == .depositNotHeld)
    }

    @Test func `one bad entry refuses the whole list`() throws {
        var world = try World()
        let (first, second) = (world.nodes[0], world.nodes[1])
        let good = try world.entry(first, try world.bundle(first))
        let bad = try world.entry(
            second, try world.bundle(second, [Answer(auditor: 0)]))
        let sender = world.voters[0]
        #expect(try world.run(sender, .candidateAdd([good, bad])).code == .quorumNotMet)
        #expect(world.state.candidates.isEmpty)
        let also = try world.entry(second, try world.bundle(second))
        #expect(try world.run(sender, .candidateAdd([good, also])).code == .ok)
        #expect(world.state.candidates.count == 2)
        #expect(world.state.candidate(second.identity)?.registered.position == 1)
    }

    @Test func `text that is no bundle is refused`() throws {
        var world = try World()
        let node = world.nodes[0]
        let good = try world.entry(node, try world.bundle(node))
        let credential = try world.credential(
            Answer(auditor: 0), to: try world.application(node))
        for text in ["", "a.b.c", String(good.bundle.dropLast(90)), credential.jws.compact] {
            let entry = CandidateEntry(
                node: node.identity, consensusKey: good.consensusKey, proof: good.proof,
                endpoint: good.endpoint, bundle: text)
            #expect(try world.run(node, .candidateAdd([entry])).code == .bundleInvalid)
        }
    }

    @Test func `a credential by a stranger's key counts for nothing`() throws {
        var world = try World()
        let node = world.nodes[0]
        let forged = SimulatedAuditor(
            issuer: world.auditors[1].issuer, person: world.auditors[1].person,
            signer: try Person("forger"))
        let application = try world.application(node)
        let genuine = try world.credential(Answer(auditor: 0), to: application)
        let claims = CredentialClaims(
            id: genuine.claims.id, issuer: forged.issuer, validity: genuine.claims.validity,
            issuedAt: genuine.claims.issuedAt, consent: .granted, application: application,
            qualifications: JSONObject([]), evidence: genuine.claims.evidence)
        let bundle = try Bundle.merge(
            [genuine, try claims.sign(with: forged.signer.key)], holder: node.did,
            keyID: node.did, id: "00000000-0000-4000-8000-000000000009",
            at: Instant(seconds: world.time.seconds), key: node.key)
        let result = try world.run(node, .candidateAdd([try world.entry(node, bundle)]))
        #expect(result.code == .quorumNotMet)
    }

    @Test func `the whole path: apply, be elected, leave, get the deposit back`() throws {
        var world = try World(interval: 6)
        let nodes = world.nodes
        let paid = try world.pay(nodes[0], auditor: 0)
        let entries = try nodes.enumerated().map { index, node in
            let deposit = index == 0 ? paid : nil
            let answers = [Answer(auditor: 0, deposit: deposit), Answer(auditor: 1)]
            return try world.entry(node, try world.bundle(node, answers))
        }
        #expect(try world.run(world.voters[0], .candidateAdd(entries)).code == .ok)
        #expect(try world.vote(world.voters[1], [(nodes[0], 5)]) == .ok)
        try world.advance(to: 8)
        #expect(world.state.election(1)?.seats.first == nodes[0].identity)
        #expect(world.state.status(of: nodes[0].identity) == .representative)
        #expect(try world.run(nodes[0], .candidateRemove(node: nodes[0].identity)).code == .ok)
        let refund = TransactionBody.depositRefund(deposit: paid.id)
        let auditor = world.auditors[0].person
        #expect(try world.run(auditor, refund).code == .nodeNotOrdinary)
        try world.advance(to: 13)
        #expect(world.state.status(of: nodes[0].identity) == .ordinary)
        #expect(try world.run(auditor, refund).code == .ok)
        #expect(world.state.account(nodes[0].identity)?.balance == 1000)
        #expect(try world.restored().stateRoot == world.state.stateRoot)
    }

    @Test func `a deposit that went back after a lapse excludes nobody else`() throws {
        var world = try World(interval: 20)
        let node = world.nodes[0]
        let paid = try world.pay(node, auditor: 0)
        let answers = [
            Answer(auditor: 0, validForSeconds: 3, deposit: paid), Answer(auditor: 1),
        ]
        #expect(try world.add(node, answers) == .ok)
        let refund = TransactionBody.depositRefund(deposit: paid.id)
        let auditor = world.auditors[0].person
        #expect(try world.run(auditor, refund).code == .nodeNotOrdinary)
        #expect(try world.run(auditor, refund).code == .nodeNotOrdinary)
        // The lapse comes at the end of the block, so its refund stands in the next one.
        #expect(try world.run(auditor, refund).code == .nodeNotOrdinary)
        #expect(world.blocks.last?.lapsed == [node.identity])
        #expect(try world.run(auditor, refund).code == .ok)
    }
}
