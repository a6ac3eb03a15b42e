package import Cryptography

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

    /// Takes records of which a state does not hold any in memory; all of each of their buckets, in
    /// any order. Held ones among them are left out.
    package mutating func add(_ records: [RecordChange]) {
        var places: [(bucket: Int, place: Int)] = []
        for (place, record) in records.enumerated() {
            if let bucket = record.bucket { places.append((bucket, place)) }
        }
        places.sort { $0 < $1 }
        var start = 0
        while start < places.count {
            let index = places[start].bucket
            let end = places[start...].firstIndex { $0.bucket != index } ?? places.count
            add(Bucket(places[start..<end].map { records[$0.place] }), index)
            start = end
        }
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
    /// Pages of the digests of buckets, and buckets of each page.
    package static let pageCount = RecordTree.pageCount
    package static let pageBucketCount = RecordTree.pageBucketCount
    /// The digest of a bucket without records.
    package static let emptyLeaf = RecordTree.emptyLeaf

    let tree: RecordTree

    init(tree: RecordTree) { self.tree = tree }

    /// - Parameter pages: for each page the digests of its buckets, or nothing when they are empty.
    package init(pages: [[Digest]]) { tree = RecordTree(leaves: pages) }

    /// The digests of a page's buckets; an empty list when it has no records.
    package func leaves(ofPage page: Int) -> [Digest] { Array(tree.leaves(ofPage: page)) }
}

/// A bucket's new digest.
package struct BucketDigest: Sendable, Hashable {
    package let bucket: Int
    package let digest: Digest

    package init(bucket: Int, digest: Digest) {
        self.bucket = bucket
        self.digest = digest
    }

    /// The page of the tree's digests it stands in, and the place there.
    package var page: Int { bucket / RecordTree.pageBucketCount }
    package var place: Int { bucket % RecordTree.pageBucketCount }
}
