internal import Credentials
internal import Cryptography
internal import Encoding

extension Branch {
    /// The auditor set that this block has got to so far. The one in force is `base.auditorSet`.
    private var latestAuditorSet: AuditorSet {
        if case .auditorSet(let set) = self[.auditorSet] { set } else { base.auditorSet }
    }

    /// An auditor changes its own keys. Its account has to send what its key signed, so that either
    /// of them alone, stolen, changes nothing.
    mutating func rotate(
        _ compact: String, _ transaction: Digest, sender: Identity
    ) throws(Refusal) {
        let rotation: AuditorRotation
        do { rotation = try AuditorRotation(compact) } catch {
            throw Refusal(.rotationInvalid, "the rotation cannot be read: \(error)")
        }
        let current = latestAuditorSet
        guard let auditor = current.auditor(rotation.draft.issuer) else {
            throw Refusal(
                .unknownAuditor, "no auditor of the auditor set has this issuer URL")
        }
        guard auditor.account.hasSameBytes(as: sender.text) else {
            throw Refusal(
                .notAuditor,
                "only the ledger account of \(auditor.issuer) changes its keys")
        }
        if let since = rotation.draft.oldCompromisedSince, since > height {
            throw Refusal(
                .rotationInvalid,
                "oldCompromisedSince is \(since), this is block \(height)")
        }
        do throws(CredentialError) {
            write(try current.rotated(by: rotation, at: time), transaction)
        } catch {
            throw Self.refusal(error, otherwise: .rotationInvalid)
        }
    }

    /// The auditors agree on a new set.
    mutating func updateAuditorSet(
        _ update: AuditorSetUpdate, _ transaction: Digest
    ) throws(Refusal) {
        do throws(CredentialError) {
            try latestAuditorSet.checkUpdate(
                to: update.set, signatures: update.signatures, at: time)
        } catch {
            throw Self.refusal(error, otherwise: .approvalInvalid)
        }
        write(update.set, transaction)
    }

    private static func refusal(_ error: CredentialError, otherwise: ResultCode) -> Refusal {
        if error.code == .wrongVersion { return Refusal(.auditorSetVersion, error.detail) }
        if error.code == .quorumNotMet || error.code == .operatorsNotMet {
            return Refusal(.approvalsNotMet, error.detail)
        }
        return Refusal(otherwise, "\(error)")
    }

    private mutating func write(_ set: AuditorSet, _ transaction: Digest) {
        write(.auditorSet, .auditorSet(set))
        // Versions are positive; reading a set refuses others.
        write(
            .auditorSetChange(UInt64(clamping: set.version)),
            .auditorSetChange(
                AuditorSetChange(set: set, height: height, transaction: transaction)))
    }

    /// At the end of a block that changed the set: candidates admitted by a key that was in other
    /// hands when the ledger first saw its credential lapse at the next block.
    mutating func endCompromisedAdmissions() {
        guard case .auditorSet(let set) = self[.auditorSet] else { return }
        guard set.version != base.auditorSet.version,
            set.auditors.contains(where: { $0.keys.contains { $0.compromisedSince != nil } })
        else { return }
        for candidate in listed
        where candidate.consents.contains(where: { $0.isCompromised(in: set) }) {
            endAdmission(of: candidate)
        }
    }
}

extension Candidate.Consent {
    /// Whether the credential was first seen after its key was in other hands.
    fileprivate func isCompromised(in set: AuditorSet) -> Bool {
        guard
            let key = set.auditor(auditor)?.keys.first(where: {
                $0.thumbprint.hasSameBytes(as: self.key)
            }), let since = key.compromisedSince
        else { return false }
        return seen > since
    }
}
