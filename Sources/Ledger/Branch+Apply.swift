internal import Credentials
internal import Cryptography
internal import Encoding

extension Branch {
    /// Gate three: applies an includable transaction. Refused or not, its sender's number is used
    /// up; a refused one changes nothing else.
    mutating func apply(_ transaction: Transaction, index: UInt64) -> TransactionResult {
        keep()
        guard var sender = payer(of: transaction) else {
            // Gate two knows the account; without one there is no number to use up.
            return TransactionResult(.insufficientBalance, "\(transaction.sender) has no account")
        }
        // Gate one keeps numbers below 2^53, so this cannot overflow.
        sender.sequence += 1
        write(transaction.sender, sender)
        keep()
        do {
            try perform(transaction, index: index)
            return .ok
        } catch {
            takeBack()
            return TransactionResult(error.code, error.detail)
        }
    }

    private mutating func perform(
        _ transaction: Transaction, index: UInt64
    ) throws(Refusal) {
        try obeyContracts(transaction)
        let sender = transaction.sender
        switch transaction.body {
        case .transfer(let to, let amount):
            try take(amount, from: sender)
            try give(amount, to: to)
        case .depositPay(let auditor, let node, let amount):
            try payDeposit(
                Deposit(
                    id: transaction.id, auditor: auditor, node: node, payer: sender,
                    amount: amount, height: height))
        case .depositRefund(let id):
            try refundDeposit(id, sender: sender)
        case .candidateAdd(let entries):
            for (position, entry) in entries.enumerated() {
                let place = Registration(
                    height: height, index: index, position: UInt64(position))
                try addCandidate(entry, place)
            }
        case .candidateRemove(let node):
            try removeCandidate(node, sender: sender)
        case .voterEnroll(let account, let allowance):
            try enroll(account, allowance: allowance, sender: sender)
        case .vote(let changes):
            try vote(changes, sender: sender)
        case .data:
            break
        case .parametersUpdate(let update):
            try updateParameters(update)
        case .candidateRenew(let node, let bundle):
            try renewCandidate(node, bundle: bundle)
        case .credentialRevoke(let revocation):
            try revoke(revocation, sender: sender)
        case .auditorRotate(let rotation):
            try rotate(rotation, transaction.id, sender: sender)
        case .auditorSetUpdate(let update):
            try updateAuditorSet(update, transaction.id)
        case .evidence(let evidence):
            try prove(evidence, transaction.id)
        }
    }

    mutating func take(_ amount: UInt64, from identity: Identity) throws(Refusal) {
        guard var account = account(identity), account.balance >= amount else {
            throw Refusal(
                .insufficientBalance,
                "\(identity) has \(self.account(identity)?.balance ?? 0), \(amount) is needed")
        }
        account.balance -= amount
        write(identity, account)
    }

    /// Opens the account when there is none.
    mutating func give(_ amount: UInt64, to identity: Identity) throws(Refusal) {
        var account = account(identity) ?? Account()
        let (sum, overflow) = account.balance.addingReportingOverflow(amount)
        guard !overflow else {
            throw Refusal(.balanceOverflow, "the balance of \(identity) would reach 2^64")
        }
        account.balance = sum
        write(identity, account)
    }
}

extension Branch {
    private mutating func payDeposit(_ deposit: Deposit) throws(Refusal) {
        guard base.auditor(deposit.auditor) != nil else {
            throw Refusal(
                .unknownAuditor, "no auditor of the auditor set has this issuer URL")
        }
        try take(deposit.amount, from: deposit.payer)
        write(deposit)
    }

    private mutating func refundDeposit(
        _ id: Digest, sender: Identity
    ) throws(Refusal) {
        guard var deposit = deposit(id) else {
            throw Refusal(.unknownDeposit, "no deposit.pay has the id \(id.text)")
        }
        guard let auditor = base.auditor(deposit.auditor),
            auditor.account.hasSameBytes(as: sender.text)
        else {
            throw Refusal(
                .notAuditor,
                "only the ledger account of \(deposit.auditor) sends this deposit back")
        }
        guard deposit.state == .held else {
            throw Refusal(
                .alreadyRefunded,
                "deposit \(id.text) was paid back in block \(deposit.refundedAt ?? 0)")
        }
        try checkNotOnHold(deposit)
        let status = status(of: deposit.node)
        guard status == .ordinary else {
            throw Refusal(
                .nodeNotOrdinary,
                "\(deposit.node) is a \(status.rawValue); a deposit goes back once the node is "
                    + "ordinary again")
        }
        deposit.state = .refunded
        deposit.refundedAt = height
        write(deposit)
        try give(deposit.amount, to: deposit.payer)
    }

    /// What a node is while this block is executed. A set decided one block ago acts from the next
    /// block and counts already.
    func status(of node: Identity) -> NodeStatus {
        let acts = base.representatives(at: height).contains(node)
        if acts || base.representatives(at: height + 1).contains(node) { return .representative }
        return candidate(node)?.state == .listed ? .candidate : .ordinary
    }
}

/// What a node is on the ledger.
package enum NodeStatus: String, Sendable {
    case ordinary, candidate, representative
}
