import Cryptography
import Testing
import TransparencyLog

@Suite struct LogTreeTests {
    private static func grow(_ count: Int) -> (LogTree, [LogNode: Digest], [[UInt8]]) {
        var tree = LogTree()
        var stored: [LogNode: Digest] = [:]
        let leaves = (0..<count).map { [UInt8(truncatingIfNeeded: $0), 7] }
        for leaf in leaves {
            for (node, hash) in tree.append(MerkleTree.leafHash(leaf)) { stored[node] = hash }
        }
        return (tree, stored, leaves)
    }

    private static func reader(
        _ stored: [LogNode: Digest]
    ) -> (LogNode) throws -> Digest {
        { node in
            guard let hash = stored[node] else {
                throw LogError(.missing, "\(node) is not stored")
            }
            return hash
        }
    }

    @Test func `the root after each entry is that of RFC 9162`() throws {
        for count in 0...70 {
            let (tree, stored, leaves) = Self.grow(count)
            #expect(tree.root == MerkleTree.root(leaves))
            let again = try LogTree(size: UInt64(count), hash: Self.reader(stored))
            #expect(again.root == tree.root)
            #expect(
                try LogTree.root(size: UInt64(count), hash: Self.reader(stored)) == tree.root)
        }
    }

    @Test func `a log that is reopened goes on as if it had not been closed`() throws {
        let (_, stored, _) = Self.grow(37)
        var reopened = try LogTree(size: 37, hash: Self.reader(stored))
        let added = reopened.append(MerkleTree.leafHash([37, 7]))
        let (whole, all, _) = Self.grow(38)
        #expect(reopened.root == whole.root)
        for (node, hash) in added { #expect(all[node] == hash) }
    }

    @Test func `every entry is proven in every later head`() throws {
        let (_, stored, leaves) = Self.grow(40)
        for size in 1...40 {
            let root = MerkleTree.root(Array(leaves[..<size]))
            for index in 0..<size {
                let proof = try LogTree.inclusionProof(
                    UInt64(index), size: UInt64(size), hash: Self.reader(stored))
                #expect(proof == MerkleTree.inclusionProof(index, Array(leaves[..<size])))
                #expect(
                    MerkleTree.verifyInclusion(
                        leaf: leaves[index], index: index, leafCount: size, proof: proof,
                        root: root))
            }
        }
    }

    @Test func `every head is proven to begin with every earlier one and with no other`() throws {
        let (_, stored, leaves) = Self.grow(40)
        let roots = (0...40).map { MerkleTree.root(Array(leaves[..<$0])) }
        for new in 0...40 {
            for old in 0...new {
                let proof = try LogTree.consistencyProof(
                    from: UInt64(old), to: UInt64(new), hash: Self.reader(stored))
                func holds(
                    _ oldCount: Int, _ oldRoot: Digest, _ newRoot: Digest, _ proof: [Digest]
                ) -> Bool {
                    MerkleTree.verifyConsistency(
                        oldCount: oldCount, oldRoot: oldRoot, newCount: new, newRoot: newRoot,
                        proof: proof)
                }
                #expect(holds(old, roots[old], roots[new], proof))
                #expect(!holds(old, .zero, roots[new], proof))
                #expect(!holds(old, roots[old], roots[new], proof + [.zero]))
                #expect(!holds(new + 1, roots[old], roots[new], proof))
                if !proof.isEmpty {
                    #expect(!holds(old, roots[old], .zero, proof))
                    #expect(!holds(old, roots[old], roots[new], Array(proof.dropLast())))
                    #expect(!holds(old, roots[old], roots[new], [.zero] + proof.dropFirst()))
                }
            }
        }
    }

    @Test func `a proof from a store that lost a hash is an error and not a wrong proof`() {
        #expect(throws: LogError(.missing, "")) {
            _ = try LogTree.inclusionProof(3, size: 9) { node in
                throw LogError(.missing, "\(node)")
            }
        }
        #expect(throws: LogError(.malformed, "")) {
            _ = try LogTree.inclusionProof(9, size: 9) { _ in .zero }
        }
        #expect(throws: LogError(.malformed, "")) {
            _ = try LogTree.consistencyProof(from: 10, to: 9) { _ in .zero }
        }
    }
}
