import Encoding
import Synchronization
import Web

/// Sends to other nodes: consensus messages to the other representatives, transactions to whoever
/// makes blocks. One pair of queues for each endpoint; a slow or dead peer delays nobody else.
final class PeerNetwork: Sendable {
    private struct Peer: Sendable {
        let messages: Outbox
        let transactions: Outbox
        let tasks: [Task<Void, Never>]
    }

    private struct State: Sendable {
        var peers: [String: Peer] = [:]
        var unreachable: [String: String] = [:]
        var isStopped = false
    }

    private let client: HTTPClient
    private let ownEndpoint: String
    private let log: NodeLog
    private let state = Mutex(State())

    init(client: HTTPClient, ownEndpoint: String, log: NodeLog) {
        self.client = client
        self.ownEndpoint = ownEndpoint
        self.log = log
    }

    /// Why the last attempt at each peer that does not answer failed, by endpoint.
    var unreachable: [(endpoint: String, reason: String)] {
        state.withLock { $0.unreachable }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Queues one encoded consensus message for each endpoint other than this node's own.
    func post(message: [UInt8], to endpoints: [String]) {
        for endpoint in endpoints { peer(endpoint)?.messages.post(message) }
    }

    /// Queues compact transactions for each endpoint other than this node's own.
    func post(transactions: [String], to endpoints: [String]) {
        for endpoint in endpoints {
            guard let peer = peer(endpoint) else { continue }
            for transaction in transactions { peer.transactions.post(Array(transaction.utf8)) }
        }
    }

    func stop() async {
        let peers = state.withLock { state -> [Peer] in
            state.isStopped = true
            defer { state.peers = [:] }
            return Array(state.peers.values)
        }
        for peer in peers {
            peer.messages.close()
            peer.transactions.close()
            for task in peer.tasks { task.cancel() }
        }
        for peer in peers { for task in peer.tasks { await task.value } }
    }

    private func peer(_ endpoint: String) -> Peer? {
        guard endpoint != ownEndpoint else { return nil }
        return state.withLock { state in
            if state.isStopped { return nil }
            if let known = state.peers[endpoint] { return known }
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
                    batchByteCount: Limits.transactionBatchByteCountMaximum / 2))
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
    }

    private func send(messages: [[UInt8]], to endpoint: String) async -> Bool {
        await send(
            MessageBatch.encode(messages), type: "application/octet-stream",
            to: endpoint, path: "/v1/peer/messages")
    }

    private func send(transactions: [[UInt8]], to endpoint: String) async -> Bool {
        let list = transactions.map { JSON.string(String(decoding: $0, as: UTF8.self)) }
        let body: JSON = ["transactions": .array(list)]
        return await send(
            body.bytes, type: "application/json", to: endpoint, path: "/v1/peer/transactions")
    }

    private func send(
        _ body: [UInt8], type: String, to endpoint: String, path: String
    ) async -> Bool {
        do {
            let response = try await client.send(
                "POST", endpoint + path, headers: [("content-type", type)], body: body,
                deadlineMilliseconds: Limits.peerDeadlineMilliseconds)
            let isTaken = (200...299).contains(response.status)
            note(endpoint, isTaken ? nil : "it answered \(response.status)")
            return isTaken
        } catch {
            note(endpoint, error.detail)
            return false
        }
    }

    /// Logs when a peer stops or starts to answer, not each time it does not.
    private func note(_ endpoint: String, _ reason: String?) {
        let previous = state.withLock { state -> String? in
            defer { state.unreachable[endpoint] = reason }
            return state.unreachable[endpoint]
        }
        switch (previous, reason) {
        case (nil, let reason?):
            log.event(
                "peer-unreachable", [("peer", .string(endpoint)), ("reason", .string(reason))])
        case (_?, nil):
            log.event("peer-reachable", [("peer", .string(endpoint))])
        default: break
        }
    }
}
