import Credentials
import Cryptography
import Encoding
import Proofs
import Simulator
import Testing

@testable import Ledger

/// `auditor.rotate`, `auditorset.update`, and keys in other hands.
@Suite struct AuditorSetChangeTests {
    var world: World
    let newKey: Person
    var node: Person { world.nodes[0] }

    init() throws {
        world = try World()
        newKey = try Person("new key of the first auditor")
    }

    /// A bundle by these keys of the first two auditors.
    private func bundle(_ node: Person, first: Person, nonce: UInt8 = 1) throws -> Bundle {
        let application = try world.application(node, nonce: nonce)
        let claims = try world.credential(Answer(auditor: 0), to: application).claims
        return try world.merged(
            node,
            [
                try claims.sign(with: first.key),
                try world.credential(Answer(auditor: 1), to: application),
            ])
    }

    private mutating func add(_ node: Person, _ bundle: Bundle) throws -> ResultCode {
        try world.run(node, .candidateAdd([try world.entry(node, bundle)])).code
    }

    @Test mutating func `both keys admit through the overlap, the new one from the next block`()
        throws
    {
        let (old, first) = (world.auditors[0].signer, world.nodes[1])
        let early = try bundle(node, first: newKey)
        let entry = try world.entry(node, early)
        let rotation = try world.rotation(0, to: newKey) {
            $0.oldUntil = $0.window.from.adding(milliseconds: 3_700_000)
        }.sign(oldKey: old.key, newKey: newKey.key)
        let codes = try world.block([
            world.sign(
                world.auditors[0].person, .auditorRotate(rotation: rotation.jws.compact)),
            world.sign(node, .candidateAdd([entry])),
        ]).results.map(\.code)
        #expect(codes == [.ok, .quorumNotMet])
        #expect(world.state.auditorSet.version == 2)
        #expect(try add(node, early) == .ok)
        #expect(try add(first, try bundle(first, first: old)) == .ok)
        #expect(world.state.auditorSet.auditor("https://a1.example")?.keys.count == 2)
        // An hour and a bit later the old key's window does not reach to the end of what it signs.
        world.time = world.time.adding(milliseconds: 101_000)
        let late = world.nodes[2]
        #expect(try add(late, try bundle(late, first: old)) == .quorumNotMet)
        #expect(try add(late, try bundle(late, first: newKey, nonce: 2)) == .ok)
        #expect(try world.restored().stateRoot == world.state.stateRoot)
    }

