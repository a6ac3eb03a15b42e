internal import Cryptography
internal import Encoding

extension Branch {
    /// Puts one node on the list. The caller takes the whole transaction back when this refuses.
    mutating func addCandidate(
        _ entry: CandidateEntry, _ place: Registration
    ) throws(Refusal) {
        let former = candidate(entry.node)
        guard former?.state != .listed else {
            throw Refusal(
                .alreadyCandidate,
                "\(entry.node) is on the list; it must be removed or lapse "
                    + "before it can be added again")
        }
        try checkNotSuspended(entry.node)
        guard hasRoomOnList else {
            throw Refusal(
                .tooManyCandidates,
                "the list holds at most \(Limits.candidatesListedMaximum) candidates")
        }
        guard ConsensusKeyProof.holds(entry, network: base.network) else {
            throw Refusal(
                .consensusKeyUnproven,
                "the proof of \(entry.node) is not a signature of its consensus key over this "
                    + "network's name and the node's did")
        }
        if let owner = owner(.consensusKey(entry.consensusKey)), owner != entry.node {
            throw Refusal(
                .consensusKeyUsed, "the consensus key of \(entry.node) belongs to \(owner)")
        }
        let accreditation = try accreditation(of: entry)
        if let owner = owner(.application(accreditation.application)) {
            throw Refusal(
                .applicationUsed,
                "application \(accreditation.application.text) was used by "
                    + "\(owner) before; each candidacy needs a new application")
        }
        for security in accreditation.securities {
            try checkHeld(security, for: entry.node)
        }
        write(.consensusKey(entry.consensusKey), .owner(entry.node))
        write(.application(accreditation.application), .owner(entry.node))
        note(accreditation.credentials, for: entry.node)
        write(
            Candidate(
                node: entry.node, number: former?.number ?? nextCandidateNumber, state: .listed,
                generation: former?.generation ?? 0,
                registered: place, consensusKey: entry.consensusKey, endpoint: entry.endpoint,
                application: accreditation.application, validUntil: accreditation.validUntil,
                securities: accreditation.securities.map(\.security),
                consents: accreditation.consents, votes: 0,
                tallyHeight: former?.tallyHeight ?? 0))
    }

    private var hasRoomOnList: Bool {
        // Counting the list costs a look-up each, so only near the limit.
        base.listed.count + touchedCandidates.count < Limits.candidatesListedMaximum
            || listed.count < Limits.candidatesListedMaximum
    }

    /// The deposit a credential names is held on this ledger, for that auditor and this node, with
    /// that amount, paid by that account.
    func checkHeld(
        _ claimed: Accreditation.Security, for node: Identity
    ) throws(Refusal) {
        let security = claimed.security
        guard let deposit = deposit(security.id) else {
            throw Refusal(
                .depositNotHeld,
                "no deposit.pay has the id \(security.id.text), named by the "
                    + "credential of \(security.auditor)")
        }
        guard deposit.auditor.hasSameBytes(as: security.auditor), deposit.node == node,
            deposit.amount == security.amount
        else {
            throw Refusal(
                .depositMismatch,
                "deposit \(deposit.id.text) is \(deposit.amount) for "
                    + "\(deposit.auditor) and \(deposit.node); the credential of "
                    + "\(security.auditor) needs \(security.amount) for itself and \(node)")
        }
        guard deposit.payer.text.hasSameBytes(as: claimed.payer) else {
            throw Refusal(
                .notPayer,
                "deposit \(deposit.id.text) was paid by \(deposit.payer), not by the "
                    + "account the credential of \(security.auditor) names")
        }
        guard deposit.state == .held else {
            throw Refusal(
                .depositNotHeld,
                "deposit \(deposit.id.text) was paid back in block "
                    + "\(deposit.refundedAt ?? 0); pay a new one and apply again")
        }
    }

    /// A node leaves the list by its own hand; a seat it holds it keeps until the next switch.
    mutating func removeCandidate(_ node: Identity, sender: Identity) throws(Refusal) {
        guard sender == node else {
            throw Refusal(.notTheNode, "only \(node) itself leaves the list")
        }
        guard candidate(node)?.state == .listed else {
            throw Refusal(.notCandidate, "\(node) is not on the list of candidates")
        }
        leaveList(node, as: .removed)
    }

    /// Ends a candidacy. The votes become void with the generation; no voter's record is touched.
    mutating func leaveList(_ node: Identity, as state: Candidate.State) {
        guard var candidate = candidate(node) else { return }
        candidate.state = state
        candidate.votes = 0
        candidate.generation &+= 1
        write(candidate)
    }
}
