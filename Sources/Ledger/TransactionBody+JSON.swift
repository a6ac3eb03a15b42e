internal import Cryptography
package import Encoding

extension TransactionBody {
    /// The member `body` of the payload.
    package var json: JSON {
        switch self {
        case .transfer(let to, let amount):
            ["to": .string(to.text), "amount": .string(String(amount))]
        case .depositPay(let auditor, let node, let amount):
            [
                "auditor": .string(auditor), "node": .string(node.text),
                "amount": .string(String(amount)),
            ]
        case .depositRefund(let deposit):
            ["deposit": .string(deposit.text)]
        case .candidateAdd(let entries):
            ["candidates": .array(entries.map(\.json))]
        case .candidateRemove(let node):
            ["node": .string(node.text)]
        case .voterEnroll(let account, let allowance):
            ["account": .string(account.text), "allowance": .number(JSONNumber(allowance))]
        case .vote(let changes):
            ["changes": .array(changes.map(\.json))]
        case .data(let content):
            ["content": .string(content)]
        case .parametersUpdate(let update):
            update.json
        case .candidateRenew(let node, let bundle):
            ["node": .string(node.text), "bundle": .string(bundle)]
        case .credentialRevoke(let revocation):
            revocation.json
        case .auditorRotate(let rotation):
            ["rotation": .string(rotation)]
        case .auditorSetUpdate(let update):
            update.json
        case .evidence(let evidence):
            evidence.json
        }
    }

    /// Reads `body` of the given `type`: shape alone, no state.
    init(type: String, _ fields: inout Fields) throws(LedgerError) {
        do {
            self = try Self.read(type: type, &fields)
            try fields.end()
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.shape, "\(type): \(error)")
        }
    }

    private static func read(type: String, _ fields: inout Fields) throws -> TransactionBody {
        switch type {
        case "transfer":
            return .transfer(
                to: try fields.owner("to"), amount: try fields.positiveAmount("amount"))
        case "deposit.pay":
            return .depositPay(
                auditor: try fields.string(
                    "auditor", maximumByteCount: Limits.addressByteCountMaximum),
                node: try fields.owner("node"), amount: try fields.positiveAmount("amount"))
        case "deposit.refund":
            return .depositRefund(deposit: try fields.digest("deposit"))
        case "candidate.add":
            return .candidateAdd(try candidates(&fields))
        case "candidate.remove":
            return .candidateRemove(node: try fields.identity("node"))
        case "voter.enroll":
            let account = try fields.owner("account")
            let allowance = try fields.uint64("allowance")
            guard allowance <= Limits.allowanceMaximum else {
                throw LedgerError(.shape, "an allowance is at most \(Limits.allowanceMaximum)")
            }
            return .voterEnroll(account: account, allowance: allowance)
        case "vote":
            return .vote(try changes(&fields))
        case "data":
            return .data(
                content: try fields.string(
                    "content", maximumByteCount: Limits.dataByteCountMaximum))
        case "parameters.update":
            return .parametersUpdate(try ParametersUpdate(&fields))
        default:
            return try readAuditing(type: type, &fields)
        }
    }

    /// The types that keep candidacies and the auditors behind them going.
    private static func readAuditing(
        type: String, _ fields: inout Fields
    ) throws -> TransactionBody {
        switch type {
        case "candidate.renew":
            return .candidateRenew(
                node: try fields.identity("node"),
                bundle: try fields.string(
                    "bundle", maximumByteCount: Limits.bundleByteCountMaximum))
        case "credential.revoke":
            return .credentialRevoke(try CredentialRevocation(&fields))
        case "auditor.rotate":
            return .auditorRotate(
                rotation: try fields.string(
                    "rotation", maximumByteCount: Limits.auditorRotationByteCountMaximum))
        case "auditorset.update":
            return .auditorSetUpdate(try AuditorSetUpdate(&fields))
        case "evidence":
            return .evidence(try Evidence(&fields))
        default:
            throw LedgerError(
                .shape,
                "there is no transaction type of this name; known are transfer, "
                    + "deposit.pay, deposit.refund, candidate.add, candidate.renew, "
                    + "candidate.remove, voter.enroll, vote, data, parameters.update, "
                    + "credential.revoke, auditor.rotate, auditorset.update, evidence")
        }
    }

    private static func candidates(_ fields: inout Fields) throws -> [CandidateEntry] {
        let items = try fields.array(
            "candidates", maximumCount: Limits.candidatesPerTransactionMaximum)
        guard !items.isEmpty else {
            throw LedgerError(.shape, "candidate.add needs at least one candidate")
        }
        var entries: [CandidateEntry] = []
        for (index, item) in items.enumerated() {
            var fields = try Fields(item, "candidates[\(index)]")
            let entry = CandidateEntry(
                node: try fields.owner("node"),
                consensusKey: try fields.bytes("consensusKey", count: 32),
                proof: try fields.bytes("proof", count: 64),
                endpoint: try fields.string(
                    "endpoint", maximumByteCount: Limits.addressByteCountMaximum),
                bundle: try fields.string(
                    "bundle", maximumByteCount: Limits.bundleByteCountMaximum))
            try fields.end()
            guard !entries.contains(where: { $0.node == entry.node }) else {
                throw LedgerError(.shape, "\(entry.node) stands twice in one candidate.add")
            }
            entries.append(entry)
        }
        return entries
    }

    private static func changes(_ fields: inout Fields) throws -> [VoteChange] {
        let items = try fields.array("changes", maximumCount: Limits.changesPerVoteMaximum)
        guard !items.isEmpty else {
            throw LedgerError(.shape, "vote needs at least one change")
        }
        var changes: [VoteChange] = []
        for (index, item) in items.enumerated() {
            var fields = try Fields(item, "changes[\(index)]")
            let change = VoteChange(
                candidate: try fields.identity("candidate"), votes: try fields.int64("votes"))
            try fields.end()
            guard change.votes != 0, change.votes.magnitude <= Limits.allowanceMaximum else {
                throw LedgerError(
                    .shape,
                    "votes is an integer other than 0, at most "
                        + "\(Limits.allowanceMaximum) either way")
            }
            if let last = changes.last, !(last.candidate < change.candidate) {
                throw LedgerError(
                    .shape,
                    "the changes of a vote name each candidate once, sorted by the bytes "
                        + "of its did")
            }
            changes.append(change)
        }
        return changes
    }
}

extension CandidateEntry {
    var json: JSON {
        [
            "node": .string(node.text),
            "consensusKey": .string(Base64URL.encode(consensusKey)),
            "proof": .string(Base64URL.encode(proof)),
            "endpoint": .string(endpoint),
            "bundle": .string(bundle),
        ]
    }
}

extension VoteChange {
    var json: JSON {
        ["candidate": .string(candidate.text), "votes": .number(JSONNumber(votes))]
    }
}

extension Fields {
    mutating func identity(_ name: String) throws -> Identity {
        try Identity(
            did: try string(name, maximumByteCount: Limits.identityByteCountMaximum))
    }

    mutating func owner(_ name: String) throws -> Identity {
        try Identity(
            owner: try string(name, maximumByteCount: Limits.identityByteCountMaximum))
    }

    mutating func positiveAmount(_ name: String) throws -> UInt64 {
        let amount = try amount(name)
        guard amount > 0 else { throw LedgerError(.shape, "\(name) is more than 0") }
        return amount
    }
}
