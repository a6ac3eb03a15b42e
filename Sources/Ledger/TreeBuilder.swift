internal import Cryptography

/// Builds the tree of a state from its records, bucket by bucket.
package struct TreeBuilder: Sendable {
    private let held: [Int: [RecordEntry]]
    /// The digests of the buckets, page by page; an empty list for a page without records.
    private var pages: [[Digest]]

    /// - Parameter held: all records for which `RecordChange.isHeld`.
    package init(held records: [RecordChange]) {
        held = Self.entries(ofHeld: records)
        pages = Array(repeating: [], count: RecordTree.pageCount)
        for index in held.keys.sorted() { set(index, held[index] ?? []) }
    }

    /// Takes the stored records of one bucket.
    package mutating func add(_ bucket: Bucket, _ index: Int) {
        set(index, RecordEntry.merge(held[index] ?? [], bucket.entries))
    }

    func tree() -> RecordTree { RecordTree(leaves: pages) }

    package func built() -> BuiltTree { BuiltTree(tree: tree()) }

    private mutating func set(_ index: Int, _ entries: [RecordEntry]) {
        let page = index / RecordTree.pageBucketCount
        if pages[page].isEmpty {
            pages[page] = Array(
                repeating: RecordTree.emptyLeaf, count: RecordTree.pageBucketCount)
        }
        pages[page][index % RecordTree.pageBucketCount] = MerkleTree.leafHash(
            RecordEntry.bytes(entries))
    }

    /// The tree's entries of held records, by bucket and in order.
    static func entries(ofHeld records: [RecordChange]) -> [Int: [RecordEntry]] {
        let keys = records.filter { (try? RecordKey($0.key))?.isInTree ?? false }
        var entries: [Int: [RecordEntry]] = [:]
        for entry in keys.map({ RecordEntry($0) }).sorted() {
            entries[entry.bucket, default: []].append(entry)
        }
        return entries
    }
}

/// A tree of records without the records.
package struct BuiltTree: Sendable {
    let tree: RecordTree
}
