import Cryptography
import Encoding
import Testing

struct MerkleTreeTests {
    /// The leaves and roots that Certificate Transparency implementations share as test data.
    private static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    private static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test(arguments: 0...8)
    func `roots are those of RFC 9162`(_ count: Int) throws {
        let leaves = try Self.leaves.prefix(count).map { text in try Hexadecimal.decode(text) }
        #expect(MerkleTree.root(leaves).text == Self.roots[count])
    }

    @Test func `each leaf is proven at its place and nowhere else`() {
        for count in 1...33 {
            let leaves = (0..<count).map { [UInt8($0)] }
            let root = MerkleTree.root(leaves)
            for index in 0..<count {
                let proof = MerkleTree.inclusionProof(index, leaves)
                func holds(
                    _ leaf: [UInt8], _ index: Int, _ count: Int, _ proof: [Digest]
                ) -> Bool {
                    MerkleTree.verifyInclusion(
                        leaf: leaf, index: index, leafCount: count, proof: proof, root: root)
                }
                #expect(holds(leaves[index], index, count, proof))
                #expect(!holds([99], index, count, proof))
                #expect(!holds(leaves[index], index + 1, count, proof))
                #expect(!holds(leaves[index], index - 1, count, proof))
                #expect(!holds(leaves[index], index, count, proof + [.zero]))
                if !proof.isEmpty {
                    #expect(!holds(leaves[index], index, count, Array(proof.dropLast())))
                    #expect(!holds(leaves[index], index, count, [.zero] + proof.dropFirst()))
                }
                #expect(!holds(leaves[index], index, 0, proof))
            }
        }
        #expect(MerkleTree.inclusionProof(-1, [[1]]).isEmpty)
        #expect(MerkleTree.inclusionProof(1, [[1]]).isEmpty)
    }

    @Test func `an inner node does not pass for a leaf`() {
        let left = MerkleTree.leafHash([1])
        let right = MerkleTree.leafHash([2])
        let root = MerkleTree.root([[1], [2]])
        #expect(root == MerkleTree.nodeHash(left, right))
        #expect(MerkleTree.root([left.bytes + right.bytes]) != root)
    }
}
