import Cryptography
import Encoding
import TransparencyLog

/// One file that proves, without asking anybody, that an entry is in an auditor's log: the head as
/// signed, the entry, its place and the path to the root.
struct LogProof: Sendable {
    static let format = "accredit/log-entry/1"

    let checkpoint: SignedNote
    let index: UInt64
    let entry: [UInt8]
    let path: [Digest]

    var json: JSON {
        [
            "format": JSON(Self.format),
            "checkpoint": JSON(String(decoding: checkpoint.bytes, as: UTF8.self)),
            "index": .number(JSONNumber(index)),
            "entry": JSON(String(decoding: entry, as: UTF8.self)),
            "path": .array(path.map { JSON($0.text) }),
        ]
    }

    init(checkpoint: SignedNote, index: UInt64, entry: [UInt8], path: [Digest]) {
        self.checkpoint = checkpoint
        self.index = index
        self.entry = entry
        self.path = path
    }

    init(json: JSON) throws {
        var fields = try Fields(json, "log proof")
        guard try fields.string("format") == Self.format else {
            throw LogError(.malformed, "the file is no \(Self.format)")
        }
        checkpoint = try SignedNote(
            bytes: Array(fields.string("checkpoint", maximumByteCount: 65_536).utf8))
        index = try fields.uint64("index")
        entry = Array(try fields.string("entry", maximumByteCount: 65_535).utf8)
        path = try fields.strings("path", maximumCount: 64).map { try Digest(hexadecimal: $0) }
        try fields.end()
    }

    /// - Throws: `LogError` when the head's signature or the path does not hold.
    func verify(_ key: NoteKey) throws {
        let head = try Checkpoint(note: checkpoint, key: key)
        guard let place = Int(exactly: index), let size = Int(exactly: head.size),
            MerkleTree.verifyInclusion(
                leaf: entry, index: place, leafCount: size, proof: path, root: head.root)
        else {
            throw LogError(
                .wrongProof, "the path does not lead from entry \(index) to the signed root")
        }
    }
}
