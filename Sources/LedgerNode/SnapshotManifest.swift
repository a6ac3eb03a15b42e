package import Cryptography
package import Encoding
package import Ledger

/// What a snapshot consists of: the header of the block after which it was taken and the digest of
/// each chunk. Two nodes with the same chain write the same manifest, so a node that joins may
/// fetch each chunk from another of them. Who signed the header is told beside it.
package struct SnapshotManifest: Sendable {
    static let format = "accredit/snapshot/1"

    /// A part of the records, bounded so that it can be fetched and checked alone.
    package struct Chunk: Sendable, Hashable {
        package let digest: Digest
        package let byteCount: Int
    }

    /// Of the block whose state this is.
    package let header: BlockHeader
    /// SHA-256 of the genesis file.
    package let genesis: Digest
    package let chunks: [Chunk]

    package init(header: BlockHeader, genesis: Digest, chunks: [Chunk]) {
        self.header = header
        self.genesis = genesis
        self.chunks = chunks
    }

    package var height: UInt64 { header.height }

    /// What names the snapshot among those of the same height: SHA-256 of the document.
    package var id: Digest { Digest.sha256(json.bytes) }

    package var byteCount: Int { chunks.reduce(0) { $0 + $1.byteCount } }

    /// `{"format","genesis","header": text,"chunks": [[sha256, bytes]]}`.
    package var json: JSON {
        [
            "format": .string(Self.format), "genesis": .string(genesis.text),
            "header": .string(String(decoding: header.bytes, as: UTF8.self)),
            "chunks": .array(
                chunks.map { [.string($0.digest.text), JSON($0.byteCount)] }),
        ]
    }

    /// Reads what a peer or a disk gave. Nothing of it is believed yet.
    package init(_ json: JSON) throws {
        var fields = try Fields(json, "manifest")
        let format = try fields.string("format", maximumByteCount: 64)
        guard format.hasSameBytes(as: Self.format) else {
            throw FormatError(.shape, "the format of the snapshot is not \(Self.format)")
        }
        genesis = try fields.digest("genesis")
        header = try BlockHeader(
            bytes: Array(
                try fields.string("header", maximumByteCount: Limits.headerByteCountMaximum).utf8))
        let pairs = try fields.array(
            "chunks", maximumCount: Limits.snapshotChunksMaximum)
        try fields.end()
        chunks = try pairs.map { pair in
            guard let pair = pair.arrayValue, pair.count == 2, let text = pair[0].stringValue,
                let count = pair[1].int64Value,
                (1...Int64(Limits.snapshotChunkByteCountMaximum)).contains(count)
            else {
                throw FormatError(
                    .shape,
                    "a chunk is its digest and its bytes, at most "
                        + "\(Limits.snapshotChunkByteCountMaximum)")
            }
            return Chunk(digest: try Digest(hexadecimal: text), byteCount: Int(count))
        }
        guard !chunks.isEmpty else { throw FormatError(.shape, "a snapshot has chunks") }
    }
}

/// The records of a chunk, one after the other: 32-bit length and bytes of the key, then of the
/// value.
enum SnapshotChunk {
    static func append(_ record: RecordChange, to writer: inout ByteWriter) {
        writer.bytes(record.key)
        writer.bytes(record.value)
    }

    /// - Throws: `FormatError`.
    static func records(_ bytes: [UInt8]) throws(FormatError) -> [RecordChange] {
        var reader = ByteReader(bytes)
        var records: [RecordChange] = []
        while reader.remainingCount > 0 {
            records.append(
                RecordChange(
                    key: try reader.bytes(maximumCount: bytes.count),
                    value: try reader.bytes(maximumCount: bytes.count)))
        }
        return records
    }
}
