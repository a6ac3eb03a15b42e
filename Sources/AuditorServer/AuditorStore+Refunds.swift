package import Cryptography
package import Encoding
import Credentials
import Storage

/// Deposits that are to go back, each by its id: `due → requested → paid`, or `blocked` when its
/// node may need it again, or `failed` when the ledger refuses for good.
extension AuditorStore {
    static let refundMigration = """
        CREATE INDEX applications_by_node ON applications (node);
        CREATE TABLE refunds (
            deposit TEXT PRIMARY KEY,
            node TEXT NOT NULL,
            payer TEXT NOT NULL,
            amount TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('blocked', 'due', 'requested', 'paid', 'failed')),
            reason TEXT NOT NULL,
            approvals INTEGER NOT NULL,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX refunds_open ON refunds (state) WHERE state IN ('due', 'requested');
        CREATE TABLE refund_approvals (
            deposit TEXT NOT NULL REFERENCES refunds (deposit),
            operator TEXT NOT NULL,
            operation TEXT NOT NULL,
            given INTEGER NOT NULL,
            PRIMARY KEY (deposit, operator)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE refund_holds (
            deposit TEXT PRIMARY KEY,
            reason TEXT NOT NULL,
            operator TEXT NOT NULL,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    package enum RefundState: String, Sendable, CaseIterable {
        /// Was due, and is not now.
        case blocked
        /// To be sent; perhaps after approvals, perhaps held by an operator.
        case due
        /// In the outbox.
        case requested
        /// The ledger gave it back.
        case paid
        /// The ledger refused it; an operator looks after it.
        case failed
    }

    package struct RefundRow: Sendable {
        package let deposit: Digest
        package let node: String
        package let payer: String
        package let amount: UInt64
        package let state: RefundState
        /// `RefundRule.Reason`, or the ledger's code.
        package let reason: String
        package let approvalsNeeded: Int
        package let since: Instant
        /// did:keys of the operators that approved, in their order.
        package let approvedBy: [String]
        /// Why an operator holds it back; nil when nobody does.
        package let hold: String?

        /// `{"deposit","node","payer","amount","state",…}` for people.
        package var json: JSON {
            var object = JSONObject([
                ("deposit", JSON(deposit.text)), ("node", JSON(node)), ("payer", JSON(payer)),
                ("amount", JSON(amount: amount)), ("state", JSON(state.rawValue)),
                ("reason", JSON(reason)), ("since", JSON(since.rfc3339)),
                ("approvalsNeeded", JSON(Int64(approvalsNeeded))),
                ("approvedBy", .array(approvedBy.map { JSON($0) })),
            ])
            if let hold { object["hold"] = JSON(hold) }
            return .object(object)
        }
    }

    static func refundKey(_ deposit: Digest) -> String { "refund:\(deposit.text)" }

    /// Whether a deposit is on its way back, or there: no application can rest on it any more.
    static func isLeaving(_ deposit: Digest, _ connection: Connection) throws -> Bool {
        try connection.first(
            "SELECT 1 FROM refunds WHERE deposit = ? AND state IN ('requested', 'paid')",
            [.text(deposit.text)]
        ) { _ in true } ?? false
    }

    // MARK: - Reading

    private static let refundColumns = """
        r.deposit, r.node, r.payer, r.amount, r.state, r.reason, r.approvals, r.since,
            (SELECT reason FROM refund_holds h WHERE h.deposit = r.deposit)
        """

    static func refund(_ deposit: Digest, _ connection: Connection) throws -> RefundRow? {
        try connection.first(
            "SELECT \(refundColumns) FROM refunds r WHERE r.deposit = ?", [.text(deposit.text)]
        ) { try read($0, connection) }
    }

    /// In the order of the deposits' ids.
    static func refunds(
        in states: [RefundState], after last: Digest? = nil, limit: Int = .max,
        _ connection: Connection
    ) throws -> [RefundRow] {
        let list = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try connection.query(
            "SELECT \(refundColumns) FROM refunds r WHERE r.state IN (\(list)) AND r.deposit > ? "
                + "ORDER BY r.deposit LIMIT ?",
            [.text(last?.text ?? ""), .integer(Int64(limit))]
        ) { try read($0, connection) }
    }

    private static func read(_ row: Row, _ connection: Connection) throws -> RefundRow {
        let deposit = row.text(0)
        guard let state = RefundState(rawValue: row.text(4)), let amount = UInt64(row.text(3))
        else { throw StorageError(.corrupt, "the refund of deposit \(deposit) cannot be read") }
        let approvedBy = try connection.query(
            "SELECT operator FROM refund_approvals WHERE deposit = ? ORDER BY given, operator",
            [.text(deposit)]
        ) { $0.text(0) }
        return RefundRow(
            deposit: try Digest(hexadecimal: deposit), node: row.text(1), payer: row.text(2),
            amount: amount, state: state, reason: row.text(5),
            approvalsNeeded: Int(row.int(6)), since: Instant(milliseconds: row.int(7)),
            approvedBy: approvedBy, hold: row.optionalText(8))
    }

    static func refundHold(_ deposit: Digest, _ connection: Connection) throws -> String? {
        try connection.first(
            "SELECT reason FROM refund_holds WHERE deposit = ?", [.text(deposit.text)]
        ) { $0.text(0) }
    }

    /// Every application of the deposit's node that names it, with the answer it got. A renewal is
    /// one more answer to its application, under whose digest its credential admits the node.
    static func uses(of deposit: LedgerDeposit, _ connection: Connection) throws -> [DepositUse] {
        try connection.query(
            """
            SELECT coalesce(a.renews, a.digest), coalesce(o.jws, a.jws), i.credential, s.state
            FROM applications a
            LEFT JOIN applications o ON o.digest = a.renews
            LEFT JOIN issuances i ON i.application = a.digest
            LEFT JOIN credential_states s ON s.jti = i.jti WHERE a.node = ?
            """, [.text(deposit.node)]
        ) { row -> DepositUse? in
            let claims = try JSON.parse(JWS(row.text(1)).payload)
            let named = claims["qualifications"]?["deposits"]?.arrayValue ?? []
            guard named.contains(JSON(deposit.id.text)) else { return nil }
            return DepositUse(
                application: try Digest(hexadecimal: row.text(0)),
                answer: try answer(row.optionalText(2), state: row.optionalText(3)))
        }.compactMap(\.self)
    }

    /// A suspended credential may be good again; a revoked one never is.
    private static func answer(
        _ credential: String?, state: String?
    ) throws -> DepositUse.Answer {
        guard let credential else { return .open }
        let claims = try Credential(credential).claims
        guard claims.consent.isGranted else { return .refused }
        return .consented(
            jti: claims.id, until: claims.validity.until,
            isRevoked: state == CredentialState.revoked.rawValue)
    }
}
