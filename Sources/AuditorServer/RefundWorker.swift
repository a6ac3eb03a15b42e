import Cryptography
package import Encoding
import Storage

/// Finds the deposits that are to go back and has the ledger send them to the accounts that paid
/// them. It decides nothing by itself: the ledger says what is held and by whom it was paid,
/// `RefundRule` says when, and what it did stands in the store, so that it may stop at any moment.
package actor RefundWorker {
    private nonisolated let issuer: String
    private nonisolated let database: Database
    private nonisolated let standing: StoreStanding
    private nonisolated let nodes: [any LedgerAccess]
    private nonisolated let approval: RefundApproval
    private nonisolated let clock: @Sendable () -> Instant
    /// Why nothing is found now; nil when nothing is in the way.
    private(set) var trouble: String?

    package init(
        issuer: String, store: AuditorStore, nodes: [any LedgerAccess], approval: RefundApproval,
        clock: @escaping @Sendable () -> Instant
    ) {
        self.issuer = issuer
        database = store.database
        standing = store.standing
        self.nodes = nodes
        self.approval = approval
        self.clock = clock
    }

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            await turn()
            try? await Task.sleep(for: .milliseconds(Limits.refundPollMilliseconds))
        }
    }

    @inline(never)
    private func turn() async {
        do {
            try await standing.requireSigning()
            try await step()
            trouble = nil
        } catch {
            trouble = (error as? AuditorError)?.detail ?? "\(error)"
        }
    }

    /// Looks at every due deposit once, and at every refund that is under way.
    package func step() async throws {
        try await settle()
        let (node, _) = try await nodes.answering()
        var seen: Set<Digest> = []
        var last: Digest?
        repeat { last = try await page(after: last, node, &seen) } while last != nil
        let open = try database.read { try AuditorStore.refunds(in: [.due], $0) }
        for row in open where !seen.contains(row.deposit) {
            try await lookAgain(at: row, node)
        }
    }

    /// Takes over what the outbox knows.
    private nonisolated func settle() async throws {
        let settled = try database.read { connection in
            try AuditorStore.refunds(in: [.requested], connection).filter { row in
                try LedgerOutbox.entry(AuditorStore.refundKey(row.deposit), connection)?.outcome
                    != nil
            }
        }
        for row in settled {
            let now = clock()
            try await database.write {
                try AuditorStore.settleRefund(row.deposit, at: now, $0)
            }
        }
    }

    private nonisolated func page(
        after last: Digest?, _ node: any LedgerAccess, _ seen: inout Set<Digest>
    ) async throws -> Digest? {
        let (deposits, next) = try await node.dueDeposits(of: issuer, after: last)
        for deposit in deposits
        where deposit.auditor.hasSameBytes(as: issuer) && !deposit.isOnHold {
            seen.insert(deposit.id)
            guard deposit.state == .held, deposit.isNodeOrdinary else { continue }
            try await consider(deposit, node)
        }
        // Pages go on in the order of ids; a node that says otherwise is not followed in circles.
        guard let next, last.map({ $0 < next }) ?? true else { return nil }
        return next
    }

    private nonisolated func consider(
        _ deposit: LedgerDeposit, _ node: any LedgerAccess
    ) async throws {
        let now = clock()
        let (row, uses) = try database.read {
            (try AuditorStore.refund(deposit.id, $0), try AuditorStore.uses(of: deposit, $0))
        }
        // Nothing is written about deposits that nobody used, or that are settled.
        guard !uses.isEmpty, row?.state != .requested, row?.state != .paid, row?.state != .failed
        else { return }
        var spent: Set<Digest> = []
        for application in RefundRule.undecided(uses) {
            if try await node.isSpent(application: application) { spent.insert(application) }
        }
        let verdict = RefundRule.judge(uses, spent: spent, at: now)
        if case .notDue = verdict, row?.state != .due { return }
        let (known, approval) = (spent, approval)
        try await database.write {
            try AuditorStore.consider(deposit, spent: known, approval: approval, at: now, $0)
        }
    }

    /// A refund that was due, and that the ledger does not list as due any more.
    private nonisolated func lookAgain(
        at row: AuditorStore.RefundRow, _ node: any LedgerAccess
    ) async throws {
        guard let deposit = try await node.deposit(row.deposit) else { return }
        let now = clock()
        if deposit.state == .refunded {
            try await database.write {
                try AuditorStore.pay(row.deposit, "already-refunded", at: now, $0)
            }
        } else if deposit.isOnHold || !deposit.isNodeOrdinary {
            let reason = deposit.isOnHold ? "deposit-on-hold" : "node-not-ordinary"
            try await database.write {
                try AuditorStore.block(row.deposit, reason, at: now, $0)
            }
        }
    }
}
