internal import Credentials
internal import Cryptography
internal import Encoding

/// What the consenting credentials of a bundle say together, once their quorum stands at the time
/// of the block.
struct Accreditation {
    /// A deposit a credential names, and who is said to have paid it.
    struct Security {
        let security: Candidate.Security
        /// did of the account.
        let payer: String
    }

    let application: Digest
    /// The earliest end of the consenting credentials.
    let validUntil: Instant
    let securities: [Security]
    let consents: [Candidate.Consent]
    /// Consenting and refusing credentials, to be noted as seen.
    let credentials: [VerifiedCredential]
}

extension Branch {
    /// Verifies every credential of the entry's bundle, whoever merged it, and holds them against
    /// what the entry asks for.
    func accreditation(of entry: CandidateEntry) throws(Refusal) -> Accreditation {
        let bundle: Bundle
        do { bundle = try Bundle(entry.bundle) } catch {
            throw Refusal(.bundleInvalid, "the bundle of \(entry.node) cannot be read: \(error)")
        }
        let result = QuorumVerifier.verify(
            bundle, set: base.auditorSet, network: base.network, at: time)
        let verified: VerifiedBundle
        switch result {
        case .met(let bundle): verified = bundle
        case .refused(let rejections): throw Self.refusal(of: entry.node, rejections, at: time)
        }
        try Self.compare(verified, entry)
        guard verified.validUntil > time else {
            throw Refusal(
                .credentialExpired,
                "a credential of \(entry.node) ended at "
                    + "\(verified.validUntil.rfc3339), this block is of \(time.rfc3339)")
        }
        var consents: [Candidate.Consent] = []
        for credential in verified.consents {
            consents.append(
                Candidate.Consent(
                    auditor: credential.claims.issuer, credential: credential.claims.id,
                    key: credential.key.thumbprint, seen: try seenHeight(of: credential)))
        }
        for credential in verified.refusals { _ = try seenHeight(of: credential) }
        return Accreditation(
            application: verified.application, validUntil: verified.validUntil,
            securities: verified.deposits.map { issuer, deposit in
                Accreditation.Security(
                    security: Candidate.Security(
                        auditor: issuer, id: deposit.id, amount: deposit.amount),
                    payer: deposit.account)
            },
            consents: consents, credentials: verified.consents + verified.refusals)
    }

    private static func compare(
        _ verified: VerifiedBundle, _ entry: CandidateEntry
    ) throws(Refusal) {
        guard verified.node.hasSameBytes(as: entry.node.text) else {
            throw Refusal(
                .credentialMismatch,
                "the credentials are for node \(verified.node), not for \(entry.node)")
        }
        guard verified.consensusKey.algorithm == .ed25519,
            verified.consensusKey.bytes == entry.consensusKey
        else {
            throw Refusal(
                .credentialMismatch,
                "the credentials of \(entry.node) name another consensus key")
        }
        guard verified.endpoint.hasSameBytes(as: entry.endpoint) else {
            throw Refusal(
                .credentialMismatch,
                "the credentials of \(entry.node) name the endpoint \(verified.endpoint)")
        }
    }

    /// The quorum is not met. When a credential that has ended is among the reasons, that is what
    /// the applicant must act on, and so it is the code.
    private static func refusal(
        of node: Identity, _ rejections: [Rejection], at time: Instant
    ) -> Refusal {
        let reasons = rejections.map { rejection in
            let who = rejection.issuer.map { "\($0): " } ?? ""
            return "\(who)\(rejection.code.rawValue): \(rejection.detail)"
        }
        let reason = reasons.joined(separator: "; ").unicodeScalars
            .prefix(Limits.reasonScalarCountMaximum)
        let detail = "\(node) at \(time.rfc3339): \(String(String.UnicodeScalarView(reason)))"
        let expired = rejections.contains { $0.code == .expired }
        return Refusal(expired ? .credentialExpired : .quorumNotMet, detail)
    }
}

extension LedgerState {
    /// The auditor with this issuer URL.
    func auditor(_ issuer: String) -> AuditorSet.Auditor? { auditorSet.auditor(issuer) }
}
