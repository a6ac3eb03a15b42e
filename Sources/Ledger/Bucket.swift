internal import Cryptography

/// What the tree knows of one record.
struct RecordEntry: Sendable, Comparable {
    /// SHA-256 of the key.
    let name: Digest
    /// SHA-256 of the value.
    let value: Digest

    init(_ change: RecordChange) {
        self.init(name: Digest.sha256(change.key), value: Digest.sha256(change.value))
    }

    init(name: Digest, value: Digest) {
        self.name = name
        self.value = value
    }

    static func < (left: RecordEntry, right: RecordEntry) -> Bool { left.name < right.name }

    /// The bucket of a record with this name.
    var bucket: Int { RecordEntry.bucket(of: name) }

    static func bucket(of name: Digest) -> Int {
        Int(name.prefix >> (64 - UInt64(RecordTree.depth)))
    }

    /// Both lists sorted, with entries of `newer` in the place of those of the same name.
    static func merge(_ older: [RecordEntry], _ newer: [RecordEntry]) -> [RecordEntry] {
        guard let first = newer.first else { return older }
        guard let last = older.last, first.name <= last.name else { return older + newer }
        var merged: [RecordEntry] = []
        merged.reserveCapacity(older.count + newer.count)
        var position = 0
        for entry in newer {
            while position < older.count, older[position].name < entry.name {
                merged.append(older[position])
                position += 1
            }
            if position < older.count, older[position].name == entry.name { position += 1 }
            merged.append(entry)
        }
        return merged + older[position...]
    }

    /// A bucket as the tree hashes it and a proof carries it.
    static func bytes(_ entries: [RecordEntry]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count * 2 * Digest.byteCount)
        for entry in entries {
            bytes += entry.name.bytes
            bytes += entry.value.bytes
        }
        return bytes
    }
}

/// The stored records of one bucket of the tree.
package struct Bucket: Sendable {
    /// In the order of SHA-256 of their keys.
    package private(set) var records: [RecordChange]
    private(set) var entries: [RecordEntry]

    static let empty = Bucket([])

    /// - Parameter records: all of the bucket, in any order.
    package init(_ records: [RecordChange]) {
        let pairs = records.map { (RecordEntry($0), $0) }.sorted { $0.0 < $1.0 }
        self.records = pairs.map(\.1)
        entries = pairs.map(\.0)
    }

    /// The value of the record whose key has the SHA-256 `name`.
    func value(_ name: Digest) -> [UInt8]? {
        entries.firstIndex { $0.name == name }.map { records[$0].value }
    }

    /// Puts a record in, or in the place of the one with its key.
    mutating func put(_ entry: RecordEntry, _ record: RecordChange) {
        let index = entries.firstIndex { $0.name >= entry.name } ?? entries.count
        if index < entries.count, entries[index].name == entry.name {
            entries[index] = entry
            records[index] = record
        } else {
            entries.insert(entry, at: index)
            records.insert(record, at: index)
        }
    }
}
