package import Cryptography
package import Encoding
import Storage

/// Empties the outbox: the one place where an auditor signs and sends transactions.
///
/// Several may run, in several processes or on several machines with the same account: each looks
/// at the ledger before it gives bytes up, and the ledger itself does every act once.
package actor LedgerSender {
    /// What is known of the way to the ledger, for the operator.
    struct Status: Sendable {
        /// Why nothing is sent now; nil when nothing is in the way.
        var trouble: String?
        /// Why a node does not take a transaction; it is offered again.
        var refusal: String?
        /// Of the newest block that was seen.
        var lastTime: Instant?
    }

    package nonisolated let account: String
    private nonisolated let network: String
    private nonisolated let key: PrivateKey
    private nonisolated let database: Database
    private nonisolated let standing: StoreStanding
    private nonisolated let nodes: [any LedgerAccess]
    private nonisolated let clock: @Sendable () -> Instant
    private(set) var status = Status()

    /// - Parameters:
    ///   - key: of the auditor's account in the auditor set.
    ///   - nodes: asked in this order until one answers.
    package init(
        network: String, key: consuming PrivateKey, store: AuditorStore,
        nodes: [any LedgerAccess], clock: @escaping @Sendable () -> Instant
    ) {
        self.network = network
        account = key.publicKey.did
        self.key = key
        database = store.database
        standing = store.standing
        self.nodes = nodes
        self.clock = clock
    }

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            await turn()
            try? await Task.sleep(for: .milliseconds(Limits.outboxPollMilliseconds))
        }
    }

    /// One turn, with what goes wrong noted.
    @inline(never)
    private func turn() async {
        do {
            try await standing.requireSigning()
            try await step()
            status.trouble = nil
        } catch {
            status.trouble = (error as? AuditorError)?.detail ?? "\(error)"
        }
    }

    /// Learns what became of everything on its way, and signs and sends what may go next.
    /// - Returns: whether something is left to be done.
    @discardableResult
    package func step() async throws -> Bool {
        guard try database.read({ try LedgerOutbox.hasOpen($0) }) else { return false }
        let (node, time) = try await nodes.answering()
        status.lastTime = time
        let next = try await nextSequence(node)
        var refusals: [String] = []
        for entry in try database.read({ try LedgerOutbox.sent($0) }) {
            if let refusal = try await look(after: entry, next, time, node) {
                refusals.append(refusal)
            }
        }
        refusals += try await signNext(next, time, node)
        status.refusal = refusals.first
        return try database.read { try LedgerOutbox.hasOpen($0) }
    }

    private nonisolated func nextSequence(_ node: any LedgerAccess) async throws -> UInt64 {
        guard let next = try await node.nextSequence(of: account) else {
            throw AuditorError(
                .ledgerUnavailable,
                "the account \(account) is not on the ledger. A transfer to it opens it.")
        }
        guard next <= Limits.exactIntegerMaximum else {
            throw AuditorError(.ledgerUnavailable, "a ledger node tells an impossible number")
        }
        return next
    }

    /// `next` and `time` were read from `node` before: what they rule out, and the node does not
    /// have in a block now, is in no block ever.
    /// - Returns: why the node does not take the transaction, if it does not.
    private nonisolated func look(
        after entry: LedgerOutbox.Entry, _ next: UInt64, _ time: Instant, _ node: any LedgerAccess
    ) async throws -> String? {
        guard let signed = entry.signed else { return nil }
        let now = clock()
        let isOver = signed.sequence < next || signed.notAfter <= time
        switch try await node.standing(of: signed.id) {
        case .committed(let outcome):
            try await database.write {
                try LedgerOutbox.settle(entry.key, signed.id, outcome, at: now, $0)
            }
        case .unknown where isOver, .waiting where isOver:
            try await database.write {
                try LedgerOutbox.lapse(entry.key, signed.id, at: now, $0)
            }
        case .unknown:
            // The node may have been restarted, or be another one than before.
            return try await node.handOver(signed.transaction)
        case .waiting: break
        }
        return nil
    }

    private nonisolated func signNext(
        _ next: UInt64, _ time: Instant, _ node: any LedgerAccess
    ) async throws -> [String] {
        let (sent, pending) = try database.read {
            (try LedgerOutbox.sent($0), try LedgerOutbox.next($0))
        }
        var refusals: [String] = []
        var used = sent.compactMap(\.signed?.sequence)
        for entry in pending {
            // The smallest number that is free fills the gap that a lapsed one left.
            var sequence = next
            while used.contains(sequence) { sequence += 1 }
            used.append(sequence)
            if let refusal = try await sign(entry, sequence, time, node) {
                refusals.append(refusal)
            }
        }
        return refusals
    }

    private nonisolated func sign(
        _ entry: LedgerOutbox.Entry, _ sequence: UInt64, _ time: Instant, _ node: any LedgerAccess
    ) async throws -> String? {
        let now = clock()
        let notAfter = Instant(
            seconds: max(time.seconds, now.seconds) + Limits.transactionSeconds)
        let payload: JSON = [
            "network": JSON(network), "sequence": JSON(sequence),
            "notAfter": JSON(notAfter.seconds), "type": JSON(entry.kind),
            "body": entry.body["body"] ?? [:],
        ]
        let jws = try JWS.sign(
            payload: payload.bytes, type: "transaction+jwt", keyID: account, key: key)
        let signed = LedgerOutbox.Signed(
            transaction: jws.compact, id: jws.digest, sequence: sequence, notAfter: notAfter)
        let isStored = try await database.write {
            try LedgerOutbox.store(signed, for: entry.key, at: now, $0)
        }
        return isStored ? try await node.handOver(signed.transaction) : nil
    }
}
