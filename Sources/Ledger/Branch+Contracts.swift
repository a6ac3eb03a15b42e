internal import Cryptography
internal import Encoding
internal import Policies

extension Branch {
    /// Holds the contract rules of the network against a transaction, before it is applied.
    /// - Throws: `contract-refused`, naming the rule that is not true, or that cannot be judged.
    func obeyContracts(_ transaction: Transaction) throws(Refusal) {
        let contracts = base.parameters.contracts
        guard !contracts.isEmpty else { return }
        let rules = contracts.rules(for: transaction.body.type)
        guard !rules.isEmpty else { return }
        let inputs: [String: Value]
        do { inputs = try contractInputs(transaction) } catch {
            throw Refusal(.contractRefused, "what contracts see cannot be made: \(error.detail)")
        }
        var budget = contracts.budget
        for rule in rules {
            let evaluation = rule.expression.evaluate(inputs, budget: budget)
            budget -= evaluation.cost
            switch evaluation.result {
            case .success(.bool(true)):
                continue
            case .success(.bool(false)):
                throw Refusal(.contractRefused, "contract \(rule.id) refuses: \(rule.message)")
            case .success(let value):
                throw Refusal(
                    .contractRefused,
                    "contract \(rule.id) gives a \(value.typeName.rawValue), not true or false")
            case .failure(let error):
                throw Refusal(
                    .contractRefused,
                    "contract \(rule.id) cannot be judged and refuses: \(error.detail)")
            }
        }
    }

    /// The variables of `ContractSchema` for a transaction.
    func contractInputs(
        _ transaction: Transaction
    ) throws(EvaluationError) -> [String: Value] {
        let (body, records) = try contractParts(transaction.body)
        var inputs = records
        inputs["transaction"] = try .object([
            ("id", .string(Text(transaction.id.text))),
            ("type", .string(Text(transaction.body.type))),
            ("sender", Self.did(transaction.sender)), ("sequence", Self.int(transaction.sequence)),
            ("byteCount", .int(Int64(transaction.byteCount))),
            ("notAfter", try Self.moment(transaction.notAfter)), ("body", body),
        ])
        inputs["sender"] = try accountValue(transaction.sender)
        inputs["block"] = try .object([
            ("height", Self.int(height)), ("time", try Self.moment(time)),
        ])
        return inputs
    }

    private func contractParts(
        _ body: TransactionBody
    ) throws(EvaluationError) -> (body: Value, records: [String: Value]) {
        switch body {
        case .transfer(let to, let amount):
            return (
                try .object([("to", Self.did(to)), ("amount", .uint(amount))]),
                ["recipient": try accountValue(to)]
            )
        case .depositPay(let auditor, let node, let amount):
            let body = try Value.object([
                ("auditor", .string(Text(auditor))), ("node", Self.did(node)),
                ("amount", .uint(amount)),
            ])
            return (body, ["node": try nodeValue(node)])
        case .depositRefund(let id):
            return (
                try .object([("deposit", .string(Text(id.text)))]),
                ["deposit": try depositValue(id), "node": try nodeValue(self.deposit(id)?.node)]
            )
        case .candidateAdd(let entries):
            var candidates: [Value] = []
            var nodes: [Value] = []
            for entry in entries {
                candidates.append(
                    try .object([
                        ("node", Self.did(entry.node)), ("endpoint", .string(Text(entry.endpoint))),
                    ]))
                nodes.append(try nodeValue(entry.node))
            }
            return (try .object([("candidates", .list(candidates))]), ["nodes": .list(nodes)])
        case .candidateRemove(let node):
            return (try .object([("node", Self.did(node))]), ["node": try nodeValue(node)])
        case .voterEnroll(let account, let allowance):
            return (
                try .object([("account", Self.did(account)), ("allowance", Self.int(allowance))]),
                ["voter": try accountValue(account)]
            )
        case .vote(let changes):
            var list: [Value] = []
            var nodes: [Value] = []
            for change in changes {
                list.append(
                    try .object([
                        ("candidate", Self.did(change.candidate)), ("votes", .int(change.votes)),
                    ]))
                nodes.append(try nodeValue(change.candidate))
            }
            return (try .object([("changes", .list(list))]), ["candidates": .list(nodes)])
        case .data(let content):
            return (try .object([("content", .string(Text(content)))]), [:])
        case .candidateRenew(let node, _):
            return (try .object([("node", Self.did(node))]), ["node": try nodeValue(node)])
        case .parametersUpdate, .credentialRevoke, .auditorRotate, .auditorSetUpdate,
            .evidence:
            return (.map(.empty), [:])
        }
    }

    // MARK: Records

    private func accountValue(_ identity: Identity) throws(EvaluationError) -> Value {
        let found = self.account(identity)
        let account = found ?? Account()
        let cast = castVotes(of: account)
        return try .object([
            ("account", Self.did(identity)),
            ("status", .string(Text(status(of: identity).rawValue))),
            ("exists", .bool(found != nil)), ("balance", .uint(account.balance)),
            ("sequence", Self.int(account.sequence)), ("allowance", Self.int(account.allowance)),
            ("cast", Self.int(cast)),
            ("remaining", Self.int(account.allowance >= cast ? account.allowance - cast : 0)),
        ])
    }

    private func nodeValue(_ node: Identity?) throws(EvaluationError) -> Value {
        var candidate: Candidate?
        var status = NodeStatus.ordinary
        if let node {
            candidate = self.candidate(node)
            status = self.status(of: node)
        }
        return try .object([
            ("node", .string(Text(node?.text ?? ""))), ("status", .string(Text(status.rawValue))),
            ("state", .string(Text(candidate?.state.rawValue ?? "none"))),
            ("endpoint", .string(Text(candidate?.endpoint ?? ""))),
            ("votes", Self.int(candidate?.votes ?? 0)),
            ("registered", Self.int(candidate?.registered.height ?? 0)),
            ("validUntil", try Self.moment(candidate?.validUntil ?? Instant(seconds: 0))),
        ])
    }

    private func depositValue(_ id: Digest) throws(EvaluationError) -> Value {
        let deposit = self.deposit(id)
        return try .object([
            ("deposit", .string(Text(id.text))),
            ("auditor", .string(Text(deposit?.auditor ?? ""))),
            ("node", .string(Text(deposit?.node.text ?? ""))),
            ("account", .string(Text(deposit?.payer.text ?? ""))),
            ("state", .string(Text(deposit?.state.rawValue ?? "none"))),
            ("amount", .uint(deposit?.amount ?? 0)), ("height", Self.int(deposit?.height ?? 0)),
        ])
    }

    private static func did(_ identity: Identity) -> Value { .string(Text(identity.text)) }

    private static func int(_ number: UInt64) -> Value { .int(Int64(clamping: number)) }

    /// A time as contracts know it, which have the years 1 to 9999: what lies beyond counts as
    /// their first or last second.
    private static func moment(_ instant: Instant) throws(EvaluationError) -> Value {
        let seconds = instant.seconds
        let bounded = min(max(seconds, Limits.contractTimeMinimum), Limits.contractTimeMaximum)
        guard bounded == seconds else { return .timestamp(try Timestamp(seconds: bounded)) }
        let rest = Int32(truncatingIfNeeded: instant.milliseconds - seconds * 1000)
        return .timestamp(try Timestamp(seconds: seconds, nanoseconds: rest * 1_000_000))
    }
}
