import Credentials
import Cryptography
import Encoding
import Ledger

/// What auditors say and take back, and who they are.
extension Recount {
    /// What a bundle says at the time of a block.
    struct Accredited {
        let application: Digest
        let validUntil: Instant
        let deposits: [(issuer: String, deposit: HeldDeposit)]
        let backing: [Backing]
        /// Every credential that counts as seen.
        let digests: [(name: CredentialName, digest: Digest)]
    }

    struct Unaccredited: Error {
        let code: ResultCode
    }

    func accredit(
        _ compact: String, node: String, consensusKey: [UInt8], endpoint: String, _ place: Place
    ) -> Result<Accredited, Unaccredited> {
        func no(_ code: ResultCode) -> Result<Accredited, Unaccredited> {
            .failure(Unaccredited(code: code))
        }
        guard let bundle = try? Bundle(compact) else { return no(.bundleInvalid) }
        let verified: VerifiedBundle
        switch QuorumVerifier.verify(bundle, set: auditorSet, network: network, at: place.time) {
        case .met(let met): verified = met
        case .refused(let rejections):
            let expired = rejections.contains { $0.code == .expired }
            return no(expired ? .credentialExpired : .quorumNotMet)
        }
        guard verified.node.hasSameBytes(as: node),
            verified.consensusKey.bytes == consensusKey,
            verified.endpoint.hasSameBytes(as: endpoint)
        else { return no(.credentialMismatch) }
        var backing: [Backing] = []
        var digests: [(name: CredentialName, digest: Digest)] = []
        for credential in verified.consents + verified.refusals {
            let claims = credential.claims
            let name = CredentialName(issuer: claims.issuer, id: claims.id)
            let digest = credential.credential.jws.digest
            let known = sightings[name]
            if let known, known.digest != digest { return no(.credentialReused) }
            digests.append((name, digest))
            guard case .granted = claims.consent else { continue }
            if revoked.contains(name) { return no(.credentialRevoked) }
            let seen = known?.height ?? place.height
            if let since = credential.compromisedSince, seen > since { return no(.keyCompromised) }
            backing.append(Backing(name: name, key: credential.key.thumbprint, seen: seen))
        }
        return .success(
            Accredited(
                application: verified.application, validUntil: verified.validUntil,
                deposits: verified.deposits, backing: backing, digests: digests))
    }

    /// Why the deposits that credentials name are not there as they say; nil when they are.
    func missingDeposit(_ accredited: Accredited, node: String) -> ResultCode? {
        for (issuer, claimed) in accredited.deposits {
            guard let deposit = deposits[claimed.id] else { return .depositNotHeld }
            guard deposit.auditor.hasSameBytes(as: issuer),
                deposit.node.hasSameBytes(as: node), deposit.amount == claimed.amount
            else { return .depositMismatch }
            guard deposit.payer.hasSameBytes(as: claimed.account) else { return .notPayer }
            guard deposit.isHeld else { return .depositNotHeld }
        }
        return nil
    }

    mutating func note(_ accredited: Accredited, height: UInt64) {
        for (name, digest) in accredited.digests where sightings[name] == nil {
            sightings[name] = (digest, height)
        }
    }

    mutating func renew(_ node: String, _ bundle: String, _ place: Place) -> ResultCode {
        guard let candidate = candidates[node] else { return .notCandidate }
        let accredited: Accredited
        switch accredit(
            bundle, node: node, consensusKey: candidate.consensusKey, endpoint: candidate.endpoint,
            place)
        {
        case .success(let value): accredited = value
        case .failure(let refusal): return refusal.code
        }
        if let owner = applicationOwners[accredited.application] {
            guard owner.hasSameBytes(as: node), accredited.application == candidate.application
            else { return .applicationUsed }
            let before = Set(candidate.backing.map(\.name))
            guard accredited.backing.contains(where: { !before.contains($0.name) }) else {
                return .renewalNotNewer
            }
        }
        guard accredited.validUntil > candidate.validUntil else { return .renewalNotNewer }
        if let code = missingDeposit(accredited, node: node) { return code }
        applicationOwners[accredited.application] = node
        note(accredited, height: place.height)
        candidates[node]?.application = accredited.application
        candidates[node]?.validUntil = accredited.validUntil
        candidates[node]?.deposits = accredited.deposits.map(\.deposit.id)
        candidates[node]?.backing = accredited.backing
        return .ok
    }

    mutating func revoke(
        _ revocation: CredentialRevocation, sender: String, time: Instant
    ) -> ResultCode {
        guard let auditor = auditorSet.auditor(revocation.issuer) else { return .unknownAuditor }
        guard auditor.account.hasSameBytes(as: sender) else { return .notAuditor }
        let name = CredentialName(issuer: revocation.issuer, id: revocation.credential)
        guard revoked.insert(name).inserted else { return .alreadyRevoked }
        for candidate in candidates.values
        where candidate.backing.contains(where: { $0.name == name }) {
            endAdmission(candidate.node, at: time)
        }
        return .ok
    }

    mutating func rotate(_ compact: String, sender: String, _ place: Place) -> ResultCode {
        guard let rotation = try? AuditorRotation(compact) else { return .rotationInvalid }
        guard let auditor = comingAuditorSet.auditor(rotation.draft.issuer) else {
            return .unknownAuditor
        }
        guard auditor.account.hasSameBytes(as: sender) else { return .notAuditor }
        guard rotation.draft.oldCompromisedSince ?? 0 <= place.height else {
            return .rotationInvalid
        }
        do throws(CredentialError) {
            comingAuditorSet = try comingAuditorSet.rotated(by: rotation, at: place.time)
            return .ok
        } catch {
            return error.code == .wrongVersion ? .auditorSetVersion : .rotationInvalid
        }
    }

    mutating func update(_ update: AuditorSetUpdate, time: Instant) -> ResultCode {
        do throws(CredentialError) {
            try comingAuditorSet.checkUpdate(
                to: update.set, signatures: update.signatures, at: time)
        } catch {
            switch error.code {
            case .wrongVersion: return .auditorSetVersion
            case .quorumNotMet, .operatorsNotMet: return .approvalsNotMet
            case _: return .approvalInvalid
            }
        }
        comingAuditorSet = update.set
        return .ok
    }

    /// The end of a block that may have changed the auditor set.
    mutating func takeAuditorSetOver(at time: Instant) {
        guard comingAuditorSet != auditorSet else { return }
        auditorSet = comingAuditorSet
        for candidate in candidates.values where candidate.backing.contains(where: isLost) {
            endAdmission(candidate.node, at: time)
        }
    }

    /// Whether the credential was first seen when its key was in other hands.
    private func isLost(_ backing: Backing) -> Bool {
        let keys = auditorSet.auditor(backing.name.issuer)?.keys ?? []
        return keys.contains { key in
            key.thumbprint.hasSameBytes(as: backing.key)
                && key.compromisedSince.map { backing.seen > $0 } ?? false
        }
    }

    /// The candidate lapses at the next block.
    private mutating func endAdmission(_ node: String, at time: Instant) {
        guard let candidate = candidates[node], candidate.validUntil > time else { return }
        candidates[node]?.validUntil = time
    }
}