    @Test mutating func `neither the key nor the account rotates alone`() throws {
        let account = world.auditors[0].person
        #expect(try world.rotate(0, to: newKey, sender: node) == .notAuditor)
        #expect(try world.rotate(0, to: newKey, sender: world.auditors[1].person) == .notAuditor)
        #expect(try world.rotate(0, to: newKey, by: account) == .rotationInvalid)
        #expect(
            try world.rotate(0, to: newKey, by: world.auditors[1].signer) == .rotationInvalid)
        #expect(try world.run(account, .auditorRotate(rotation: "a.b.c")).code == .rotationInvalid)
        #expect(try world.rotate(0, to: newKey) { $0.network = "other" } == .rotationInvalid)
        #expect(
            try world.rotate(0, to: newKey) { $0.issuer = "https://x.example" } == .unknownAuditor)
        #expect(world.state.auditorSet.version == 1)
        #expect(try world.rotate(0, to: newKey) == .ok)
    }

    @Test mutating func `a rotation counts once, over the version it names`() throws {
        let account = world.auditors[0].person
        let rotation = try world.rotation(0, to: newKey)
            .sign(oldKey: world.auditors[0].signer.key, newKey: newKey.key)
        let body = TransactionBody.auditorRotate(rotation: rotation.jws.compact)
        #expect(try world.run(account, body).code == .ok)
        #expect(try world.run(account, body).code == .auditorSetVersion)
        let third = try Person("third key")
        #expect(try world.rotate(1, to: third) { $0.version = 1 } == .auditorSetVersion)
        #expect(try world.rotate(1, to: third) { $0.version = 3 } == .auditorSetVersion)
        // Two in one block: the second is over the first.
        let fourth = try Person("fourth key")
        let one = try world.rotation(1, to: third)
            .sign(oldKey: world.auditors[1].signer.key, newKey: third.key)
        let two = try world.rotation(2, to: fourth) { $0.version = 3 }
            .sign(oldKey: world.auditors[2].signer.key, newKey: fourth.key)
        let codes = try world.block([
            world.sign(world.auditors[1].person, .auditorRotate(rotation: one.jws.compact)),
            world.sign(world.auditors[2].person, .auditorRotate(rotation: two.jws.compact)),
        ]).results.map(\.code)
        #expect(codes == [.ok, .ok])
        #expect(world.state.auditorSet.version == 4)
        #expect(world.state.auditorSetChanges(limit: 2).map(\.set.version) == [4, 3])
        #expect(world.state.auditorSetChanges(limit: 9).map(\.height) == [5, 5, 1])
        let name = RecordName.auditorSetChange(2)
        let (value, proof) = world.state.proof(of: name)
        try proof.verify(key: name.bytes, value: value, root: world.state.stateRoot)
        #expect(value != nil)
    }

    @Test mutating func `a quorum of the old set and of the new one changes the set`() throws {
        let next = try world.nextAuditorSet { $0["operators"] = 1 }
        let account = world.registrar
        for signers in [[], [0], [0, 0]] {
            #expect(
                try world.run(account, world.update(to: next, by: signers)).code
                    == .approvalsNotMet, "\(signers)")
        }
        let skipped = try world.nextAuditorSet { $0["version"] = 3 }
        #expect(
            try world.run(account, world.update(to: skipped, by: [0, 1])).code == .auditorSetVersion
        )
        let foreign = try world.nextAuditorSet { $0["network"] = "other" }
        #expect(
            try world.run(account, world.update(to: foreign, by: [0, 1])).code == .approvalInvalid)
        guard case .auditorSetUpdate(let good) = try world.update(to: next, by: [1, 2]) else {
            return
        }
        // Signed over one set, sent with another.
        let other = try world.nextAuditorSet { $0["threshold"] = 3 }
        let mixed = AuditorSetUpdate(set: other, signatures: good.signatures)
        #expect(try world.run(account, .auditorSetUpdate(mixed)).code == .approvalInvalid)
        #expect(try world.run(account, .auditorSetUpdate(good)).code == .ok)
        #expect(world.state.auditorSet == next)
        #expect(try world.run(account, .auditorSetUpdate(good)).code == .auditorSetVersion)
        #expect(try world.restored().auditorSet == next)
    }

    @Test mutating func `auditors of one operator do not change the set`() throws {
        let shared = try world.nextAuditorSet { members in
            var list = members["auditors"]?.arrayValue ?? []
            var second = list[1].objectValue ?? JSONObject()
            second["operator"] = "operator 1"
            list[1] = .object(second)
            members["auditors"] = .array(list)
        }
        let account = world.registrar
        // In the new set the first two are of one operator.
        #expect(
            try world.run(account, world.update(to: shared, by: [0, 1])).code == .approvalsNotMet)
        #expect(try world.run(account, world.update(to: shared, by: [0, 2])).code == .ok)
        let next = try world.nextAuditorSet { $0["threshold"] = 3 }
        #expect(
            try world.run(account, world.update(to: next, by: [0, 1])).code == .approvalsNotMet)
    }

    /// The credential is seen in block 3; its key is in other hands since the block before, the
    /// block itself, or the one after.
    @Test(arguments: [(UInt64(2), true), (3, false), (4, false)])
    mutating func `what a lost key signed lapses when it was seen after the loss`(
        since: UInt64, lapses: Bool
    ) throws {
        try world.advance(to: 2)
        try #require(try world.add(node) == .ok)
        let set = try world.compromised(0, since: since)
        try #require(try world.run(world.registrar, world.update(to: set, by: [1, 2])).code == .ok)
        #expect(world.state.candidate(node.identity)?.state == .listed)
        #expect(try world.block().lapsed == (lapses ? [node.identity] : []))
        // Whatever it claims: seen later, it admits nobody, though its signature is good.
        let other = world.nodes[1]
        try world.advance(to: 5)
        #expect(try world.add(other) == .keyCompromised)
        #expect(
            try world.add(other, [Answer(auditor: 1), Answer(auditor: 2)], nonce: 2) == .ok)
    }

    @Test mutating func `what was seen before the loss may be shown again`() throws {
        try #require(try world.add(node) == .ok)
        guard
            case .candidateAdd(let entries)? = world.blocks[0].block.transactions.first?.transaction
                .body
        else { return }
        let old = try Bundle(entries[0].bundle).credentials
        let set = try world.compromised(0, since: 1)
        try #require(try world.run(world.registrar, world.update(to: set, by: [1, 2])).code == .ok)
        // The same application, renewed with one new credential beside the one seen before.
        var claims = old[1].claims
        claims.id = World.uuid("again")
        claims.validity = Validity(
            from: claims.validity.from, until: claims.validity.until.adding(milliseconds: 5000))
        let again = try claims.sign(with: world.auditors[1].signer.key)
        let bundle = try world.merged(node, [old[0], again]).jws.compact
        // The old credential's end is the bundle's, and no later than before.
        #expect(
            try world.run(node, .candidateRenew(node: node.identity, bundle: bundle)).code
                == .renewalNotNewer)
        // A forged credential under the jti that was seen is not the one that was seen.
        var forged = old[0].claims
        forged.validity = claims.validity
        let stolen = try forged.sign(with: world.auditors[0].signer.key)
        let mixed = try world.merged(node, [stolen, again]).jws.compact
        #expect(
            try world.run(node, .candidateRenew(node: node.identity, bundle: mixed)).code
                == .credentialReused)
    }

    @Test mutating func `an auditor that lost its key says so when it rotates`() throws {
        try #require(try world.add(node) == .ok)
        let height = world.state.tip.height + 1
        #expect(
            try world.rotate(0, to: newKey) { $0.oldCompromisedSince = height + 1 }
                == .rotationInvalid)
        // That used block 2; this is block 3.
        #expect(try world.rotate(0, to: newKey) { $0.oldCompromisedSince = 0 } == .ok)
        #expect(try world.block().lapsed == [node.identity])
        #expect(try world.add(node, nonce: 2) == .keyCompromised)
        #expect(try add(node, try bundle(node, first: newKey, nonce: 3)) == .ok)
        let third = try Person("third key")
        #expect(try world.rotate(0, to: third) == .rotationInvalid)
        #expect(try world.rotate(0, to: third, by: newKey) == .ok)
    }

    @Test mutating func `candidates added in the block of the loss lapse with the next`() throws {
        try world.advance(to: 3)
        let set = try world.compromised(0, since: 3)
        let entry = try world.entry(node, try world.bundle(node))
        let codes = try world.block([
            world.sign(world.registrar, world.update(to: set, by: [1, 2])),
            world.sign(node, .candidateAdd([entry])),
        ]).results.map(\.code)
        #expect(codes == [.ok, .ok])
        #expect(try world.block().lapsed == [node.identity])
    }

    @Test mutating func `the recount follows the auditor set and finds what was not agreed on`()
        throws
    {
        try #require(try world.add(node) == .ok)
        try #require(try world.rotate(0, to: newKey) { $0.oldCompromisedSince = 0 } == .ok)
        try world.block()
        let other = world.nodes[1]
        try #require(try add(other, try bundle(other, first: newKey)) == .ok)
        let next = try world.nextAuditorSet { $0["operators"] = 1 }
        let refused = try world.update(to: next, by: [1])
        try #require(try world.run(world.registrar, refused).code == .approvalsNotMet)
        try #require(
            try world.run(world.registrar, world.update(to: next, by: [1, 2])).code == .ok)
        var recount = VoteRecount(genesis: world.genesis)
        var found = 0
        for block in world.blocks {
            let header = block.block.header
            let entries = zip(block.block.transactions, block.results).map {
                VoteRecount.Entry($0.transaction, code: $1.code.rawValue)
            }
            if entries.first?.code == "approvals-not-met" {
                var altered = recount
                let entry = VoteRecount.Entry(block.block.transactions[0].transaction, code: "ok")
                #expect(throws: ProofError.self) {
                    try altered.follow(height: header.height, time: header.time, entries: [entry])
                }
                found += 1
            }
            try recount.follow(height: header.height, time: header.time, entries: entries)
        }
        #expect(found == 1)
        #expect(recount.tallyRoot == world.state.roots.tallies)
        #expect(recount.tallies.map(\.isListed) == [false, true])
    }
}
