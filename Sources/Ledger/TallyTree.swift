package import Cryptography

/// The tree over the tallies: RFC 9162 MTH over one leaf for each candidate that ever stood, by
/// its number. It holds the nodes of full subtrees, from which everything else follows.
struct TallyTree: Sendable {
    /// `levels[k][i]` covers the 2^k leaves from i·2^k on.
    private var levels: [[Digest]] = [[]]

    /// What one block does to the tree.
    struct Update: Sendable {
        fileprivate let levels: [[(index: Int, digest: Digest)]]
        let count: Int
        let root: Digest

        /// The changed nodes that a store keeps, see `TallyShape.storedLevels`.
        var stored: [TallyNode] {
            stride(from: TallyShape.levelStep, to: levels.count, by: TallyShape.levelStep)
                .flatMap { level in
                    levels[level].map {
                        TallyNode(level: level, index: $0.index, digest: $0.digest)
                    }
                }
        }
    }

    init() {}

    init(_ leaves: [TallyLeaf]) {
        apply(update(leaves.enumerated().map { ($0, $1) }))
    }

    var count: Int { levels[0].count }

    /// All nodes that a store keeps, see `TallyShape.storedLevels`.
    var stored: [TallyNode] {
        stride(from: TallyShape.levelStep, to: levels.count, by: TallyShape.levelStep).flatMap {
            level in
            levels[level].enumerated().map { TallyNode(level: level, index: $0, digest: $1) }
        }
    }

    var root: Digest { TallyShape.root(count: count) { levels[$0][$1] } }

    func path(_ number: Int) -> [Digest] {
        TallyShape.path(number, count: count) { levels[$0][$1] }
    }

    /// The tree's change and root once these leaves are in, by number; new ones follow the last
    /// without a gap.
    func update(_ leaves: [(number: Int, leaf: TallyLeaf)]) -> Update {
        let count = max(self.count, (leaves.last?.number ?? -1) + 1)
        var dirty = [
            leaves.map { (index: $0.number, digest: MerkleTree.leafHash($0.leaf.bytes)) }
        ]
        while let last = dirty.last, !last.isEmpty {
            dirty.append(parents(of: last, level: dirty.count - 1, count: count))
        }
        let levels = dirty.filter { !$0.isEmpty }
        let root = TallyShape.root(count: count) { level, index in
            Self.find(index, level < levels.count ? levels[level] : []) ?? self.levels[level][index]
        }
        return Update(levels: levels, count: count, root: root)
    }

    mutating func apply(_ update: Update) {
        for (level, nodes) in update.levels.enumerated() {
            if level == levels.count { levels.append([]) }
            for node in nodes {
                if node.index < levels[level].count {
                    levels[level][node.index] = node.digest
                } else {
                    levels[level].append(node.digest)
                }
            }
        }
    }

    /// The full nodes one level up, given the changed nodes of one level in order.
    private func parents(
        of dirty: [(index: Int, digest: Digest)], level: Int, count: Int
    ) -> [(index: Int, digest: Digest)] {
        var parents: [(index: Int, digest: Digest)] = []
        var position = 0
        while position < dirty.count {
            let node = dirty[position]
            let sibling = node.index ^ 1
            position += 1
            guard node.index | 1 < count >> level else { continue }
            let other: Digest
            if position < dirty.count, dirty[position].index == sibling {
                other = dirty[position].digest
                position += 1
            } else {
                other = levels[level][sibling]
            }
            let digest =
                sibling < node.index
                ? MerkleTree.nodeHash(other, node.digest)
                : MerkleTree.nodeHash(node.digest, other)
            parents.append((node.index / 2, digest))
        }
        return parents
    }

    private static func find(
        _ index: Int, _ nodes: [(index: Int, digest: Digest)]
    ) -> Digest? {
        var (low, high) = (0, nodes.count)
        while low < high {
            let middle = low + (high - low) / 2
            if nodes[middle].index < index { low = middle + 1 } else { high = middle }
        }
        return low < nodes.count && nodes[low].index == index ? nodes[low].digest : nil
    }
}

/// A node of the tally tree, all of whose leaves exist.
package struct TallyNode: Sendable, Hashable {
    package let level: Int
    package let index: Int
    package let digest: Digest
}

/// How paths and the root of a tree of any size follow from the nodes of full subtrees (RFC 9162
/// section 2.1.3): for the tree in memory and for the versions of its nodes in a store.
package enum TallyShape {
    /// A store keeps the nodes of every fourth level above the leaves: the others follow from at
    /// most 16 of them, and a change is written once in four levels.
    package static let levelStep = 4

    /// The siblings of a leaf, from it upwards; none outside the tree.
    /// - Parameter node: the digest over the 2^level leaves from index·2^level on.
    package static func path(
        _ number: Int, count: Int, node: (_ level: Int, _ index: Int) throws -> Digest
    ) rethrows -> [Digest] {
        var path: [Digest] = []
        var (low, high) = (0, count)
        guard number >= 0, number < count else { return path }
        while high - low > 1 {
            let middle = low + split(high - low)
            if number < middle {
                path.append(try root(low: middle, high: high, node: node))
                high = middle
            } else {
                path.append(try root(low: low, high: middle, node: node))
                low = middle
            }
        }
        return path.reversed()
    }

    /// The root of the tree; of no leaves, the hash of nothing.
    package static func root(
        count: Int, node: (_ level: Int, _ index: Int) throws -> Digest
    ) rethrows -> Digest {
        count == 0 ? Digest.sha256([]) : try root(low: 0, high: count, node: node)
    }

    /// Of at least one leaf; `low` is a multiple of the largest power of two that fits.
    private static func root(
        low: Int, high: Int, node: (_ level: Int, _ index: Int) throws -> Digest
    ) rethrows -> Digest {
        let level = Int.bitWidth - 1 - (high - low).leadingZeroBitCount
        let left = try node(level, low >> level)
        let middle = low + (1 << level)
        guard middle < high else { return left }
        return MerkleTree.nodeHash(left, try root(low: middle, high: high, node: node))
    }

    /// The largest power of two below `count`, which is at least 2.
    private static func split(_ count: Int) -> Int {
        1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }
}
