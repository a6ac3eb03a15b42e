import Cryptography
import Encoding
import Ledger

/// One vote as the gateway remembers it.
struct Vote: Sendable, Equatable {
    enum State: String, Sendable {
        /// Recorded; the ledger may or may not have it yet.
        case pending
        /// In a block that the representatives agreed on; `code` says whether it was applied.
        case committed
        /// In no block, and no later block can take it.
        case void
    }

    let id: Digest
    /// The compact JWS, byte for byte.
    let transaction: String
    /// `did:key` of the account.
    let account: String
    let sequence: Int64
    let notAfter: Instant
    /// Votes by which it may raise what the account has cast; 0 for one that only withdraws.
    let charge: Int64
    let state: State
    let height: Int64?
    let code: String?
    let detail: String?
    /// The ledger node's receipt, byte for byte; there when committed.
    let receipt: [UInt8]?

    var json: JSON {
        var members: [(String, JSON)] = [
            ("id", JSON(id.text)), ("state", JSON(state.rawValue)), ("account", JSON(account)),
        ]
        if let height { members.append(("height", JSON(height))) }
        if let code { members.append(("code", JSON(code))) }
        if let detail { members.append(("detail", JSON(detail))) }
        if let receipt, let json = try? JSON.parse(receipt, limits: Self.receiptLimits) {
            members.append(("receipt", json))
        }
        if state == .pending {
            members.append(("lookUp", JSON("/v1/votes/\(id.text)")))
            members.append(
                (
                    "detail",
                    JSON(
                        "The ledger has not told the outcome yet. Look it up, or send the same "
                            + "again: it counts once at most.")
                ))
        }
        return .object(JSONObject(members))
    }

    static let receiptLimits = JSONLimits(
        byteCountMaximum: Limits.ledgerAnswerByteCountMaximum,
        valueCountMaximum: Limits.receiptValueCountMaximum)

    /// What anybody may know of it: while it is pending, not whose it is.
    var publicJSON: JSON {
        guard state == .pending, var members = json.objectValue else { return json }
        members["account"] = nil
        return .object(members)
    }
}

extension Vote {
    init(pending transaction: Transaction, _ changes: [VoteChange]) {
        id = transaction.id
        self.transaction = transaction.jws.compact
        account = transaction.sender.text
        sequence = Int64(clamping: transaction.sequence)
        notAfter = transaction.notAfter
        // The ledger holds the allowance against the sum, so the order of the lines is nothing.
        let sum = changes.reduce(Int64(0)) { sum, change in
            let (next, overflow) = sum.addingReportingOverflow(change.votes)
            return overflow ? .max : next
        }
        charge = max(0, sum)
        state = .pending
        height = nil
        code = nil
        detail = nil
        receipt = nil
    }
}

extension Vote {
    /// By how much votes may raise what an account has cast.
    static func charge(of votes: [Vote]) -> Int64 {
        votes.reduce(0) { sum, vote in
            guard vote.state == .pending || vote.code == ResultCode.ok.rawValue else { return sum }
            let (next, overflow) = sum.addingReportingOverflow(vote.charge)
            return overflow ? .max : next
        }
    }

    /// One of an account's votes in flight, for the account itself.
    var details: JSON {
        var changes: [JSON] = []
        if case .vote(let list)? = (try? Transaction(compact: transaction))?.body {
            changes = list.map {
                ["candidate": JSON($0.candidate.text), "votes": JSON($0.votes)]
            }
        }
        return [
            "id": JSON(id.text), "state": JSON(state.rawValue), "sequence": JSON(sequence),
            "notAfter": JSON(notAfter.rfc3339), "changes": .array(changes),
        ]
    }

    /// The same vote with its outcome.
    func settled(
        _ state: State, height: Int64?, code: String, detail: String, receipt: [UInt8]?
    ) -> Vote {
        Vote(
            id: id, transaction: transaction, account: account, sequence: sequence,
            notAfter: notAfter, charge: charge, state: state, height: height, code: code,
            detail: detail, receipt: receipt)
    }
}

/// An account as a ledger node told it last.
struct Mirror: Sendable, Equatable {
    let account: String
    let allowance: Int64
    let cast: Int64
    /// The number that the account's next transaction takes.
    let sequence: Int64
    let height: Int64

    /// - Throws: `FormatError` when the node's answer is not of that shape.
    init(_ json: JSON, account: String) throws(FormatError) {
        var fields = try Fields(json, "account")
        self.account = try fields.string("account")
        allowance = try fields.int64("allowance")
        cast = try fields.int64("cast")
        sequence = try fields.int64("sequence")
        height = try fields.int64("height")
        fields.skipRest()
        guard self.account.hasSameBytes(as: account), allowance >= 0, cast >= 0 else {
            throw fields.error("account", "is not what was asked for")
        }
    }

    init(account: String, allowance: Int64, cast: Int64, sequence: Int64, height: Int64) {
        self.account = account
        self.allowance = allowance
        self.cast = cast
        self.sequence = sequence
        self.height = height
    }

    /// Votes left when so many are in flight, never below 0.
    func remaining(inFlight: Int64) -> Int64 {
        // Both are within 0...Int64.max, so the differences are in range.
        max(0, max(0, allowance - cast) - inFlight)
    }

    /// What anybody is told: the ledger's own figures.
    var json: JSON {
        [
            "account": JSON(account), "allowance": JSON(allowance), "cast": JSON(cast),
            "remaining": JSON(remaining(inFlight: 0)), "sequence": JSON(sequence),
            "height": JSON(height),
        ]
    }

    /// What the account itself is told: with its votes in flight, and the number that its next
    /// transaction takes after them.
    /// - Parameter votes: those that the mirror does not know yet, by their numbers.
    func json(after votes: [Vote]) -> JSON {
        var next = sequence
        for vote in votes where vote.sequence == next && next < .max { next += 1 }
        let charge = Vote.charge(of: votes)
        var members = json.objectValue ?? JSONObject([])
        members["remaining"] = JSON(remaining(inFlight: charge))
        members["inFlight"] = JSON(charge)
        members["nextSequence"] = JSON(next)
        members["votesInFlight"] = .array(
            votes.filter { $0.state == .pending }.map(\.details))
        return .object(members)
    }
}
