import Encoding
import Storage
import TransparencyLog
import Web

/// Keeps the newest head of every other auditor's log for them.
struct PeerLogs: Sendable {
    let peers: [String]
    let client: HTTPClient
    let store: AuditorStore
    let clock: @Sendable () -> Instant
    let log: @Sendable (JSON) -> Void

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            for peer in peers { await look(at: peer) }
            try? await Task.sleep(for: .milliseconds(Limits.peerHeadPollMilliseconds))
        }
    }

    /// A peer that does not answer is asked again later.
    @inline(never)
    private func look(at peer: String) async {
        guard let key = try? await key(of: peer),
            let note = try? await get(peer + "/v1/log/checkpoint").body,
            let head = try? Checkpoint(note: SignedNote(bytes: note), key: key)
        else { return }
        let larger = try? await store.keep(head, note: note, of: key, at: clock())
        guard let larger = larger ?? nil else { return }
        log([
            "event": "peer-log-set-back", "peer": JSON(peer), "size": JSON(head.size),
            "seen": JSON(larger),
        ])
    }

    private func key(of peer: String) async throws -> NoteKey {
        let text = try await get(peer + "/v1/log").json()["key"]?.stringValue ?? ""
        return try NoteKey(text: text)
    }

    private func get(_ url: String) async throws -> Response {
        let response = try await client.send(
            "GET", url, deadlineMilliseconds: Limits.ledgerDeadlineMilliseconds,
            maximumBodyByteCount: Limits.checkpointByteCountMaximum)
        guard response.status == 200 else {
            throw AuditorError(.evidenceUnavailable, "\(url) answers \(response.status)")
        }
        return response
    }
}
