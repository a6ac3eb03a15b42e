import Consensus
import Cryptography
import Encoding
import Ledger
import Proofs
import Storage
import Synchronization
import Web

/// How a node without a chain begins with a snapshot instead of block 1. The peers it fetches from
/// are not trusted: the header is believed for the certificates that lead to it from genesis, each
/// chunk for its digest, and all of them for the state root of that header.
struct SnapshotJoin: Sendable {
    let genesis: Genesis
    /// The node's folder of databases.
    let data: String
    let peers: SnapshotPeers
    let log: NodeLog
    let reclaims: Bool

    /// A snapshot and who says to have it.
    private struct Offer: Sendable {
        let height: UInt64
        let id: String
        var peers: [String]
    }

    /// A manifest whose header the representatives of its height certified.
    private struct Subject: Sendable {
        let manifest: SnapshotManifest
        let certificate: CommitCertificate
        let trust: TrustChain
        let handovers: [Handover]
    }

    /// Puts a store into the folder.
    /// - Returns: its height; nil when no peer has a snapshot that verifies.
    /// - Throws: `StorageError`; `CancellationError`.
    func run() async throws -> UInt64? {
        let height = try await joined()
        // Chunks of snapshots that came to nothing; a restart before this goes on with them.
        for name in try DurableFolder.names(in: data) where name.hasPrefix(Self.folderPrefix) {
            try DurableFolder.remove("\(data)/\(name)")
        }
        return height
    }

    private static let folderPrefix = "joining-"

    private func joined() async throws -> UInt64? {
        for attempt in 0..<Limits.snapshotAttemptsMaximum {
            if attempt > 0 {
                try await Task.sleep(for: .milliseconds(Limits.snapshotPauseMilliseconds))
            }
            let offers = await offers()
            for offer in offers {
                if let height = try await join(offer) { return height }
            }
            if offers.isEmpty, attempt > 0 { return nil }
        }
        return nil
    }

    /// Newest first; of one height, what most peers offer first.
    private func offers() async -> [Offer] {
        var offers: [Offer] = []
        for peer in peers.candidates(of: peers.endpoints) {
            guard
                let answer = await peers.ask(
                    peer, "/v1/snapshots", maximumByteCount: Limits.snapshotListByteCountMaximum),
                let list = try? answer.json()["snapshots"]?.arrayValue
            else { continue }
            for entry in list.prefix(Limits.snapshotOffersMaximum) {
                guard let height = entry["height"]?.uint64Value,
                    let id = entry["id"]?.stringValue, id.utf8.count == 64
                else { continue }
                let known = offers.firstIndex { $0.height == height && $0.id == id }
                if let known {
                    offers[known].peers.append(peer)
                } else {
                    offers.append(Offer(height: height, id: id, peers: [peer]))
                }
            }
        }
        return offers.sorted {
            ($0.height, $0.peers.count) > ($1.height, $1.peers.count)
        }
    }

    private func join(_ offer: Offer) async throws -> UInt64? {
        guard let subject = await subject(offer) else { return nil }
        let height = subject.manifest.height
        log.event(
            "snapshot-found",
            [
                ("height", JSON(height)), ("chunks", JSON(subject.manifest.chunks.count)),
                ("bytes", JSON(subject.manifest.byteCount)),
            ])
        let folder = "\(data)/\(Self.folderPrefix)\(offer.id)"
        try DurableFile.makeDirectory(folder)
        for number in subject.manifest.chunks.indices {
            guard try await fetch(number, offer, subject.manifest, into: folder) else {
                return nil
            }
        }
        let path = data + "/chain.sqlite.joining"
        guard let state = try await build(subject, folder, path) else {
            for peer in offer.peers {
                peers.refuse(
                    peer, "snapshot \(height)",
                    "its chunks do not have the state root of the block")
            }
            try DurableFolder.remove(folder)
            return nil
        }
        guard let seals = await seals(state, subject) else { return nil }
        try await finish(subject, seals, path)
        log.event("snapshot-taken", [("height", JSON(height))])
        return height
    }

    // MARK: Header

    private func subject(_ offer: Offer) async -> Subject? {
        for peer in peers.candidates(of: offer.peers) {
            guard
                let answer = await peers.ask(
                    peer, "/v1/snapshots/\(offer.height)",
                    maximumByteCount: Limits.manifestByteCountMaximum)
            else { continue }
            do {
                let (manifest, certificate) = try read(answer, offer)
                if let subject = await trust(manifest, certificate) { return subject }
                peers.refuse(
                    peer, "snapshot \(offer.height)",
                    "no hand-overs of any peer lead from genesis to who certified its header")
            } catch {
                peers.refuse(peer, "snapshot \(offer.height)", "\(error)")
            }
        }
        return nil
    }

    private func read(
        _ answer: Response, _ offer: Offer
    ) throws -> (SnapshotManifest, CommitCertificate) {
        var fields = try Fields(
            try answer.json(limits: SnapshotShelf.manifestLimits), "snapshot")
        let manifest = try SnapshotManifest(try fields.json("manifest"))
        let certificate = try CommitCertificate(json: try fields.json("certificate"))
        try fields.end()
        guard manifest.height == offer.height, manifest.id.text.hasSameBytes(as: offer.id) else {
            throw FormatError(.shape, "the manifest is not the one that was offered")
        }
        guard manifest.genesis == genesis.digest else {
            throw FormatError(.shape, "the manifest is of another genesis file")
        }
        return (manifest, certificate)
    }

