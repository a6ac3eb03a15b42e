internal import Credentials
internal import Cryptography
internal import Encoding

extension Branch {
    func credential(auditor: String, _ credential: String) -> CredentialRecord? {
        let key = RecordKey.credential(
            CredentialRecord.name(auditor: auditor, credential: credential))
        if case .credential(let record) = self[key] { return record }
        return nil
    }

    mutating func write(_ record: CredentialRecord) {
        let name = CredentialRecord.name(auditor: record.auditor, credential: record.credential)
        write(.credential(name), .credential(record))
    }

    /// What the ledger itself knows of a consenting or refusing credential of an admission.
    /// - Returns: the height it was first seen at; this block's when it was not.
    /// - Throws: `credential-reused` when the `jti` was another credential's, `credential-revoked`,
    ///   or `key-compromised` when its key was in other hands before the credential was seen. A
    ///   refusal counts for nothing, so that nothing but its `jti` is looked at.
    func seenHeight(of verified: VerifiedCredential) throws(Refusal) -> UInt64 {
        let claims = verified.claims
        let record = credential(auditor: claims.issuer, claims.id)
        if let seen = record?.seen, seen.digest != verified.credential.jws.digest {
            throw Refusal(
                .credentialReused,
                "\(claims.issuer) gave the jti \(claims.id) to another credential, seen in block "
                    + "\(seen.height)")
        }
        let height = record?.seen?.height ?? self.height
        guard claims.consent.isGranted else { return height }
        if let revoked = record?.revoked {
            throw Refusal(
                .credentialRevoked,
                "\(claims.issuer) took credential \(claims.id) back in block "
                    + "\(revoked.height): \(revoked.reason)")
        }
        if let since = verified.compromisedSince, height > since {
            throw Refusal(
                .keyCompromised,
                "credential \(claims.id) was first seen in block \(height), and the key of "
                    + "\(claims.issuer) that signed it is not trusted since block \(since)")
        }
        return height
    }

    /// Notes when these credentials were first seen.
    mutating func note(_ credentials: [VerifiedCredential], for node: Identity) {
        for verified in credentials {
            let claims = verified.claims
            var record =
                credential(auditor: claims.issuer, claims.id)
                ?? CredentialRecord(auditor: claims.issuer, credential: claims.id)
            guard record.seen == nil else { continue }
            record.seen = CredentialRecord.Sighting(
                height: height, node: node, digest: verified.credential.jws.digest,
                key: verified.key.thumbprint)
            write(record)
        }
    }

    /// An auditor takes a credential back, seen or not. A candidate that it admitted lapses at the
    /// next block, unless it is renewed.
    mutating func revoke(
        _ revocation: CredentialRevocation, sender: Identity
    ) throws(Refusal) {
        guard let auditor = base.auditor(revocation.issuer) else {
            throw Refusal(
                .unknownAuditor, "no auditor of the auditor set has this issuer URL")
        }
        guard auditor.account.hasSameBytes(as: sender.text) else {
            throw Refusal(
                .notAuditor,
                "only the ledger account of \(auditor.issuer) takes its credentials back")
        }
        var record =
            credential(auditor: auditor.issuer, revocation.credential)
            ?? CredentialRecord(auditor: auditor.issuer, credential: revocation.credential)
        if let revoked = record.revoked {
            throw Refusal(
                .alreadyRevoked,
                "credential \(revocation.credential) was taken back in block \(revoked.height)")
        }
        record.revoked = CredentialRecord.Revocation(height: height, reason: revocation.reason)
        write(record)
        guard let seen = record.seen, let candidate = candidate(seen.node) else { return }
        let admitted = candidate.consents.contains {
            $0.auditor.hasSameBytes(as: auditor.issuer)
                && $0.credential.hasSameBytes(as: revocation.credential)
        }
        if admitted { endAdmission(of: candidate) }
    }

    /// Ends what admitted a listed candidate with this block, so that it lapses at the next one.
    mutating func endAdmission(of candidate: Candidate) {
        guard candidate.state == .listed, candidate.validUntil > time else { return }
        var candidate = candidate
        candidate.validUntil = time
        write(candidate)
    }
}
