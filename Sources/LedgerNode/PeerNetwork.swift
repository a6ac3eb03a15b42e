import Encoding
import Storage
import Synchronization
import Web

/// Sends to other nodes: consensus messages to the other representatives, transactions to whoever
/// makes blocks. One pair of queues for each endpoint, bounded; a slow or dead peer delays nobody
/// else. Nothing is sent before the other end has proved to be the node meant.
final class PeerNetwork: Sendable {
    private struct Peer: Sendable {
        let messages: Outbox
        let transactions: Outbox
        let tasks: [Task<Void, Never>]

        func end() {
            messages.close()
            transactions.close()
            for task in tasks { task.cancel() }
        }
    }

    /// Why a peer does not take what it is sent, and since when.
    struct Silence: Sendable {
        let endpoint: String
        let reason: String
        /// Monotonic milliseconds.
        let since: Int64
    }

    private struct State: Sendable {
        var peers: [String: Peer] = [:]
        var silences: [String: Silence] = [:]
        var isStopped = false
    }

    /// Names the field in which a peer tells its time, in milliseconds since 1970.
    static let timeHeader = "accredit-time"

    /// Calls peers, showing this node's certificate.
    private let client: HTTPClient
    /// Calls nodes as anybody may.
    private let publicClient: HTTPClient
    private let ownEndpoint: String
    private let log: NodeLog
    private let now: @Sendable () -> Instant
    private let acquaintance: Acquaintance
    private let state = Mutex(State())

    /// What a network asks about whom it talks to.
    struct Acquaintance: Sendable {
        /// Why the peer that answers at an endpoint is not the node meant; nil when it is.
        let refusal: @Sendable (_ peer: PeerCertificate?, _ endpoint: String) -> String?
        /// Whether the other nodes know this one, so that it may speak to them as a peer.
        let isKnown: @Sendable () -> Bool
    }

    init(
        credential: PeerCredential, publicClient: HTTPClient, ownEndpoint: String, log: NodeLog,
        now: @escaping @Sendable () -> Instant, acquaintance: Acquaintance
    ) {
        client = HTTPClient(peer: { credential.identity })
        self.publicClient = publicClient
        self.ownEndpoint = ownEndpoint
        self.log = log
        self.now = now
        self.acquaintance = acquaintance
    }

    /// Why the last attempt at each peer that does not answer failed, by endpoint.
    var unreachable: [Silence] {
        state.withLock { $0.silences.values.sorted { $0.endpoint < $1.endpoint } }
    }

    /// Queues one encoded consensus message for each endpoint other than this node's own.
    func post(message: [UInt8], to endpoints: [String]) {
        for peer in peers(endpoints) { peer.messages.post(message) }
    }

    /// Queues compact transactions for each endpoint other than this node's own.
    func post(transactions: [String], to endpoints: [String]) {
        // Written here once for all peers, as they stand in a body.
        let items = transactions.map { JSON.string($0).bytes }
        for peer in peers(endpoints) {
            for item in items { peer.transactions.post(item) }
        }
    }

    func stop() async {
        let peers = state.withLock { state -> [Peer] in
            state.isStopped = true
            defer { state.peers = [:] }
            return Array(state.peers.values)
        }
        for peer in peers { peer.end() }
        for peer in peers { for task in peer.tasks { await task.value } }
    }

    private func peers(_ endpoints: [String]) -> [Peer] {
        state.withLock { state in
            endpoints.compactMap { $0 == ownEndpoint ? nil : peer($0, &state) }
        }
    }

    private func peer(_ endpoint: String, _ state: inout State) -> Peer? {
        if state.isStopped { return nil }
        if let known = state.peers[endpoint] { return known }
        // Every endpoint came from the ledger; those of long ago are let go of by `keep`.
        guard state.peers.count < Limits.outboxesMaximum else { return nil }
        let messages = Outbox(
            bounds: Outbox.Bounds(
                itemCount: Limits.outgoingMessagesMaximum,
                byteCount: Limits.outgoingByteCountMaximum,
                batchItemCount: Limits.messagesPerBatchMaximum,
                batchByteCount: Limits.messageBatchByteCountMaximum - 4096))
        let transactions = Outbox(
            bounds: Outbox.Bounds(
                itemCount: Limits.outgoingTransactionsMaximum,
                byteCount: Limits.outgoingByteCountMaximum,
                batchItemCount: Limits.transactionsPerBatchMaximum,
                batchByteCount: Limits.transactionBatchByteCountMaximum / 2,
                pauseMilliseconds: Limits.transactionPauseMilliseconds))
        let peer = Peer(
            messages: messages, transactions: transactions,
            tasks: [
                Task { await messages.run { await self.send(messages: $0, to: endpoint) } },
                Task {
                    await transactions.run { await self.send(transactions: $0, to: endpoint) }
                },
            ])
        state.peers[endpoint] = peer
        return peer
    }

