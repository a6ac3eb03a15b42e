internal import Credentials
internal import Cryptography
internal import Encoding

extension Branch {
    /// Renews what admitted a listed candidate: it keeps its registration, its generation and so
    /// its votes. A candidate that would lapse in this very block is still listed while the block's
    /// transactions are applied.
    mutating func renewCandidate(_ node: Identity, bundle: String) throws(Refusal) {
        guard var candidate = candidate(node), candidate.state == .listed else {
            throw Refusal(
                .notCandidate,
                "\(node) is not on the list of candidates; what is not there cannot be renewed: "
                    + "apply anew and send candidate.add")
        }
        try checkNotSuspended(node)
        let entry = CandidateEntry(
            node: node, consensusKey: candidate.consensusKey, proof: [],
            endpoint: candidate.endpoint, bundle: bundle)
        let accreditation = try accreditation(of: entry)
        try checkNewer(accreditation, than: candidate)
        for security in accreditation.securities { try checkHeld(security, for: node) }
        write(.application(accreditation.application), .owner(node))
        note(accreditation.credentials, for: node)
        candidate.application = accreditation.application
        candidate.validUntil = accreditation.validUntil
        candidate.securities = accreditation.securities.map(\.security)
        candidate.consents = accreditation.consents
        write(candidate)
    }

    /// The application is new, or the present one's with a credential that did not admit the
    /// candidate before; and the candidacy ends later than it would.
    private func checkNewer(
        _ accreditation: Accreditation, than candidate: Candidate
    ) throws(Refusal) {
        if let owner = owner(.application(accreditation.application)) {
            guard owner == candidate.node, accreditation.application == candidate.application
            else {
                throw Refusal(
                    .applicationUsed,
                    "application \(accreditation.application.text) was used by \(owner) before")
            }
            let isNew = accreditation.consents.contains { consent in
                !candidate.consents.contains {
                    $0.auditor.hasSameBytes(as: consent.auditor)
                        && $0.credential.hasSameBytes(as: consent.credential)
                }
            }
            guard isNew else {
                throw Refusal(
                    .renewalNotNewer,
                    "every credential of the bundle admitted \(candidate.node) already; a renewal "
                        + "has a new one")
            }
        }
        guard accreditation.validUntil > candidate.validUntil else {
            throw Refusal(
                .renewalNotNewer,
                "the earliest credential ends at \(accreditation.validUntil.rfc3339), the "
                    + "candidacy at \(candidate.validUntil.rfc3339)")
        }
    }
}
