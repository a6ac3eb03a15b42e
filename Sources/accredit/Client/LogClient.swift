import Cryptography
import Encoding
import TransparencyLog

/// An auditor's log, read and recomputed here: the auditor is believed nothing but its signature.
struct LogClient: Sendable {
    let service: Service
    let key: NoteKey

    /// The newest signed head.
    func checkpoint() async throws -> (note: SignedNote, head: Checkpoint) {
        let note = try SignedNote(bytes: await service.bytes("/v1/log/checkpoint"))
        return (note, try Checkpoint(note: note, key: key))
    }

    /// Entries from `start` up to `end`, a tile at a time.
    func entries(_ start: UInt64, _ end: UInt64) async throws -> [[UInt8]] {
        guard end - start <= Limits.logEntryCountMaximum else {
            throw Failure(
                .failure, "log.too-long", "the log has \(end) entries",
                why: "at most \(Limits.logEntryCountMaximum) are read at one time")
        }
        let width = UInt64(LogTile.width)
        var entries: [[UInt8]] = []
        var index = start / width
        while index * width < end {
            let count = Int(min(end - index * width, width))
            guard let tile = LogTile(.entries, index: index, count: count) else { break }
            let bundle = try EntryBundle.decode(await service.bytes("/v1/log/\(tile.path)"))
            guard bundle.count == count else {
                throw Failure(
                    .verification, "log.tile", "\(tile.path) has \(bundle.count) entries",
                    why: "its name says \(count)")
            }
            entries += bundle.dropFirst(Int(start.clamped(to: index * width...end) - index * width))
            index += 1
        }
        return entries
    }
}

extension UInt64 {
    fileprivate func clamped(to range: ClosedRange<UInt64>) -> UInt64 {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}

/// A tree that is grown from entries, with every hash that a proof may need.
struct RecomputedLog: Sendable {
    private(set) var tree = LogTree()
    private var hashes: [LogNode: Digest] = [:]

    mutating func append(_ entries: [[UInt8]]) {
        for entry in entries {
            for (node, hash) in tree.append(MerkleTree.leafHash(entry)) { hashes[node] = hash }
        }
    }

    func hash(_ node: LogNode) throws -> Digest {
        guard let hash = hashes[node] else {
            throw LogError(.missing, "the hash of level \(node.level) at \(node.index)")
        }
        return hash
    }

    func root(size: UInt64) throws -> Digest { try LogTree.root(size: size, hash: hash) }

    func inclusionProof(_ index: UInt64) throws -> [Digest] {
        try LogTree.inclusionProof(index, size: tree.size, hash: hash)
    }
}
