internal import Credentials
package import Cryptography
package import Encoding

/// An account as its owner wants to see it.
package struct AccountView: Sendable, Hashable {
    package let account: Identity
    package let balance: UInt64
    /// The number for the next transaction.
    package let sequence: UInt64
    package let allowance: UInt64
    /// Votes that count now.
    package let cast: UInt64
    /// Votes that may still be cast.
    package let remaining: UInt64
    /// By the bytes of the candidates' dids.
    package let votes: [Total]
    /// Votes for candidates that left the list: they are back in `remaining`.
    package let released: [Total]

    /// `{"account","balance","sequence","allowance","cast","remaining","votes","released"}`.
    package var json: JSON {
        [
            "account": .string(account.text), "balance": .string(String(balance)),
            "sequence": .number(JSONNumber(sequence)),
            "allowance": .number(JSONNumber(allowance)), "cast": .number(JSONNumber(cast)),
            "remaining": .number(JSONNumber(remaining)),
            "votes": .array(votes.map(\.json)), "released": .array(released.map(\.json)),
        ]
    }
}

/// One line of the results, or of an account's votes.
package struct Total: Sendable, Hashable {
    package let candidate: Identity
    package let votes: UInt64

    package var json: JSON {
        ["candidate": .string(candidate.text), "votes": .number(JSONNumber(votes))]
    }
}

extension LedgerState {
    /// Nil when there is no such account.
    package func account(_ identity: Identity) -> AccountView? {
        guard case .account(let account) = self[.account(identity)] else { return nil }
        var votes: [Total] = []
        var released: [Total] = []
        for choice in account.choices {
            guard let index = Int(exactly: choice.candidate), index < candidateNodes.count,
                let candidate = candidate(candidateNodes[index])
            else { continue }
            let total = Total(candidate: candidate.node, votes: choice.votes)
            if candidate.counts(choice) { votes.append(total) } else { released.append(total) }
        }
        votes.sort { $0.candidate < $1.candidate }
        released.sort { $0.candidate < $1.candidate }
        let cast = votes.reduce(0) { $0 &+ $1.votes }
        return AccountView(
            account: identity, balance: account.balance, sequence: account.sequence,
            allowance: account.allowance, cast: cast,
            remaining: account.allowance >= cast ? account.allowance - cast : 0,
            votes: votes, released: released)
    }

    /// A node that stood at least once; nil otherwise.
    package func candidate(_ node: Identity) -> Candidate? {
        if case .candidate(let candidate) = self[.candidate(node)] { candidate } else { nil }
    }

    /// The listed candidates, by the bytes of their did.
    package var candidates: [Candidate] { listed.compactMap(candidate) }

    package func deposit(_ id: Digest) -> Deposit? {
        if case .deposit(let deposit) = self[.deposit(id)] { deposit } else { nil }
    }

    /// What is known of a credential; nil when it was neither seen nor taken back.
    package func credential(auditor: String, _ credential: String) -> CredentialRecord? {
        let name = CredentialRecord.name(auditor: auditor, credential: credential)
        guard case .credential(let record) = self[.credential(name)] else { return nil }
        return record
    }

    /// How the auditor set came to its version and those before, newest first, as far as `limit`.
    package func auditorSetChanges(limit: Int) -> [AuditorSetChange] {
        var changes: [AuditorSetChange] = []
        var version = UInt64(clamping: auditorSet.version)
        while changes.count < limit,
            case .auditorSetChange(let change) = self[.auditorSetChange(version)]
        {
            changes.append(change)
            version &-= 1
        }
        return changes
    }

    /// The deposits for a node, oldest first; those of one auditor (issuer URL) when given.
    package func deposits(node: Identity, auditor: String? = nil) -> [Deposit] {
        depositIDs(of: node).compactMap(deposit).filter { deposit in
            auditor.map { $0.hasSameBytes(as: deposit.auditor) } ?? true
        }.sorted {
            ($0.height, $0.id) < ($1.height, $1.id)
        }
    }

    /// The nodes with a proven offence, by the bytes of their did.
    package var offenders: [Offender] { offenderNodes.compactMap(offender) }

    package func offender(_ node: Identity) -> Offender? {
        if case .offender(let offender) = self[.offender(node)] { offender } else { nil }
    }

    /// What a node is proven to have signed twice at a height.
    package func offence(_ node: Identity, height: UInt64) -> Offence? {
        let name = Offence.name(node, height: height)
        if case .offence(let offence) = self[.offence(name)] { return offence }
        return nil
    }

    /// Who let turns to propose pass; nil as long as nobody did, or nobody is replaced for it.
    package var absences: Absences? {
        if case .absences(let absences) = self[.absences] { absences } else { nil }
    }

    /// Whether the next block would refuse to send a deposit back because of an offence of its
    /// node.
    package func isOnHold(_ deposit: Deposit) -> Bool {
        offender(deposit.node)?.isHolding(at: tip.height + 1, parameters.evidence) ?? false
    }

    /// The node that an application made a candidate, at any time; nil when it was never used.
    package func applicant(_ application: Digest) -> Identity? {
        if case .owner(let node) = self[.application(application)] { node } else { nil }
    }

    /// Totals of the listed candidates after the tip, most votes first, in the order of the
    /// election.
    package var results: [Total] {
        Branch.ranked(candidates).map { Total(candidate: $0.node, votes: $0.votes) }
    }

    /// Nil when it was not held yet; 0 is genesis.
    package func election(_ number: UInt64) -> Election? {
        number < UInt64(elections.count) ? elections[Int(number)] : nil
    }

    /// The least number of representatives that must approve a block of `height`.
    package func quorum(at height: UInt64) -> Int {
        let count = representatives(at: height).list.count
        // Genesis and every election refuse a set for which the rule is unsafe.
        return parameters.approval.quorum(of: count) ?? count
    }
}
