import Credentials
import Cryptography
import Encoding
import Ledger

extension Recount {
    /// Applies one transaction by the published rules.
    /// - Returns: the code of its result; nil when it may not stand in a block at all.
    mutating func run(
        _ transaction: Transaction, height: UInt64, index: UInt64, time: Instant
    ) -> String? {
        let sender = transaction.sender.text
        guard let account = accounts[sender], account.sequence == transaction.sequence,
            transaction.network.hasSameBytes(as: network), transaction.notAfter > time
        else { return nil }
        accounts[sender]?.sequence += 1
        let before = self
        let code = perform(
            transaction, sender: sender, place: Place(height: height, index: index, time: time))
        // A refused transaction changes nothing but the sender's number.
        if code != ResultCode.ok { self = before }
        return code.rawValue
    }

    struct Place {
        let height: UInt64
        let index: UInt64
        let time: Instant
    }

    private mutating func perform(
        _ transaction: Transaction, sender: String, place: Place
    ) -> ResultCode {
        switch transaction.body {
        case .transfer(let to, let amount):
            guard take(amount, from: sender) else { return .insufficientBalance }
            return give(amount, to: to.text) ? .ok : .balanceOverflow
        case .depositPay(let auditor, let node, let amount):
            guard auditorSet.auditor(auditor) != nil else { return .unknownAuditor }
            guard take(amount, from: sender) else { return .insufficientBalance }
            deposits[transaction.id] = Deposit(
                auditor: auditor, node: node.text, payer: sender, amount: amount)
            return .ok
        case .depositRefund(let id):
            return refund(id, sender: sender, height: place.height)
        case .candidateAdd(let entries):
            for (position, entry) in entries.enumerated() {
                let registered = [place.height, place.index, UInt64(position)]
                let code = add(entry, registered: registered, place)
                guard case .ok = code else { return code }
            }
            return .ok
        case .candidateRemove(let node):
            guard node.text.hasSameBytes(as: sender) else { return .notTheNode }
            guard candidates[sender] != nil else { return .notCandidate }
            leaveList(sender)
            return .ok
        case .voterEnroll(let voter, let allowance):
            guard sender.hasSameBytes(as: registrar) else { return .notRegistrar }
            var account = accounts[voter.text] ?? Account()
            guard allowance >= account.cast else { return .allowanceBelowCast }
            account.allowance = allowance
            accounts[voter.text] = account
            return .ok
        case .vote(let changes):
            return vote(changes, sender: sender, time: place.time)
        case .data:
            return .ok
        case .parametersUpdate(let update):
            // Nobody changes the parameters of a network that lives for one demonstration.
            return update.replaces == 1 ? .approvalsNotMet : .parametersVersion
        case .candidateRenew(let node, let bundle):
            return renew(node.text, bundle, place)
        case .credentialRevoke(let revocation):
            return revoke(revocation, sender: sender, time: place.time)
        case .auditorRotate(let rotation):
            return rotate(rotation, sender: sender, place)
        case .auditorSetUpdate(let update):
            return self.update(update, time: place.time)
        case .evidence:
            // All representatives of a demonstration are this program: none contradicts itself.
            return .evidenceForged
        }
    }

    private mutating func take(_ amount: UInt64, from account: String) -> Bool {
        guard let balance = accounts[account]?.balance, balance >= amount else { return false }
        accounts[account]?.balance = balance - amount
        return true
    }

    private mutating func give(_ amount: UInt64, to account: String) -> Bool {
        let (sum, overflow) = (accounts[account]?.balance ?? 0)
            .addingReportingOverflow(amount)
        guard !overflow else { return false }
        accounts[account, default: Account()].balance = sum
        return true
    }

    private mutating func refund(_ id: Digest, sender: String, height: UInt64) -> ResultCode {
        guard let deposit = deposits[id] else { return .unknownDeposit }
        guard let auditor = auditorSet.auditor(deposit.auditor),
            auditor.account.hasSameBytes(as: sender)
        else { return .notAuditor }
        guard deposit.isHeld else { return .alreadyRefunded }
        guard case .ordinary = status(of: deposit.node, executing: height) else {
            return .nodeNotOrdinary
        }
        deposits[id]?.refunds.append(height)
        return give(deposit.amount, to: deposit.payer) ? .ok : .balanceOverflow
    }

    private mutating func add(
        _ entry: CandidateEntry, registered: [UInt64], _ place: Place
    ) -> ResultCode {
        let node = entry.node.text
        guard candidates[node] == nil else { return .alreadyCandidate }
        let message = ConsensusKeyProof.message(network: network, node: entry.node)
        guard let key = try? PublicKey(algorithm: .ed25519, bytes: entry.consensusKey),
            key.verify(signature: entry.proof, message: message)
        else { return .consensusKeyUnproven }
        if let owner = consensusKeyOwners[entry.consensusKey], owner != node {
            return .consensusKeyUsed
        }
        let accredited: Accredited
        switch accredit(
            entry.bundle, node: node, consensusKey: entry.consensusKey, endpoint: entry.endpoint,
            place)
        {
        case .success(let value): accredited = value
        case .failure(let refusal): return refusal.code
        }
        guard applicationOwners[accredited.application] == nil else { return .applicationUsed }
        if let code = missingDeposit(accredited, node: node) { return code }
        applicationOwners[accredited.application] = node
        consensusKeyOwners[entry.consensusKey] = node
        everListed.insert(node)
        note(accredited, height: place.height)
        candidates[node] = Candidate(
            node: node, registered: registered, validUntil: accredited.validUntil,
            consensusKey: entry.consensusKey, endpoint: entry.endpoint,
            deposits: accredited.deposits.map(\.deposit.id),
            application: accredited.application, backing: accredited.backing)
        return .ok
    }

    private mutating func vote(
        _ changes: [VoteChange], sender: String, time: Instant
    ) -> ResultCode {
        guard var account = accounts[sender] else { return .allowanceExceeded }
        for change in changes {
            let node = change.candidate.text
            guard let candidate = candidates[node], candidate.validUntil > time else {
                return everListed.contains(node) ? .notCandidate : .unknownCandidate
            }
            let (before, count) = (account.votes[node] ?? 0, change.votes.magnitude)
            if change.votes < 0, count > before { return .withdrawalExceedsCast }
            let after = change.votes < 0 ? before - count : before &+ count
            if change.votes > 0, after > rules.votesPerCandidate {
                return .candidateLimitExceeded
            }
            account.votes[node] = after == 0 ? nil : after
        }
        guard account.cast <= account.allowance else { return .allowanceExceeded }
        accounts[sender] = account
        return .ok
    }
}
