import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct RecordProofTests {
    /// A world in which every kind of record is there.
    private static func busyWorld() throws -> World {
        var world = try World(interval: 3)
        try world.list(world.nodes)
        #expect(try world.vote(world.voters[0], [(world.nodes[1], 2)]) == .ok)
        try world.run(
            world.voters[1],
            .depositPay(auditor: "https://a2.example", node: world.nodes[0].identity, amount: 7))
        try world.advance(to: 7)
        return world
    }

    @Test func `every kind of record is proven there, and absent where it is not`() throws {
        let world = try Self.busyWorld()
        let root = world.state.stateRoot
        let deposit = try #require(world.state.deposits(node: world.nodes[0].identity).first)
        let there: [RecordName] = [
            .account(world.voters[0].identity), .candidate(world.nodes[1].identity),
            .auditorSet, .parameters, .election(0), .election(2), .deposit(deposit.id),
        ]
        for name in there {
            let (value, proof) = world.state.proof(of: name)
            #expect(value == world.stored[name.bytes])
            #expect(value != nil)
            try proof.verify(key: name.bytes, value: value, root: root)
            #expect(try RecordProof(try JSON.parse(proof.json.text)) == proof)
            #expect(throws: LedgerError.self) {
                try proof.verify(key: name.bytes, value: nil, root: root)
            }
            #expect(throws: LedgerError.self) {
                try proof.verify(key: name.bytes, value: (value ?? []) + [0], root: root)
            }
            #expect(throws: LedgerError.self) {
                try proof.verify(key: name.bytes, value: value, root: .zero)
            }
        }
        let absent: [RecordName] = [
            .account(try Identity(did: "did:key:zNobody")), .candidate(world.voters[0].identity),
            .election(99), .deposit(.zero),
        ]
        for name in absent {
            let (value, proof) = world.state.proof(of: name)
            #expect(value == nil)
            try proof.verify(key: name.bytes, value: nil, root: root)
            #expect(throws: LedgerError.self) {
                try proof.verify(key: name.bytes, value: [1], root: root)
            }
        }
    }

    @Test func `a proof with any digit of it changed is refused`() throws {
        let world = try Self.busyWorld()
        let root = world.state.stateRoot
        let name = RecordName.account(world.voters[0].identity)
        let (value, proof) = world.state.proof(of: name)
        for index in proof.entries.indices {
            var entries = proof.entries
            entries[index] ^= 1
            let changed = RecordProof(
                entries: entries, path: proof.path, tallyRoot: proof.tallyRoot)
            #expect(throws: LedgerError.self) {
                try changed.verify(key: name.bytes, value: value, root: root)
            }
        }
        for level in proof.path.indices {
            var path = proof.path
            path[level] = .zero
            let changed = RecordProof(
                entries: proof.entries, path: path, tallyRoot: proof.tallyRoot)
            #expect(throws: LedgerError.self) {
                try changed.verify(key: name.bytes, value: value, root: root)
            }
        }
        let others = [
            RecordProof(entries: [], path: proof.path, tallyRoot: proof.tallyRoot),
            RecordProof(
                entries: proof.entries + proof.entries, path: proof.path,
                tallyRoot: proof.tallyRoot),
            RecordProof(
                entries: Array(proof.entries.dropLast()), path: proof.path,
                tallyRoot: proof.tallyRoot),
            RecordProof(
                entries: proof.entries, path: Array(proof.path.dropLast()),
                tallyRoot: proof.tallyRoot),
            RecordProof(entries: proof.entries, path: proof.path, tallyRoot: .zero),
        ]
        for changed in others {
            for claimed in [value, nil] {
                #expect(throws: LedgerError.self) {
                    try changed.verify(key: name.bytes, value: claimed, root: root)
                }
            }
        }
    }

    @Test func `tallies are proven after every block`() throws {
        var world = try Self.busyWorld()
        for turn in 0..<4 {
            _ = try world.vote(world.voters[turn % 3], [(world.nodes[turn], 1)])
            let root = world.state.stateRoot
            try world.state.tallySheet.verify(root: root)
            for node in world.nodes {
                let proof = try #require(world.state.tallyProof(of: node.identity))
                try proof.verify(root: root)
                #expect(proof.leaf.votes == world.state.candidate(node.identity)?.votes)
            }
        }
        #expect(world.state.tallyProof(of: world.voters[0].identity) == nil)
    }

    @Test func `keys of accounts are the bytes of public keys, and lead back to them`() throws {
        let person = try Person("somebody")
        let key = RecordKey.account(person.identity)
        #expect(key.bytes.count == 35)
        #expect(try RecordKey(key.bytes) == key)
        for odd in ["did:key:z1111", "did:key:z0", "did:key:zl0", "did:key:z"] {
            guard let identity = try? Identity(did: odd) else { continue }
            #expect(try RecordKey(RecordKey.account(identity).bytes) == .account(identity))
        }
    }

    @Test func `an account has one spelling in bytes`() throws {
        let account = Account(
            balance: .max, sequence: 300, allowance: 0,
            choices: [Choice(candidate: 127, generation: 128, votes: 1)])
        #expect(try Account(bytes: account.bytes) == account)
        for cut in 0..<account.bytes.count {
            #expect(throws: LedgerError.self) { try Account(bytes: Array(account.bytes[..<cut])) }
        }
        for bytes in [
            account.bytes + [0], [0x80, 0, 0, 0, 0], [0, 0, 0, 65],
            Array(repeating: 0xFF, count: 11),
        ] {
            #expect(throws: LedgerError.self) { try Account(bytes: bytes) }
        }
    }
}