    private func send(messages: [[UInt8]], to endpoint: String) async -> Bool {
        await send(
            MessageBatch.pieces(messages), type: "application/octet-stream",
            to: endpoint, path: "/v1/peer/messages")
    }

    /// A node that the others do not know hands in like any client, one at a time.
    /// - Parameter transactions: each as a JSON string.
    private func send(transactions: [[UInt8]], to endpoint: String) async -> Bool {
        guard acquaintance.isKnown() else {
            for transaction in transactions {
                let body = Array("{\"transaction\":".utf8) + transaction + "}".utf8
                guard await handIn(body, at: endpoint) else { return false }
            }
            return true
        }
        var body = Array("{\"transactions\":[".utf8)
        for (place, transaction) in transactions.enumerated() {
            if place > 0 { body += ",".utf8 }
            body += transaction
        }
        body += "]}".utf8
        return await send(
            [body], type: "application/json", to: endpoint, path: "/v1/peer/transactions")
    }

    private func handIn(_ body: [UInt8], at endpoint: String) async -> Bool {
        do {
            let response = try await publicClient.send(
                "POST", endpoint + "/v1/transactions",
                headers: [("content-type", "application/json")], body: body,
                deadlineMilliseconds: Limits.peerDeadlineMilliseconds,
                maximumBodyByteCount: Limits.peerAnswerByteCountMaximum)
            note(endpoint, nil)
            return response.status != 503 && response.status != 429
        } catch {
            note(endpoint, error.detail)
            return false
        }
    }

    private func send(
        _ body: [[UInt8]], type: String, to endpoint: String, path: String
    ) async -> Bool {
        let refusal = acquaintance.refusal
        do {
            let request = try PreparedRequest(
                "POST", endpoint + path,
                headers: [("content-type", type), (Self.timeHeader, "\(now().milliseconds)")],
                body: body)
            let response = try await client.send(
                request, deadlineMilliseconds: Limits.peerDeadlineMilliseconds,
                maximumBodyByteCount: Limits.peerAnswerByteCountMaximum,
                accepting: { refusal($0, endpoint) })
            let isTaken = (200...299).contains(response.status)
            note(endpoint, isTaken ? nil : Self.reason(response))
            return isTaken
        } catch {
            note(endpoint, error.detail)
            return false
        }
    }

    private static func reason(_ response: Response) -> String {
        let detail = (try? response.json())?["detail"]?.stringValue
        return "it answered \(response.status)" + (detail.map { ": \($0)" } ?? "")
    }

    /// Logs when a peer stops or starts to answer, not each time it does not.
    private func note(_ endpoint: String, _ reason: String?) {
        let time = SystemClock.monotonicMilliseconds()
        let previous = state.withLock { state -> Silence? in
            let previous = state.silences[endpoint]
            state.silences[endpoint] = reason.map {
                Silence(endpoint: endpoint, reason: $0, since: previous?.since ?? time)
            }
            return previous
        }
        switch (previous, reason) {
        case (nil, let reason?):
            log.event(
                "peer-unreachable", [("peer", .string(endpoint)), ("reason", .string(reason))])
        case (_?, nil):
            log.event("peer-reachable", [("peer", .string(endpoint))])
        case (nil, nil), (_?, _?): break
        }
    }

    /// Ends what was begun for endpoints that the ledger does not name any more.
    func keep(_ endpoints: [String]) {
        let gone = state.withLock { state -> [Peer] in
            let names = state.peers.keys.filter { !endpoints.contains($0) }
            for name in Array(state.silences.keys) where !endpoints.contains(name) {
                state.silences[name] = nil
            }
            return names.compactMap { state.peers.removeValue(forKey: $0) }
        }
        for peer in gone { peer.end() }
    }
}
