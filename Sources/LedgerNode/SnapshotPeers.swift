import Encoding
import Synchronization
import Web

/// The peers that a node which joins asks, none of them trusted: who sent something that does not
/// verify is not asked again, and who does not answer in time is left for another.
final class SnapshotPeers: Sendable {
    private struct State: Sendable {
        /// Endpoints that were caught.
        var liars: Set<String> = []
        /// Did not answer the last time, and are asked last.
        var silent: Set<String> = []
        var turn = 0
    }

    let endpoints: [String]
    private let client: HTTPClient
    private let log: NodeLog
    private let deadlineMilliseconds: Int
    private let state = Mutex(State())

    init(
        _ endpoints: [String], client: HTTPClient, log: NodeLog, deadlineMilliseconds: Int
    ) {
        self.endpoints = endpoints
        self.client = client
        self.log = log
        self.deadlineMilliseconds = deadlineMilliseconds
    }

    /// Those of a list that may be asked, beginning with another one each time, the silent last.
    func candidates(of list: [String]) -> [String] {
        state.withLock { state in
            let honest = list.filter { !state.liars.contains($0) }
            guard !honest.isEmpty else { return [] }
            state.turn += 1
            let start = state.turn % honest.count
            let turned = honest[start...] + honest[..<start]
            return turned.filter { !state.silent.contains($0) }
                + turned.filter { state.silent.contains($0) }
        }
    }

    /// What a peer answers within the deadline, which bounds everything to its last byte; nil when
    /// it does not, or says that it has no such thing.
    // Inlined into another asynchronous function it may crash the optimizer of Swift 6.3.1.
    @inline(never)
    func ask(_ peer: String, _ path: String, maximumByteCount: Int) async -> Response? {
        do {
            let response = try await client.send(
                "GET", peer + path, deadlineMilliseconds: deadlineMilliseconds,
                maximumBodyByteCount: maximumByteCount)
            state.withLock { _ = $0.silent.remove(peer) }
            return response.status == 200 ? response : nil
        } catch {
            let isNew = state.withLock { $0.silent.insert(peer).inserted }
            if isNew { note("peer-silent", peer, path, "\(error)") }
            return nil
        }
    }

    /// Never asks a peer again, and names it.
    func refuse(_ peer: String, _ what: String, _ reason: String) {
        state.withLock { _ = $0.liars.insert(peer) }
        note("peer-refused", peer, what, reason)
    }

    private func note(_ event: String, _ peer: String, _ what: String, _ reason: String) {
        log.event(
            event,
            [("peer", .string(peer)), ("what", .string(what)), ("reason", .string(reason))])
    }
}
