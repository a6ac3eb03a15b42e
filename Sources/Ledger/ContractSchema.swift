internal import Policies

/// What the rules of a contract see. Every rule sees
///
/// | name | members |
/// | --- | --- |
/// | `transaction` | `id`, `type`, `sender`: string; `sequence`, `byteCount`: int; `notAfter`: timestamp; `body` |
/// | `sender` | an account |
/// | `block` | `height`: int; `time`: timestamp, of the block the transaction stands in |
///
/// and, by the type of its transaction,
///
/// | type | `transaction.body` | touched records |
/// | --- | --- | --- |
/// | `transfer` | `to`: string; `amount`: uint | `recipient`: an account |
/// | `deposit.pay` | `auditor`, `node`: string; `amount`: uint | `node`: a node |
/// | `deposit.refund` | `deposit`: string | `deposit`: a deposit; `node`: the node it is for |
/// | `candidate.add` | `candidates`: list of {`node`, `endpoint`: string} | `nodes`: list of nodes, in the same order |
/// | `candidate.renew` | `node`: string | `node`: a node |
/// | `candidate.remove` | `node`: string | `node`: a node |
/// | `voter.enroll` | `account`: string; `allowance`: int | `voter`: an account |
/// | `vote` | `changes`: list of {`candidate`: string; `votes`: int, negative to withdraw} | `candidates`: list of nodes, in the same order |
/// | `data` | `content`: string | |
///
/// where
///
/// | record | members |
/// | --- | --- |
/// | account | `account`, `status`: string; `exists`: bool; `balance`: uint; `sequence`, `allowance`, `cast`, `remaining`: int |
/// | node | `node`, `status` (ordinary, candidate, representative), `state` (none, listed, lapsed, removed), `endpoint`: string; `votes`, `registered` (height): int; `validUntil`: timestamp |
/// | deposit | `deposit`, `auditor`, `node`, `account`, `state` (none, held, refunded): string; `amount`: uint; `height`: int |
///
/// All are as they stand before the transaction is applied; the sender's `sequence` is the next
/// one. What is not there has empty strings, zeros, and the state `none`. Amounts are uint: write
/// `1000u`, or compare them with an int.
enum ContractSchema {
    /// The types of transactions that contracts can be about. `parameters.update` is none of them:
    /// its rule is the quorum, and a contract that refused it could never be taken back. Nor are
    /// those of the auditors (`credential.revoke`, `auditor.rotate`, `auditorset.update`): nobody
    /// keeps an auditor from taking back what it said, or a stolen key in force. Nor is `evidence`:
    /// nobody keeps an offence from being proven.
    static let transactionTypes = [
        "transfer", "deposit.pay", "deposit.refund", "candidate.add", "candidate.renew",
        "candidate.remove", "voter.enroll", "vote", "data",
    ]

    /// What the rules for one type of transaction are checked against; nil for a type there is not.
    static func environment(for type: String) -> Environment? {
        guard let (body, records) = parts(of: type) else { return nil }
        let transaction = DeclaredType.object(
            "transaction",
            [
                ("id", digest), ("type", name), ("sender", did), ("sequence", .int),
                ("byteCount", .int), ("notAfter", .timestamp), ("body", .object("body", body)),
            ])
        let block = DeclaredType.object("block", [("height", .int), ("time", .timestamp)])
        return Environment(
            contract: [("transaction", transaction), ("sender", account), ("block", block)]
                + records)
    }

    private typealias Members = [(name: String, type: DeclaredType)]

    private static func parts(of type: String) -> (body: Members, records: Members)? {
        switch type {
        case "transfer":
            return ([("to", did), ("amount", .uint)], [("recipient", account)])
        case "deposit.pay":
            return ([("auditor", address), ("node", did), ("amount", .uint)], [("node", node)])
        case "deposit.refund":
            return ([("deposit", digest)], [("deposit", deposit), ("node", node)])
        case "candidate.add":
            let entry = DeclaredType.object("entry", [("node", did), ("endpoint", address)])
            let count = Limits.candidatesPerTransactionMaximum
            return (
                [("candidates", .list(entry, maximumCount: count))],
                [("nodes", .list(node, maximumCount: count))]
            )
        case "candidate.remove", "candidate.renew":
            return ([("node", did)], [("node", node)])
        case "voter.enroll":
            return ([("account", did), ("allowance", .int)], [("voter", account)])
        case "vote":
            let change = DeclaredType.object("change", [("candidate", did), ("votes", .int)])
            let count = Limits.changesPerVoteMaximum
            return (
                [("changes", .list(change, maximumCount: count))],
                [("candidates", .list(node, maximumCount: count))]
            )
        case "data":
            return ([("content", .string(maximumByteCount: Limits.dataByteCountMaximum))], [])
        default:
            return nil
        }
    }

    private static let did = DeclaredType.string(
        maximumByteCount: Limits.identityByteCountMaximum)
    private static let address = DeclaredType.string(
        maximumByteCount: Limits.addressByteCountMaximum)
    private static let digest = DeclaredType.string(maximumByteCount: 64)
    private static let name = DeclaredType.string(maximumByteCount: 32)

    private static let account = DeclaredType.object(
        "account",
        [
            ("account", did), ("status", name), ("exists", .bool), ("balance", .uint),
            ("sequence", .int), ("allowance", .int), ("cast", .int), ("remaining", .int),
        ])
    private static let node = DeclaredType.object(
        "node",
        [
            ("node", did), ("status", name), ("state", name), ("endpoint", address),
            ("votes", .int), ("registered", .int), ("validUntil", .timestamp),
        ])
    private static let deposit = DeclaredType.object(
        "deposit",
        [
            ("deposit", digest), ("auditor", address), ("node", did), ("account", did),
            ("state", name), ("amount", .uint), ("height", .int),
        ])
}
