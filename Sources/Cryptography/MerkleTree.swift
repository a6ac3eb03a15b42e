/// The Merkle tree hash of RFC 9162 section 2.1 with SHA-256. Leaves and nodes are hashed under
/// different prefixes, so that neither passes for the other.
package enum MerkleTree {
    package static func leafHash(_ leaf: [UInt8]) -> Digest { Digest.sha256([0] + leaf) }

    package static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
        Digest.sha256(1, left, right)
    }

    /// The head of the tree; of no leaves, the hash of nothing.
    package static func root(_ leaves: [[UInt8]]) -> Digest {
        root(ofLeafHashes: leaves.map(leafHash)[...])
    }

    /// The path from the leaf at `index` up to the root (section 2.1.3.1); empty outside the tree.
    package static func inclusionProof(_ index: Int, _ leaves: [[UInt8]]) -> [Digest] {
        guard leaves.indices.contains(index) else { return [] }
        var path: [Digest] = []
        var hashes = leaves.map(leafHash)[...]
        while hashes.count > 1 {
            let middle = hashes.startIndex + split(hashes.count)
            if index < middle {
                path.append(root(ofLeafHashes: hashes[middle...]))
                hashes = hashes[..<middle]
            } else {
                path.append(root(ofLeafHashes: hashes[..<middle]))
                hashes = hashes[middle...]
            }
        }
        return path.reversed()
    }

    /// Whether `leaf` is the one at `index` of the tree of `leafCount` leaves with this root
    /// (section 2.1.3.2).
    package static func verifyInclusion(
        leaf: [UInt8], index: Int, leafCount: Int, proof: [Digest], root: Digest
    ) -> Bool {
        impliedRoot(leaf: leaf, index: index, leafCount: leafCount, proof: proof) == root
    }

    /// The root of the tree in which `proof` leads from this leaf upwards; nil when a proof of that
    /// length has no place in a tree of that size.
    package static func impliedRoot(
        leaf: [UInt8], index: Int, leafCount: Int, proof: [Digest]
    ) -> Digest? {
        guard index >= 0, index < leafCount else { return nil }
        var node = index
        var lastNode = leafCount - 1
        var hash = leafHash(leaf)
        for sibling in proof {
            guard lastNode > 0 else { return nil }
            if node % 2 == 1 || node == lastNode {
                hash = nodeHash(sibling, hash)
                while node % 2 == 0 && node > 0 {
                    node /= 2
                    lastNode /= 2
                }
            } else {
                hash = nodeHash(hash, sibling)
            }
            node /= 2
            lastNode /= 2
        }
        return lastNode == 0 ? hash : nil
    }

    private static func root(ofLeafHashes hashes: ArraySlice<Digest>) -> Digest {
        guard let first = hashes.first else { return Digest.sha256([]) }
        if hashes.count == 1 { return first }
        let middle = hashes.startIndex + split(hashes.count)
        return nodeHash(
            root(ofLeafHashes: hashes[..<middle]), root(ofLeafHashes: hashes[middle...]))
    }

    /// The largest power of two below `count`, which is at least 2.
    private static func split(_ count: Int) -> Int {
        1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }
}
