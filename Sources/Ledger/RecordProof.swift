package import Cryptography
package import Encoding

/// Proof that a record has a value after a block, or that there is no such record: the bucket it
/// falls into, and the siblings from there up to the state root in the block's header.
///
/// The state root is nodeHash(root of the records, root of the tallies), the root of the records
/// that of a binary tree with 2^20 leaves. The leaf of a record is found by the first 20 bits of
/// SHA-256(key) and holds SHA-256(key) ‖ SHA-256(value) of every record of that leaf, sorted.
/// Hashes are those of RFC 9162 section 2.1.1.
package struct RecordProof: Sendable, Hashable {
    /// The bucket: 64 bytes for each record in it.
    package let entries: [UInt8]
    /// The 20 siblings, from the leaf upwards.
    package let path: [Digest]
    package let tallyRoot: Digest

    init(entries: [UInt8], path: [Digest], tallyRoot: Digest) {
        self.entries = entries
        self.path = path
        self.tallyRoot = tallyRoot
    }

    /// - Parameters:
    ///   - key: `RecordName.bytes`.
    ///   - value: the record's bytes; nil to prove that there is none.
    ///   - root: `stateRoot` of a header.
    /// - Throws: `proof`, saying what does not fit.
    package func verify(
        key: [UInt8], value: [UInt8]?, root: Digest
    ) throws(LedgerError) {
        let entryByteCount = 2 * Digest.byteCount
        guard path.count == RecordTree.depth, entries.count.isMultiple(of: entryByteCount) else {
            throw LedgerError(
                .proof,
                "a proof of a record has \(RecordTree.depth) siblings and a bucket of "
                    + "\(entryByteCount) bytes for each record")
        }
        let name = Digest.sha256(key).bytes
        var found: ArraySlice<UInt8>?
        var last: ArraySlice<UInt8> = []
        for start in stride(from: 0, to: entries.count, by: entryByteCount) {
            let entryName = entries[start..<start + Digest.byteCount]
            guard start == 0 || last.lexicographicallyPrecedes(entryName) else {
                throw LedgerError(.proof, "the records of the bucket are not in order")
            }
            last = entryName
            if entryName.elementsEqual(name) {
                found = entries[start + Digest.byteCount..<start + entryByteCount]
            }
        }
        try Self.compare(found, value)
        var digest = MerkleTree.leafHash(entries)
        let bucket = RecordEntry.bucket(of: Digest.sha256(key))
        for (level, sibling) in path.enumerated() {
            digest =
                bucket >> level & 1 == 0
                ? MerkleTree.nodeHash(digest, sibling) : MerkleTree.nodeHash(sibling, digest)
        }
        guard MerkleTree.nodeHash(digest, tallyRoot) == root else {
            throw LedgerError(.proof, "the bucket and its path do not lead to the state root")
        }
    }

    private static func compare(
        _ found: ArraySlice<UInt8>?, _ value: [UInt8]?
    ) throws(LedgerError) {
        switch (found, value) {
        case (nil, nil): return
        case (.some, nil): throw LedgerError(.proof, "there is such a record")
        case (nil, .some): throw LedgerError(.proof, "there is no such record in its bucket")
        case (.some(let found), .some(let value)):
            guard found.elementsEqual(Digest.sha256(value).bytes) else {
                throw LedgerError(.proof, "the record has another value")
            }
        }
    }

    /// `{"bucket": base64url, "path": [hex], "tallyRoot": hex}`.
    package var json: JSON {
        [
            "bucket": .string(Base64URL.encode(entries)),
            "path": .array(path.map { .string($0.text) }),
            "tallyRoot": .string(tallyRoot.text),
        ]
    }

    /// - Throws: `proof`.
    package init(_ json: JSON) throws(LedgerError) {
        do {
            var fields = try Fields(json, "proof")
            entries = try Base64URL.decode(
                try fields.string(
                    "bucket", maximumByteCount: Limits.bucketTextByteCountMaximum))
            path = try Digest.list(&fields, "path", maximumCount: RecordTree.depth)
            tallyRoot = try fields.digest("tallyRoot")
            try fields.end()
        } catch {
            throw LedgerError(.proof, "\(error)")
        }
    }
}

extension Digest {
    static func list(
        _ fields: inout Fields, _ name: String, maximumCount: Int
    ) throws(FormatError) -> [Digest] {
        var list: [Digest] = []
        for text in try fields.strings(name, maximumCount: maximumCount) {
            list.append(try Digest(hexadecimal: text))
        }
        return list
    }
}