    private func trust(
        _ manifest: SnapshotManifest, _ certificate: CommitCertificate
    ) async -> Subject? {
        for peer in peers.candidates(of: peers.endpoints) {
            guard
                let answer = await peers.ask(
                    peer, "/v1/handovers", maximumByteCount: Limits.handoversByteCountMaximum)
            else { continue }
            do {
                let limits = JSONLimits(
                    byteCountMaximum: Limits.handoversByteCountMaximum,
                    valueCountMaximum: Limits.handoversValueCountMaximum)
                let handovers = try Handover.list(try answer.json(limits: limits))
                    .filter { $0.header.height < manifest.height }
                var trust = try TrustChain(genesis: genesis)
                for handover in handovers { try trust.follow(handover) }
                // Fails too when the peer left the newest hand-overs out, which is no lie of the
                // one who has the manifest.
                guard (try? trust.verify(manifest.header, certificate)) != nil else { continue }
                return Subject(
                    manifest: manifest, certificate: certificate, trust: trust,
                    handovers: handovers)
            } catch {
                peers.refuse(peer, "hand-overs", "\(error)")
            }
        }
        return nil
    }

    // MARK: Chunks

    /// - Returns: whether the chunk is in the folder; one that was fetched before stays.
    private func fetch(
        _ number: Int, _ offer: Offer, _ manifest: SnapshotManifest, into folder: String
    ) async throws -> Bool {
        let chunk = manifest.chunks[number]
        let path = SnapshotShelf.chunkPath(folder, number)
        if let bytes = try? DurableFile.read(path, maximumByteCount: chunk.byteCount),
            Digest.sha256(bytes) == chunk.digest
        {
            return true
        }
        for peer in peers.candidates(of: offer.peers) {
            try Task.checkCancellation()
            let answer = await peers.ask(
                peer, "/v1/snapshots/\(offer.height)/chunks/\(number)",
                maximumByteCount: chunk.byteCount)
            guard let answer else { continue }
            guard Digest.sha256(answer.body) == chunk.digest else {
                peers.refuse(
                    peer, "chunk \(number) of snapshot \(offer.height)",
                    "\(answer.body.count) bytes that do not have the digest in the manifest")
                continue
            }
            try DurableFile.write(answer.body, to: path, replacing: true)
            return true
        }
        return false
    }

    // MARK: Store

    /// Away from the threads of tasks: it takes as long as there are records.
    /// - Returns: nil when the records are not those of the header.
    // Inlined into another asynchronous function it may crash the optimizer of Swift 6.3.1.
    @inline(never)
    private func build(
        _ subject: Subject, _ folder: String, _ path: String
    ) async throws -> LedgerState? {
        let (genesis, reclaims) = (genesis, reclaims)
        return try await Self.onThread { () throws -> LedgerState? in
            try Self.clear(path)
            do {
                return try SnapshotImport.build(
                    path: path, genesis: genesis, manifest: subject.manifest,
                    certificate: subject.certificate, reclaims: reclaims
                ) { number in
                    try DurableFile.read(
                        SnapshotShelf.chunkPath(folder, number),
                        maximumByteCount: Limits.snapshotChunkByteCountMaximum)
                }
            } catch let error as StorageError {
                throw error
            } catch {
                try Self.clear(path)
                return nil
            }
        }
    }

    /// Gives the whole store its name.
    @inline(never)
    private func finish(
        _ subject: Subject, _ seals: [SnapshotImport.Seal], _ path: String
    ) async throws {
        let (genesis, reclaims, name) = (genesis, reclaims, data + "/chain.sqlite")
        try await Self.onThread {
            try SnapshotImport.seal(
                path: path, genesis: genesis,
                headers: subject.handovers.map { ($0.header, $0.certificate) }, seals: seals,
                reclaims: reclaims)
            try DurableFolder.remove(path + ".lock")
            try DurableFolder.rename(path, to: name)
        }
    }

    private static func clear(_ path: String) throws {
        for suffix in ["", "-wal", "-shm", ".lock"] { try DurableFolder.remove(path + suffix) }
    }

    private static func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try startThread { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    // MARK: Elections

    /// The proofs of all elections of a state; nil when no peer has them.
    private func seals(_ state: LedgerState, _ subject: Subject) async -> [SnapshotImport.Seal]? {
        var seals: [SnapshotImport.Seal] = []
        let last = UInt64(state.elections.count - 1)
        while UInt64(seals.count) < last {
            guard
                let page = await sealPage(
                    after: UInt64(seals.count), upTo: last, state, subject.trust)
            else { return nil }
            seals += page
        }
        return seals
    }

    /// The proofs that follow on a number, verified; nil when no peer has the next.
    private func sealPage(
        after number: UInt64, upTo last: UInt64, _ state: LedgerState, _ trust: TrustChain
    ) async -> [SnapshotImport.Seal]? {
        for peer in peers.candidates(of: peers.endpoints) {
            guard
                let answer = await peers.ask(
                    peer, "/v1/election-proofs?after=\(number)",
                    maximumByteCount: Limits.electionSealsByteCountMaximum)
            else { continue }
            do {
                let page = try SnapshotImport.Seal.list(answer)
                // A peer may have held more elections since. Only what was verified here is taken.
                let wanted = page.prefix(Int(clamping: last - number))
                for (index, seal) in wanted.enumerated() {
                    try seal.verify(number: number + UInt64(index) + 1, state, trust)
                }
                if !wanted.isEmpty { return Array(wanted) }
            } catch {
                peers.refuse(peer, "proofs of elections", "\(error)")
            }
        }
        return nil
    }
}
