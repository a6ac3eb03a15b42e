internal import Cryptography
package import Encoding

/// Gate two: whether a transaction may stand in a block.
package enum Inclusion: Sendable, Hashable {
    /// It may stand in the next block.
    case includable
    /// Its turn may come: the sender's number is still `expected`.
    case early(expected: UInt64)
    /// Never, or not any more.
    case refused(Reason, detail: String)

    package enum Reason: String, Sendable {
        case wrongNetwork = "wrong-network"
        case unknownAccount = "unknown-account"
        case sequenceUsed = "sequence-used"
        case sequenceTooFar = "sequence-too-far"
        case expired = "not-after-passed"
        case tooLong = "too-long"
    }
}

extension LedgerState {
    /// Whether a transaction belongs into the waiting room: what a block of `time` would say.
    /// `notAfter` passes when a block's time has reached it.
    package func check(_ transaction: VerifiedTransaction, at time: Instant) -> Inclusion {
        Branch(self, height: tip.height + 1, time: time).inclusion(of: transaction.transaction)
    }

    /// The same of each of many.
    package func check(
        _ transactions: [VerifiedTransaction], at time: Instant
    ) -> [Inclusion] {
        let branch = Branch(self, height: tip.height + 1, time: time)
        return transactions.map { branch.inclusion(of: $0.transaction) }
    }
}

extension Branch {
    func inclusion(of transaction: Transaction) -> Inclusion {
        guard transaction.network.hasSameBytes(as: base.network) else {
            return .refused(
                .wrongNetwork,
                detail: "the transaction is for another network; this is \(base.network)")
        }
        let limit = base.parameters.limits.transactionByteCount
        guard transaction.byteCount <= limit else {
            return .refused(
                .tooLong, detail: "\(transaction.byteCount) bytes, at most \(limit) are taken")
        }
        guard transaction.notAfter > time else {
            return .refused(
                .expired,
                detail: "notAfter \(transaction.notAfter.rfc3339) is not later than the "
                    + "block's time \(time.rfc3339); sign again with a later one")
        }
        guard let account = payer(of: transaction) else {
            return .refused(
                .unknownAccount,
                detail: "\(transaction.sender) has no account; a transfer to it "
                    + "or enrolling it opens one")
        }
        guard transaction.sequence >= account.sequence else {
            return .refused(
                .sequenceUsed,
                detail: "number \(transaction.sequence) was used; the next is "
                    + "\(account.sequence)")
        }
        let ahead = transaction.sequence - account.sequence
        guard ahead <= Limits.sequenceAheadMaximum else {
            return .refused(
                .sequenceTooFar,
                detail: "number \(transaction.sequence) is too far ahead; the "
                    + "next is \(account.sequence)")
        }
        return ahead == 0 ? .includable : .early(expected: account.sequence)
    }

    /// The account whose number a transaction uses up. A representative that has none needs none to
    /// send evidence: the first opens it.
    func payer(of transaction: Transaction) -> Account? {
        if let account = account(senderOf: transaction) { return account }
        guard case .evidence = transaction.body,
            base.representatives(at: height).contains(transaction.sender)
        else { return nil }
        return Account()
    }
}
