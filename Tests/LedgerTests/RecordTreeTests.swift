import Cryptography
import Testing

@testable import Ledger

@Suite struct RecordTreeTests {
    /// The root by the words of the definition: every bucket hashed, every level built.
    private static func slowRoot(_ records: [[UInt8]: [UInt8]]) -> Digest {
        var buckets: [[[UInt8]]] = Array(repeating: [], count: RecordTree.bucketCount)
        for (key, value) in records {
            let name = Digest.sha256(key).bytes
            buckets[Int(name[0]) * 256 + Int(name[1])].append(
                name + Digest.sha256(value).bytes)
        }
        return MerkleTree.root(
            buckets.map { bucket in
                bucket.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 }
            })
    }

    @Test func `the root is that of an RFC 9162 tree over the sorted buckets`() {
        var tree = RecordTree()
        #expect(tree.root == Self.slowRoot([:]))
        var numbers = SeededNumbers(seed: 7)
        var records: [[UInt8]: [UInt8]] = [:]
        for round in 0..<6 {
            var batch: [[UInt8]: [UInt8]] = [:]
            for _ in 0..<(round == 0 ? 1 : 400) {
                let key = numbers.next(below: 1500)
                batch[[UInt8(key >> 8), UInt8(key & 255)]] = [UInt8(numbers.next(below: 256))]
            }
            let update = tree.update(batch.map { RecordChange(key: $0.key, value: $0.value) })
            tree.apply(update)
            records.merge(batch) { $1 }
            #expect(update.root == tree.root)
            #expect(tree.root == Self.slowRoot(records))
        }
    }

    @Test func `records that share a bucket all count`() {
        // Finds keys that fall into one bucket, then adds and replaces them in every order.
        let names = (UInt32(0)..<300_000).map { number -> (bucket: Int, key: [UInt8]) in
            let key = [UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255)]
            let bytes = Digest.sha256(key).bytes
            return (Int(bytes[0]) * 256 + Int(bytes[1]), key)
        }
        let bucket = names[0].bucket
        let keys = names.filter { $0.bucket == bucket }.map(\.key)
        #expect(keys.count >= 3)
        var forward = RecordTree()
        for key in keys { forward.apply(forward.update([RecordChange(key: key, value: [1])])) }
        var backward = RecordTree()
        for key in keys.reversed() {
            backward.apply(backward.update([RecordChange(key: key, value: [2])]))
        }
        #expect(forward.root != backward.root)
        backward.apply(backward.update(keys.map { RecordChange(key: $0, value: [1]) }))
        #expect(forward.root == backward.root)
    }

    @Test func `no change keeps the root`() {
        let tree = RecordTree()
        #expect(tree.update([]).root == tree.root)
    }
}
