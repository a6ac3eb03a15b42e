import Cryptography
import Simulator
import Testing

@testable import Ledger

@Suite struct RecordTreeTests {
    /// The root by the words of the definition, of the buckets that have records; the others are
    /// alike on every level.
    private static func slowRoot(_ records: [[UInt8]: [UInt8]]) -> Digest {
        var buckets: [Int: [[UInt8]]] = [:]
        for (key, value) in records {
            let name = Digest.sha256(key).bytes
            let bits = Int(name[0]) * 65_536 + Int(name[1]) * 256 + Int(name[2])
            buckets[bits / 16, default: []].append(name + Digest.sha256(value).bytes)
        }
        var level = buckets.mapValues { bucket in
            MerkleTree.leafHash(
                bucket.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 })
        }
        var empty = MerkleTree.leafHash([])
        for _ in 0..<20 {
            var above: [Int: Digest] = [:]
            for index in Set(level.keys.map { $0 / 2 }) {
                above[index] = MerkleTree.nodeHash(
                    level[2 * index] ?? empty, level[2 * index + 1] ?? empty)
            }
            empty = MerkleTree.nodeHash(empty, empty)
            level = above
        }
        return level[0] ?? empty
    }

    private static func leaf(_ bucket: [RecordEntry]) -> Digest {
        MerkleTree.leafHash(RecordEntry.bytes(bucket))
    }

    @Test func `the root is that of a binary RFC 9162 tree over the sorted buckets`() {
        var tree = RecordTree()
        #expect(tree.root == Self.slowRoot([:]))
        #expect(tree.root == RecordTree(leaves: []).root)
        var numbers = SeededGenerator(seed: 7)
        var records: [[UInt8]: [UInt8]] = [:]
        var buckets: [Int: [RecordEntry]] = [:]
        for round in 0..<6 {
            var touched: Set<Int> = []
            for _ in 0..<(round == 0 ? 1 : 60) {
                let number = numbers.next(below: 200)
                let key = [UInt8(number >> 8), UInt8(number & 255)]
                records[key] = [UInt8(numbers.next(below: 256))]
                let entry = RecordEntry(RecordChange(key: key, value: records[key] ?? []))
                buckets[entry.bucket] = RecordEntry.merge(buckets[entry.bucket] ?? [], [entry])
                touched.insert(entry.bucket)
            }
            let update = tree.update(
                touched.sorted().map { ($0, Self.leaf(buckets[$0] ?? [])) })
            tree.apply(update)
            #expect(update.root == tree.root)
            #expect(tree.root == Self.slowRoot(records))
        }
        let pages = (0..<RecordTree.pageCount).map { Array(tree.leaves(ofPage: $0)) }
        let again = RecordTree(leaves: pages)
        #expect(again.root == tree.root)
        for bucket in buckets.keys { #expect(again.path(bucket) == tree.path(bucket)) }
    }

    @Test func `records that share a bucket all count, in any order`() {
        let entries = (0..<5).map { number in
            RecordEntry(RecordChange(key: [UInt8(number)], value: [1]))
        }.sorted()
        for split in 0...entries.count {
            let older = Array(entries[..<split])
            let newer = Array(entries[split...])
            #expect(RecordEntry.merge(older, newer) == entries)
            #expect(RecordEntry.merge(newer, older) == entries)
        }
        let odd = [entries[1], entries[3]]
        let even = [entries[0], entries[2], entries[4]]
        #expect(RecordEntry.merge(odd, even) == entries)
        let replaced = RecordEntry(name: entries[2].name, value: .zero)
        #expect(RecordEntry.merge(entries, [replaced])[2].value == .zero)
        #expect(RecordEntry.merge(entries, [replaced]).count == entries.count)
    }

    @Test func `no change keeps the root`() {
        let tree = RecordTree()
        #expect(tree.update([]).root == tree.root)
    }
}
