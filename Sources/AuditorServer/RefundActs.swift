import Credentials
import Cryptography
import Encoding
import Storage

/// Orders about one refund. Whom it goes to and how much it is is nobody's to order: the ledger has
/// that, and an approval repeats it, so that an operator agrees to what the store says.
enum RefundActs {
    /// `{"deposit": id, "amount": "500", "payer": did}`.
    static let approve: AuditorStore.Act = { operation, now, connection in
        var fields = try Fields(operation.arguments, "arguments")
        let deposit = try fields.digest("deposit")
        let amount = try fields.amount("amount")
        let payer = try fields.string("payer")
        try fields.end()
        guard let row = try AuditorStore.refund(deposit, connection) else {
            throw OperationRefusal(.notFound, "deposit \(deposit.text) is not due")
        }
        guard row.amount == amount, row.payer.hasSameBytes(as: payer) else {
            throw OperationRefusal(
                .conflict,
                "deposit \(deposit.text) is \(row.amount) for \(row.payer): look at it again")
        }
        guard row.state == .due else {
            throw OperationRefusal(
                .conflict, "the refund of deposit \(deposit.text) is \(row.state.rawValue)")
        }
        let isNew =
            try connection.execute(
                "INSERT INTO refund_approvals VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    .text(deposit.text), .text(operation.author), .text(operation.id),
                    .integer(now.milliseconds),
                ]) == 1
        let count = row.approvedBy.count + (isNew ? 1 : 0)
        return OperationResult(
            answer: [
                "deposit": JSON(deposit.text), "approvals": JSON(Int64(count)),
                "approvalsNeeded": JSON(Int64(row.approvalsNeeded)), "changed": JSON(isNew),
            ],
            entries: isNew ? [entry(.refundApproved, deposit, operation, now)] : [])
    }

    /// `{"deposit": id, "reason": text}`: nothing is sent back until it is released. May come
    /// before the deposit is due, as for a node that signed two blocks of one height.
    static let hold: AuditorStore.Act = { operation, now, connection in
        var fields = try Fields(operation.arguments, "arguments")
        let deposit = try fields.digest("deposit")
        let reason = try fields.string(
            "reason", maximumByteCount: Limits.holdReasonByteCountMaximum)
        try fields.end()
        guard !reason.isEmpty else {
            throw fields.error("reason", "has to say why")
        }
        if try AuditorStore.isLeaving(deposit, connection) {
            throw OperationRefusal(
                .conflict, "the refund of deposit \(deposit.text) is on the ledger already")
        }
        let isNew =
            try connection.execute(
                "INSERT INTO refund_holds VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    .text(deposit.text), .text(reason), .text(operation.author),
                    .integer(now.milliseconds),
                ]) == 1
        return OperationResult(
            answer: ["deposit": JSON(deposit.text), "held": true, "changed": JSON(isNew)],
            entries: isNew
                ? [entry(.refundHeld, deposit, operation, now, [("reason", JSON(reason))])] : [])
    }

    /// `{"deposit": id}`.
    static let release: AuditorStore.Act = { operation, now, connection in
        let deposit = try deposit(operation)
        let count = try connection.execute(
            "DELETE FROM refund_holds WHERE deposit = ?", [.text(deposit.text)])
        guard count == 1 else {
            throw OperationRefusal(.notFound, "nobody holds deposit \(deposit.text) back")
        }
        return OperationResult(
            answer: ["deposit": JSON(deposit.text), "held": false],
            entries: [entry(.refundReleased, deposit, operation, now)])
    }

    /// `{"deposit": id}`: a refund that the ledger refused is looked at again; approvals are asked
    /// for anew.
    static let retry: AuditorStore.Act = { operation, now, connection in
        let deposit = try deposit(operation)
        guard let row = try AuditorStore.refund(deposit, connection) else {
            throw OperationRefusal(.notFound, "deposit \(deposit.text) was never due")
        }
        guard row.state == .failed else {
            throw OperationRefusal(
                .conflict, "the refund of deposit \(deposit.text) is \(row.state.rawValue)")
        }
        try AuditorStore.move(deposit, to: .blocked, "retry", at: now, connection)
        try connection.execute(
            "DELETE FROM refund_approvals WHERE deposit = ?", [.text(deposit.text)])
        return OperationResult(
            answer: ["deposit": JSON(deposit.text), "state": "blocked"],
            entries: [entry(.refundRetried, deposit, operation, now)])
    }

    private static func deposit(_ operation: Operation) throws -> Digest {
        var fields = try Fields(operation.arguments, "arguments")
        let deposit = try fields.digest("deposit")
        try fields.end()
        return deposit
    }

    private static func entry(
        _ kind: AuditEntry.Kind, _ deposit: Digest, _ operation: Operation, _ now: Instant,
        _ members: [(String, JSON)] = []
    ) -> AuditEntry {
        AuditEntry(
            kind, at: now,
            [("deposit", JSON(deposit.text))] + members + [
                ("operation", JSON("urn:uuid:\(operation.id)")),
                ("operator", JSON(operation.author)),
            ])
    }
}
