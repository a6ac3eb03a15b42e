package import Credentials
package import Cryptography
package import Encoding

/// A fact that an auditor looked for.
package enum Fact<Value: Sendable>: Sendable {
    case present(Value)
    /// Not there, and why: not given, unreachable, refused, about somebody else.
    case absent(reason: String)

    package var value: Value? {
        switch self {
        case .present(let value): value
        case .absent: nil
        }
    }

    package var reasonOfAbsence: String? {
        switch self {
        case .present: nil
        case .absent(let reason): reason
        }
    }
}

/// How a node's device met a challenge, by the auditor's own clock.
package struct DeviceEvidence: Sendable, Hashable {
    /// Whether the answer was right and in time.
    package let answered: Bool
    /// From sending the challenge to having the answer.
    package let milliseconds: Int64
    /// Signatures asked for and made.
    package let signatures: Int64
    package let memoryMebibytes: Int64

    /// Signatures per second over the whole exchange, network included.
    package var signaturesPerSecond: Int64 {
        guard answered else { return 0 }
        return signatures * 1000 / max(1, milliseconds)
    }

    /// - Parameter faults: what `DeviceChallenge.check` found.
    package init(challenge: DeviceChallenge, faults: [CredentialError], milliseconds: Int64) {
        answered = faults.isEmpty && milliseconds <= challenge.deadlineMilliseconds
        self.milliseconds = max(0, milliseconds)
        signatures = Int64(challenge.signatures)
        memoryMebibytes = Int64(challenge.memoryMebibytes)
    }
}

/// A deposit as a ledger node showed it at a committed height.
package struct DepositEvidence: Sendable, Hashable {
    package let id: Digest
    package let amount: UInt64
    /// The did:key of the account that paid.
    package let account: String
    /// The did:key of the node it is for.
    package let node: String
    /// The auditor it was paid to.
    package let auditor: String
    /// `held` while it is locked.
    package let state: String
    package let height: UInt64

    package init(
        id: Digest, amount: UInt64, account: String, node: String, auditor: String, state: String,
        height: UInt64
    ) {
        self.id = id
        self.amount = amount
        self.account = account
        self.node = node
        self.auditor = auditor
        self.state = state
        self.height = height
    }
}

/// Everything one auditor gathered about one application.
package struct Evidence: Sendable {
    package var device: Fact<DeviceEvidence>
    package var deposit: Fact<DepositEvidence>
    /// A statement whose signature and time were checked.
    package var credit: Fact<CreditStatement>

    package init(
        device: Fact<DeviceEvidence>, deposit: Fact<DepositEvidence>,
        credit: Fact<CreditStatement>
    ) {
        self.device = device
        self.deposit = deposit
        self.credit = credit
    }

    /// The facts as policies see them under `evidence`. What is absent is an absent member. Numbers
    /// are integers here, times RFC 3339 text.
    package var facts: JSON {
        var members: [(String, JSON)] = []
        if let device = device.value { members.append(("device", device.json)) }
        if let deposit = deposit.value { members.append(("deposit", deposit.facts)) }
        if let credit = credit.value { members.append(("credit", credit.facts)) }
        return .object(JSONObject(members))
    }
}

extension Evidence {
    /// The same evidence, without what is about another node, account, auditor or time: a policy
    /// may forget to compare them.
    func relevant(to application: Application, issuer: String, at now: Instant) -> Evidence {
        var evidence = self
        if let deposit = deposit.value,
            let fault = deposit.fault(for: application, issuer: issuer)
        {
            evidence.deposit = .absent(reason: fault)
        }
        if let credit = credit.value {
            if !credit.account.hasSameBytes(as: application.account) {
                evidence.credit = .absent(reason: "the statement is about \(credit.account)")
            } else if !credit.validity.contains(now) {
                evidence.credit = .absent(
                    reason: "the statement is good from \(credit.validity.from.rfc3339) to "
                        + "\(credit.validity.until.rfc3339)")
            }
        }
        return evidence
    }

    /// Why the part of the evidence with this path is not there.
    func reasonOfAbsence(of path: String) -> String? {
        func isUnder(_ name: String) -> Bool {
            path.hasSameBytes(as: "evidence.\(name)")
                || path.utf8.starts(with: "evidence.\(name).".utf8)
        }
        if isUnder("device") { return device.reasonOfAbsence }
        if isUnder("deposit") { return deposit.reasonOfAbsence }
        if isUnder("credit") { return credit.reasonOfAbsence }
        return nil
    }
}

extension DeviceEvidence {
    /// The members a policy sees and a credential shows.
    var json: JSON {
        [
            "answered": .bool(answered), "milliseconds": JSON(milliseconds),
            "signaturesPerSecond": JSON(signaturesPerSecond), "signatures": JSON(signatures),
            "memoryMebibytes": JSON(memoryMebibytes),
        ]
    }
}

extension DepositEvidence {
    var facts: JSON {
        [
            "id": .string(id.text), "amount": JSON(amount), "account": .string(account),
            "node": .string(node), "auditor": .string(auditor), "state": .string(state),
            "height": JSON(height),
        ]
    }

    var held: HeldDeposit { HeldDeposit(id: id, amount: amount, account: account) }

    /// Why this deposit is none for the application; nil when it is one.
    func fault(for application: Application, issuer: String) -> String? {
        if !application.qualifications.deposits.contains(id) {
            return "deposit \(id) is not named in the application"
        }
        if !node.hasSameBytes(as: application.node) { return "deposit \(id) is for node \(node)" }
        if !auditor.hasSameBytes(as: issuer) { return "deposit \(id) was paid to \(auditor)" }
        if !account.hasSameBytes(as: application.account) {
            return "deposit \(id) was paid by \(account), the application names another account"
        }
        if !state.hasSameBytes(as: "held") { return "deposit \(id) is \(state), not held" }
        return nil
    }
}

extension CreditStatement {
    var facts: JSON {
        [
            "score": JSON(score), "source": .string(source),
            "issuedAt": .string(validity.from.rfc3339),
            "expires": .string(validity.until.rfc3339),
        ]
    }

    /// The form in a credential: the score is a string there.
    var qualification: JSON {
        [
            "score": .string(String(score)), "source": .string(source),
            "issuedAt": .string(validity.from.rfc3339),
            "expires": .string(validity.until.rfc3339),
        ]
    }
}
