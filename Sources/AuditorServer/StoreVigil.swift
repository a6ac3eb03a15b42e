import Credentials
import Cryptography
import Encoding
import Storage
import TransparencyLog
import Web

/// Finds out whether this auditor signed anything that its store does not know, which only a store
/// from an old backup can bring about: from the heads of its log that other auditors have seen, and
/// from the credentials that candidates stand on.
///
/// Nobody is believed: what counts is this auditor's own signature on what they show.
actor StoreVigil {
    private let issuer: String
    private let ledgerNodes: [String]
    private let peers: [String]
    private let client: HTTPClient
    private let deadlineMilliseconds: Int
    private let store: AuditorStore
    private let logKey: NoteKey
    private let published: @Sendable () throws -> JWKSet
    private let clock: @Sendable () -> Instant
    private let log: @Sendable (JSON) -> Void
    /// Candidacies whose credentials were found to be known, as "node application".
    private var known: Set<String> = []
    private var running: Task<Void, Never>?

    init(
        _ configuration: AuditorConfiguration, store: AuditorStore, logKey: NoteKey,
        published: @escaping @Sendable () throws -> JWKSet,
        clock: @escaping @Sendable () -> Instant, log: @escaping @Sendable (JSON) -> Void
    ) {
        issuer = configuration.issuer
        ledgerNodes = configuration.ledgerNodes
        peers = configuration.peers
        client = configuration.client
        deadlineMilliseconds = configuration.ledgerDeadlineMilliseconds
        self.store = store
        self.logKey = logKey
        self.published = published
        self.clock = clock
        self.log = log
    }

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            await check()
            let pause =
                store.standing.current == .unchecked
                ? Limits.vigilUncheckedMilliseconds : Limits.vigilMilliseconds
            try? await Task.sleep(for: .milliseconds(pause))
        }
    }

    /// Asks everybody once. Whoever calls while it goes on waits for the same answer.
    func check() async {
        if let running { return await running.value }
        // It ends itself, so that whoever asks after its end begins another one.
        let task = Task {
            await ask()
            running = nil
        }
        running = task
        await task.value
    }

    private func ask() async {
        var isAnswered = false
        for peer in peers {
            guard let evidence = await headEvidence(from: peer) else { continue }
            isAnswered = true
            if let found = evidence.first { return await setBack(found) }
        }
        for node in ledgerNodes {
            guard let evidence = await credentialEvidence(from: node) else { continue }
            isAnswered = true
            if let found = evidence.first { return await setBack(found) }
            break
        }
        if isAnswered { store.standing.approve() }
    }

    /// Stops this auditor: in memory at once, and in the store for its next start.
    func setBack(_ evidence: String) async {
        let reason = AuditLog.refusal(evidence)
        if case .setBack = store.standing.current { return }
        store.standing.setBack(reason)
        log(["event": "store-set-back", "cause": JSON(reason)])
        let now = clock()
        // A store that cannot be written cannot be signed from either.
        _ = try? await store.database.write { try AuditLog.halt(evidence, at: now, $0) }
    }

    // MARK: - Other auditors

    /// What a peer knows against this store; nil when it does not answer.
    @inline(never)
    private func headEvidence(from peer: String) async -> [String]? {
        guard let json = await get("\(peer)/v1/log/peers") else { return nil }
        return (json["heads"]?.arrayValue ?? []).compactMap { head in
            guard let note = head["note"]?.stringValue,
                let signed = try? SignedNote(bytes: Array(note.utf8)),
                let seen = try? Checkpoint(note: signed, key: logKey)
            else { return nil }
            return contradiction(seen).map { "\(peer) has seen \($0)" }
        }
    }

    /// How a head that this auditor signed contradicts its log; nil when it does not.
    private func contradiction(_ head: Checkpoint) -> String? {
        // A log that cannot be read tells nothing against itself here; it signs nothing either.
        let found = try? store.database.read { connection -> (UInt64, Digest?) in
            let size = try AuditLog.size(connection)
            return (
                size,
                head.size <= size ? try AuditLog.root(size: head.size, connection) : nil
            )
        }
        guard let (size, root) = found else { return nil }
        guard let root else {
            return "a signed head of \(head.size) entries, and the log here has \(size)"
        }
        return root == head.root
            ? nil : "a signed head of \(head.size) entries that are not those of the log here"
    }

    // MARK: - The ledger

    /// What candidates stand on that this store does not know; nil when the node does not answer.
    @inline(never)
    private func credentialEvidence(from node: String) async -> [String]? {
        guard let json = await get("\(node)/v1/candidates") else { return nil }
        for candidate in json["candidates"]?.arrayValue ?? [] {
            guard let did = candidate["node"]?.stringValue,
                let application = candidate["application"]?.stringValue,
                !known.contains("\(did) \(application)")
            else { continue }
            guard let detail = await get("\(node)/v1/candidates/\(did)") else { continue }
            let tokens = (detail["credentials"]?.arrayValue ?? []).compactMap {
                $0["token"]?.stringValue
            }
            for token in tokens where isForgotten(token) {
                return ["\(did) stands with a credential of this auditor that is not in the store"]
            }
            known.insert("\(did) \(application)")
        }
        return []
    }

    /// Whether this auditor signed a credential and does not know it.
    private func isForgotten(_ token: String) -> Bool {
        guard let credential = try? Credential(token),
            credential.claims.issuer.hasSameBytes(as: issuer),
            let stored = try? store.credential(jti: credential.claims.id) as String??,
            stored == nil,
            let key = try? published().entries.first(where: {
                $0.keyID.hasSameBytes(as: credential.keyID)
            })?.key
        else { return false }
        return (try? credential.jws.verify(key: key, type: "vc+jwt")) != nil
    }

    /// The JSON at a URL; empty for an answer that is none, nil without an answer.
    private func get(_ url: String) async -> JSON? {
        let response = try? await client.send(
            "GET", url, deadlineMilliseconds: deadlineMilliseconds,
            maximumBodyByteCount: Limits.candidatesByteCountMaximum)
        guard let response, response.status < 500 else { return nil }
        return (try? response.json()) ?? [:]
    }
}
