extension MerkleTree {
    /// Whether the tree of `newCount` leaves with `newRoot` begins with the tree of `oldCount`
    /// leaves with `oldRoot` (RFC 9162 section 2.1.4.2). Every tree begins with the empty one, and
    /// no proof goes with that.
    package static func verifyConsistency(
        oldCount: Int, oldRoot: Digest, newCount: Int, newRoot: Digest, proof: [Digest]
    ) -> Bool {
        guard oldCount >= 0, oldCount <= newCount else { return false }
        if oldCount == newCount { return proof.isEmpty && oldRoot == newRoot }
        if oldCount == 0 { return proof.isEmpty && oldRoot == root([]) }
        var rest = proof[...]
        // A complete old tree is itself the first node, and is left out of the proof.
        if oldCount & (oldCount - 1) != 0 {
            guard !rest.isEmpty else { return false }
        } else {
            rest = ([oldRoot] + proof)[...]
        }
        var node = oldCount - 1
        var lastNode = newCount - 1
        while node % 2 == 1 {
            node /= 2
            lastNode /= 2
        }
        guard let first = rest.popFirst() else { return false }
        var old = first
        var new = first
        for sibling in rest {
            guard lastNode > 0 else { return false }
            if node % 2 == 1 || node == lastNode {
                old = nodeHash(sibling, old)
                new = nodeHash(sibling, new)
                while node % 2 == 0, node > 0 {
                    node /= 2
                    lastNode /= 2
                }
            } else {
                new = nodeHash(new, sibling)
            }
            node /= 2
            lastNode /= 2
        }
        return lastNode == 0 && old == oldRoot && new == newRoot
    }
}
