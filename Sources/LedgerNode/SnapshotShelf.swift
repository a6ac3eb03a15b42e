import Consensus
import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization

/// The snapshots of a node, one folder for each height, and the making of new ones beside the
/// running node.
final class SnapshotShelf: Sendable {
    /// A whole snapshot in its folder.
    struct Entry: Sendable {
        let manifest: SnapshotManifest
        let id: Digest
        let certificate: CommitCertificate
        let folder: String
    }

    private let folder: String
    private let workFolder: String
    private let content = Mutex<[Entry]>([])
    private let isMaking = Atomic<Bool>(false)

    /// - Parameters:
    ///   - data: the node's folder of databases.
    ///   - isNode: whether this is the node that the folder belongs to, and not a command beside
    ///     it.
    init(data: String, isNode: Bool = true) {
        folder = data + "/snapshots"
        workFolder = folder + (isNode ? "/unfinished" : "/by-hand")
    }

    static func chunkPath(_ folder: String, _ number: Int) -> String {
        "\(folder)/chunk-\(number)"
    }

    /// Looks what is in the folder; an unfinished one is cleared away.
    func load() throws {
        var entries: [Entry] = []
        for name in try DurableFolder.names(in: folder) {
            let path = "\(folder)/\(name)"
            if path == workFolder { try DurableFolder.remove(path) }
            guard UInt64(name) != nil else { continue }
            if let entry = try? Self.read(path) {
                entries.append(entry)
            } else {
                try DurableFolder.remove(path)
            }
        }
        entries.sort { $0.manifest.height < $1.manifest.height }
        content.withLock { $0 = entries }
    }

    private static func read(_ folder: String) throws -> Entry {
        let manifest = try SnapshotManifest(
            try JSON.parse(
                DurableFile.read(
                    folder + "/manifest", maximumByteCount: Limits.manifestByteCountMaximum),
                limits: manifestLimits))
        let certificate = try CommitCertificate(
            json: try JSON.parse(
                DurableFile.read(folder + "/certificate", maximumByteCount: 65_536)))
        return Entry(
            manifest: manifest, id: manifest.id, certificate: certificate, folder: folder)
    }

    /// Newest last; a snapshot that another process made beside the node is found.
    func refreshed() throws -> [Entry] {
        let names = try DurableFolder.names(in: folder)
        let known = content.withLock { entries in
            entries.removeAll { !names.contains(String($0.manifest.height)) }
            return entries.map(\.manifest.height)
        }
        for name in names {
            guard let height = UInt64(name), !known.contains(height),
                let entry = try? Self.read("\(folder)/\(name)")
            else { continue }
            content.withLock { entries in
                entries.removeAll { $0.manifest.height == height }
                entries.append(entry)
                entries.sort { $0.manifest.height < $1.manifest.height }
            }
        }
        return entries
    }

    static let manifestLimits = JSONLimits(
        byteCountMaximum: Limits.manifestByteCountMaximum,
        valueCountMaximum: 4 * Limits.snapshotChunksMaximum)

    /// Newest last.
    var entries: [Entry] { content.withLock { $0 } }

    func entry(_ height: UInt64) -> Entry? {
        content.withLock { $0.first { $0.manifest.height == height } }
    }

    /// The bytes of a chunk; nil when there is no such chunk any more.
    func chunk(_ number: Int, of entry: Entry) -> [UInt8]? {
        guard entry.manifest.chunks.indices.contains(number) else { return nil }
        return try? DurableFile.read(
            Self.chunkPath(entry.folder, number),
            maximumByteCount: Limits.snapshotChunkByteCountMaximum)
    }

    /// Makes a snapshot of the moment that a connection reads, and lets go of older ones. Only one
    /// is made at a time.
    /// - Returns: nil while another is being made, when there is one of this height already, or no
    ///   block yet.
    /// - Throws: `data` or `StorageError`; then nothing is left of it.
    func make(_ connection: Connection) throws -> Entry? {
        guard !isMaking.exchange(true, ordering: .acquiring) else { return nil }
        defer { isMaking.store(false, ordering: .releasing) }
        try DurableFile.makeDirectory(folder)
        let unfinished = workFolder
        try DurableFolder.remove(unfinished)
        try DurableFile.makeDirectory(unfinished)
        do {
            guard let manifest = try SnapshotMaker.make(connection, into: unfinished),
                entry(manifest.height) == nil
            else {
                try DurableFolder.remove(unfinished)
                return nil
            }
            let path = "\(folder)/\(manifest.height)"
            try DurableFolder.remove(path)
            try DurableFolder.rename(unfinished, to: path)
            let made = try Self.read(path)
            try put(made)
            return made
        } catch {
            try? DurableFolder.remove(unfinished)
            throw error
        }
    }

    private func put(_ entry: Entry) throws {
        let dropped = content.withLock { entries in
            entries.append(entry)
            entries.sort { $0.manifest.height < $1.manifest.height }
            let dropped = entries.dropLast(Limits.snapshotsKept)
            entries.removeFirst(dropped.count)
            return dropped
        }
        for old in dropped { try DurableFolder.remove(old.folder) }
    }
}
