import Credentials
import Cryptography
import Encoding

/// A deposit paid in the story; accounts and auditors by name.
struct DemoDeposit: Sendable {
    /// Id of the `deposit.pay`.
    let id: String
    let auditor: String
    let node: String
    let payer: String
    let amount: UInt64
    /// The block that took the payment.
    let height: UInt64
}

/// What came of one node's application.
struct DemoApplicant: Sendable {
    let node: DemoNode
    let did: String
    /// Digest of the application.
    let application: String
    let verdicts: [AuditorReply]
    let isQuorumMet: Bool
    let bundle: Bundle
    /// What the ledger answered to its `candidate.add`.
    var admission: TransactionOutcome?

    /// `{"name","role","node","application","verdicts","quorum","bundle","validUntil",
    /// "admission"}`.
    func json(name: (String) -> String) -> JSON {
        [
            "name": JSON(node.name), "role": JSON(node.role.rawValue), "about": JSON(node.summary),
            "node": JSON(did), "application": JSON(application),
            "verdicts": .array(
                verdicts.map { verdict in
                    [
                        "auditor": JSON(name(verdict.issuer)), "issuer": JSON(verdict.issuer),
                        "outcome": JSON(verdict.outcome), "reason": JSON(verdict.reason),
                    ]
                }),
            "quorum": JSON(isQuorumMet), "bundle": JSON(bundle.jws.compact),
            "validUntil": JSON(bundle.expires.rfc3339), "admission": admission?.json ?? .null,
        ]
    }
}

/// An election as a node tells it, with names in place of dids.
struct DemoElection: Sendable {
    struct Rank: Sendable {
        let name: String
        let votes: UInt64
        let isEligible: Bool
        let reason: String?
    }

    let number: UInt64
    let height: UInt64
    let actsFrom: UInt64
    let ranking: [Rank]
    let seats: [String]
    let representatives: [String]
    let note: String?

    /// Reads `GET /v1/elections/{n}`.
    init(_ json: JSON, name: (String) -> String) {
        func names(_ member: String) -> [String] {
            (json[member]?.arrayValue ?? []).compactMap(\.stringValue).map(name)
        }
        number = json["n"]?.uint64Value ?? 0
        height = json["height"]?.uint64Value ?? 0
        actsFrom = json["actsFrom"]?.uint64Value ?? height + 2
        ranking = (json["ranking"]?.arrayValue ?? []).map { line in
            Rank(
                name: name(line["node"]?.stringValue ?? "?"),
                votes: line["votes"]?.uint64Value ?? 0,
                isEligible: line["eligible"]?.boolValue ?? false,
                reason: line["reason"]?.stringValue)
        }
        seats = names("seats")
        representatives = names("representatives")
        note = json["note"]?.stringValue
    }

    /// `{"n","height","actsFrom","ranking","seats","representatives","note"?}`.
    var json: JSON {
        var object = JSONObject([
            ("n", JSON(number)), ("height", JSON(height)), ("actsFrom", JSON(actsFrom)),
            (
                "ranking",
                .array(
                    ranking.map { rank in
                        [
                            "name": JSON(rank.name), "votes": JSON(rank.votes),
                            "eligible": JSON(rank.isEligible),
                            "reason": rank.reason.map { JSON($0) } ?? .null,
                        ]
                    })
            ),
            ("seats", .array(seats.map { JSON($0) })),
            ("representatives", .array(representatives.map { JSON($0) })),
        ])
        if let note { object["note"] = JSON(note) }
        return .object(object)
    }
}

/// A deposit that went back.
struct DemoRefund: Sendable {
    let deposit: DemoDeposit
    let outcome: TransactionOutcome

    /// `{"deposit","node","auditor","payer","amount","transaction"}`.
    var json: JSON {
        [
            "deposit": JSON(deposit.id), "node": JSON(deposit.node),
            "auditor": JSON(deposit.auditor), "payer": JSON(deposit.payer),
            "amount": JSON(amount: deposit.amount), "transaction": outcome.json,
        ]
    }
}
