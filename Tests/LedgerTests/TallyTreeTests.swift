import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct TallyTreeTests {
    private static func leaf(_ number: Int, votes: UInt64) throws -> TallyLeaf {
        TallyLeaf(
            candidate: try Identity(did: "did:key:z\(number + 1)"), votes: votes,
            listed: votes % 3 != 0)
    }

    @Test func `it grows and changes like an RFC 9162 tree built anew`() throws {
        var tree = TallyTree()
        #expect(tree.root == MerkleTree.root([]))
        var numbers = SeededGenerator(seed: 11)
        var leaves: [TallyLeaf] = []
        for round in 0..<60 {
            var changed: Set<Int> = []
            for _ in 0..<numbers.next(below: 6) where !leaves.isEmpty {
                let number = Int(numbers.next(below: UInt64(leaves.count)))
                leaves[number] = try Self.leaf(number, votes: UInt64(numbers.next(below: 90)))
                changed.insert(number)
            }
            for _ in 0..<numbers.next(below: round == 30 ? 40 : 4) {
                changed.insert(leaves.count)
                leaves.append(try Self.leaf(leaves.count, votes: UInt64(round)))
            }
            let update = tree.update(changed.sorted().map { ($0, leaves[$0]) })
            tree.apply(update)
            let bytes = leaves.map(\.bytes)
            #expect(update.root == tree.root)
            #expect(tree.root == MerkleTree.root(bytes))
            #expect(update.count == leaves.count)
            for number in [0, leaves.count / 2, leaves.count - 1] where !leaves.isEmpty {
                #expect(tree.path(number) == MerkleTree.inclusionProof(number, bytes))
            }
        }
        #expect(TallyTree(leaves).root == tree.root)
        #expect(tree.path(leaves.count) == [])
        #expect(tree.path(-1) == [])
    }

    @Test func `a proof of a tally holds for its own leaf, number and root alone`() throws {
        let leaves = try (0..<21).map { try Self.leaf($0, votes: UInt64($0)) }
        let tree = TallyTree(leaves)
        let records = Digest.sha256([7])
        let root = StateRoots(records: records, tallies: tree.root).state
        for (number, leaf) in leaves.enumerated() {
            let proof = TallyProof(
                leaf: leaf, number: UInt64(number), count: 21, path: tree.path(number),
                recordsRoot: records)
            try proof.verify(root: root)
            #expect(try TallyProof(try JSON.parse(proof.json.text)) == proof)
            let wrong = [
                TallyProof(
                    leaf: TallyLeaf(
                        candidate: leaf.candidate, votes: leaf.votes + 1, listed: leaf.listed),
                    number: proof.number, count: 21, path: proof.path, recordsRoot: records),
                TallyProof(
                    leaf: leaf, number: (proof.number + 1) % 21, count: 21, path: proof.path,
                    recordsRoot: records),
                TallyProof(
                    leaf: leaf, number: proof.number, count: UInt64.max, path: proof.path,
                    recordsRoot: records),
                TallyProof(
                    leaf: leaf, number: proof.number, count: 21,
                    path: Array(proof.path.dropLast()), recordsRoot: records),
                TallyProof(
                    leaf: leaf, number: proof.number, count: 21, path: proof.path,
                    recordsRoot: .zero),
            ]
            for proof in wrong {
                #expect(throws: LedgerError.self) { try proof.verify(root: root) }
            }
            #expect(throws: LedgerError.self) { try proof.verify(root: tree.root) }
        }
    }

    @Test func `a sheet without a line or with another one is refused`() throws {
        let leaves = try (0..<9).map { try Self.leaf($0, votes: UInt64($0)) }
        let sheet = TallySheet(leaves: leaves, recordsRoot: .zero)
        let root = StateRoots(records: .zero, tallies: TallyTree(leaves).root).state
        try sheet.verify(root: root)
        #expect(try TallySheet(try JSON.parse(sheet.json.text)) == sheet)
        for cut in [Array(leaves.dropLast()), leaves + [leaves[0]], leaves.reversed(), []] {
            #expect(throws: LedgerError.self) {
                try TallySheet(leaves: cut, recordsRoot: .zero).verify(root: root)
            }
        }
    }

    @Test func `a leaf has one spelling`() throws {
        let leaf = try Self.leaf(4, votes: 7)
        #expect(try TallyLeaf(text: leaf.text) == leaf)
        for text in [
            leaf.text + " ", #"{"votes":7,"candidate":"did:key:z5","listed":true}"#, "[]", "",
            #"{"candidate":"did:key:z5","votes":7,"listed":true,"more":1}"#,
            #"{"candidate":"did:key:z5","votes":-1,"listed":true}"#,
        ] {
            #expect(throws: LedgerError.self) { try TallyLeaf(text: text) }
        }
    }
}
