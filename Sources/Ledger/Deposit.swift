package import Cryptography
package import Encoding

/// An amount locked for one auditor and one node.
package struct Deposit: Sendable, Hashable {
    package enum State: String, Sendable {
        case held, refunded
    }

    /// Id of the `deposit.pay`.
    package let id: Digest
    /// Issuer URL of the auditor.
    package let auditor: String
    package let node: Identity
    package let payer: Identity
    package let amount: UInt64
    /// Height of the block that took the payment.
    package let height: UInt64
    package var state: State
    /// Height of the block that paid it back.
    package var refundedAt: UInt64?

    package init(
        id: Digest, auditor: String, node: Identity, payer: Identity, amount: UInt64,
        height: UInt64
    ) {
        self.id = id
        self.auditor = auditor
        self.node = node
        self.payer = payer
        self.amount = amount
        self.height = height
        state = .held
        refundedAt = nil
    }

    /// `{"id","auditor","node","account","amount","height","state","refundedAt"?}`; `account` is
    /// the payer.
    package var json: JSON {
        var object = JSONObject([
            ("id", .string(id.text)), ("auditor", .string(auditor)),
            ("node", .string(node.text)), ("account", .string(payer.text)),
            ("amount", .string(String(amount))), ("height", .number(JSONNumber(height))),
            ("state", .string(state.rawValue)),
        ])
        if let refundedAt { object["refundedAt"] = .number(JSONNumber(refundedAt)) }
        return .object(object)
    }

    init(_ json: JSON) throws {
        var fields = try Fields(json, "deposit")
        id = try fields.digest("id")
        auditor = try fields.string("auditor")
        node = try fields.identity("node")
        payer = try fields.identity("account")
        amount = try fields.amount("amount")
        height = try fields.uint64("height")
        guard let state = State(rawValue: try fields.string("state")) else {
            throw LedgerError(.records, "deposit \(id.text) has an unknown state")
        }
        self.state = state
        refundedAt = try fields.optionalUInt64("refundedAt")
        try fields.end()
    }
}
