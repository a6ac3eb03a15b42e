import Cryptography
import Encoding
import Storage

/// What moves a refund on. Each is one durable write with its line of the log.
extension AuditorStore {
    /// Looks at a held deposit of an ordinary node, and asks the ledger to give it back when that
    /// is due, approved and held by nobody. Judged within the write, so that an application that
    /// came in before is seen, and one that comes after sees the deposit leaving.
    /// - Parameter spent: applications that made the node a candidate.
    /// - Returns: whether something was to be done.
    @discardableResult
    static func consider(
        _ deposit: LedgerDeposit, spent: Set<Digest>, approval: RefundApproval, at now: Instant,
        _ connection: Connection
    ) throws -> Bool {
        let known = try refund(deposit.id, connection)
        switch known?.state {
        case .requested?, .paid?, .failed?: return false
        case nil, .blocked?, .due?: break
        }
        switch RefundRule.judge(try uses(of: deposit, connection), spent: spent, at: now) {
        case .notDue(let reason):
            guard known?.state == .due else { return false }
            try block(deposit.id, reason.rawValue, at: now, connection)
            return true
        case .due(let reason):
            let isNew = known?.state != .due
            if isNew { try note(deposit, due: reason, approval, at: now, connection) }
            return try request(deposit.id, approval, at: now, connection) || isNew
        }
    }

    private static func note(
        _ deposit: LedgerDeposit, due reason: RefundRule.Reason, _ approval: RefundApproval,
        at now: Instant, _ connection: Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO refunds VALUES (?, ?, ?, ?, 'due', ?, ?, ?)
            ON CONFLICT DO UPDATE SET state = 'due', reason = excluded.reason,
                approvals = excluded.approvals, since = excluded.since
            """,
            [
                .text(deposit.id.text), .text(deposit.node), .text(deposit.payer),
                .text(String(deposit.amount)), .text(reason.rawValue),
                .integer(Int64(approval.needed(for: deposit.amount))),
                .integer(now.milliseconds),
            ])
        let members: KeyValuePairs = [
            "deposit": JSON(deposit.id.text), "node": JSON(deposit.node),
            "payer": JSON(deposit.payer), "amount": JSON(amount: deposit.amount),
            "reason": JSON(reason.rawValue),
        ]
        try AuditLog.append([AuditEntry(.refundDue, at: now, members)], connection)
    }

    /// Puts the refund into the outbox when nothing is in its way.
    private static func request(
        _ deposit: Digest, _ approval: RefundApproval, at now: Instant, _ connection: Connection
    ) throws -> Bool {
        guard let row = try refund(deposit, connection), row.state == .due,
            approval.isMet(row.approvedBy, needed: row.approvalsNeeded), row.hold == nil,
            now >= row.since.adding(milliseconds: approval.waitMilliseconds)
        else { return false }
        let key = refundKey(deposit)
        let body: JSON = ["type": "deposit.refund", "body": ["deposit": JSON(deposit.text)]]
        let isNew = try LedgerOutbox.enqueue(key: key, body: body, at: now, connection)
        if !isNew {
            // It was refused before, perhaps because the node stood; it is sent anew.
            guard try LedgerOutbox.retry(key: key, connection) else { return false }
        }
        try move(deposit, to: .requested, row.reason, at: now, connection)
        let approvals = JSON.array(row.approvedBy.map { JSON($0) })
        try log(.refundRequested, deposit, [("approvedBy", approvals)], at: now, connection)
        return true
    }

    /// The deposit is not due any more. Who approved it approved what was known then.
    static func block(
        _ deposit: Digest, _ reason: String, at now: Instant, _ connection: Connection
    ) throws {
        try move(deposit, to: .blocked, reason, at: now, connection)
        try connection.execute(
            "DELETE FROM refund_approvals WHERE deposit = ?", [.text(deposit.text)])
        try log(.refundBlocked, deposit, [("reason", JSON(reason))], at: now, connection)
    }

    /// Takes over what became of a requested refund.
    /// - Returns: whether the outbox knew.
    @discardableResult
    static func settleRefund(
        _ deposit: Digest, at now: Instant, _ connection: Connection
    ) throws -> Bool {
        guard let row = try refund(deposit, connection), row.state == .requested,
            let entry = try LedgerOutbox.entry(refundKey(deposit), connection),
            let outcome = entry.outcome
        else { return false }
        switch outcome.code {
        case "ok", "already-refunded":
            try pay(deposit, outcome.code, at: now, connection)
        case "node-not-ordinary", "deposit-on-hold":
            // It stood again meanwhile, or an offence of it was proven; looked at anew once it is
            // ordinary and the ledger does not hold the deposit any more.
            try block(deposit, outcome.code, at: now, connection)
        default:
            try move(deposit, to: .failed, outcome.code, at: now, connection)
            try log(.refundFailed, deposit, [("code", JSON(outcome.code))], at: now, connection)
        }
        return true
    }

    /// The ledger has given the deposit back, whoever asked for it.
    static func pay(
        _ deposit: Digest, _ reason: String, at now: Instant, _ connection: Connection
    ) throws {
        try move(deposit, to: .paid, reason, at: now, connection)
        // What is still unsigned would only be refused.
        try LedgerOutbox.withdraw(key: refundKey(deposit), connection)
        try log(.refundPaid, deposit, [("code", JSON(reason))], at: now, connection)
    }

    static func move(
        _ deposit: Digest, to state: RefundState, _ reason: String, at now: Instant,
        _ connection: Connection
    ) throws {
        try connection.execute(
            "UPDATE refunds SET state = ?, reason = ?, since = ? WHERE deposit = ?",
            [
                .text(state.rawValue), .text(reason), .integer(now.milliseconds),
                .text(deposit.text),
            ])
    }

    static func log(
        _ kind: AuditEntry.Kind, _ deposit: Digest, _ members: [(String, JSON)], at now: Instant,
        _ connection: Connection
    ) throws {
        let entry = AuditEntry(kind, at: now, [("deposit", JSON(deposit.text))] + members)
        try AuditLog.append([entry], connection)
    }
}
