internal import Credentials
internal import Cryptography
internal import Encoding
internal import Ledger

/// What the auditors say, where it decides who stands: the published rules in this file's own
/// words. Everything here was accepted, so that what does not fit the rules is an error of the
/// chain.
extension VoteRecount {
    /// A credential that stands behind a candidacy.
    struct Backing: Sendable, Hashable {
        /// Issuer, `#`, `jti`.
        let name: String
        let issuer: String
        let key: String
        /// The height it was first seen at.
        let seen: UInt64
    }

    static func name(_ issuer: String, _ credential: String) -> String {
        "\(issuer)#\(credential)"
    }

    /// What is verified of a bundle that was accepted at `time`, by the set in force.
    mutating func accredit(
        _ compact: String, node: Identity, time: Instant
    ) throws(ProofError) -> (end: Instant, backing: [Backing]) {
        guard !offences.isSuspended(node, at: height + 1) else {
            throw ProofError(.recount, "\(node) was admitted although it is suspended")
        }
        let bundle: Bundle
        do { bundle = try Bundle(compact) } catch {
            throw ProofError(.recount, "\(node) was admitted without a bundle: \(error)")
        }
        guard
            case .met(let verified) = QuorumVerifier.verify(
                bundle, set: auditorSet, network: network, at: time)
        else {
            throw ProofError(
                .recount, "\(node) was admitted although its auditors' quorum is not met")
        }
        guard verified.node.hasSameBytes(as: node.text) else {
            throw ProofError(.recount, "\(node) was admitted with credentials of another node")
        }
        var backing: [Backing] = []
        for credential in verified.consents + verified.refusals {
            let (issuer, id) = (credential.claims.issuer, credential.claims.id)
            let name = Self.name(issuer, id)
            let digest = credential.credential.jws.digest
            let sighting = sightings[name] ?? Sighting(digest: digest, height: height + 1)
            guard sighting.digest == digest else {
                throw ProofError(.recount, "\(node) was admitted with a jti that was another's")
            }
            sightings[name] = sighting
            guard credential.claims.consent.isGranted else { continue }
            guard !revoked.contains(name) else {
                throw ProofError(.recount, "\(node) was admitted by a credential taken back")
            }
            if let since = credential.compromisedSince, sighting.height > since {
                throw ProofError(
                    .recount, "\(node) was admitted by a key that is not trusted since \(since)")
            }
            backing.append(
                Backing(
                    name: name, issuer: issuer, key: credential.key.thumbprint,
                    seen: sighting.height))
        }
        return (verified.validUntil, backing)
    }

    mutating func renew(
        _ node: Identity, _ bundle: String, time: Instant
    ) throws(ProofError) {
        guard let number = candidateNumbers[node], candidates[number].isListed else {
            throw ProofError(.recount, "\(node) was renewed although it was not on the list")
        }
        let (end, backing) = try accredit(bundle, node: node, time: time)
        guard end > candidates[number].validUntil else {
            throw ProofError(.recount, "\(node) was renewed without standing longer")
        }
        candidates[number].validUntil = end
        candidates[number].backing = backing
    }

    mutating func revoke(
        _ revocation: CredentialRevocation, by sender: Identity, time: Instant
    ) throws(ProofError) {
        let name = Self.name(revocation.issuer, revocation.credential)
        guard isAccount(sender, of: revocation.issuer, in: auditorSet),
            revoked.insert(name).inserted
        else {
            throw ProofError(
                .recount,
                "credential \(revocation.credential) was taken back by a stranger or twice")
        }
        for number in candidates.indices
        where candidates[number].backing.contains(where: { $0.name.hasSameBytes(as: name) }) {
            endAdmission(number, at: time)
        }
    }

    mutating func rotate(
        _ compact: String, by sender: Identity, time: Instant
    ) throws(ProofError) {
        do {
            let rotation = try AuditorRotation(compact)
            let next = try comingAuditorSet.rotated(by: rotation, at: time)
            guard isAccount(sender, of: rotation.draft.issuer, in: comingAuditorSet),
                rotation.draft.oldCompromisedSince ?? 0 <= height + 1
            else { throw ProofError(.recount, "it is not the auditor's account that sent it") }
            comingAuditorSet = next
        } catch {
            throw ProofError(.recount, "a rotation was accepted that is none: \(error)")
        }
    }

    mutating func update(_ update: AuditorSetUpdate, time: Instant) throws(ProofError) {
        do {
            try comingAuditorSet.checkUpdate(
                to: update.set, signatures: update.signatures, at: time)
        } catch {
            throw ProofError(.recount, "an auditor set was accepted that is none: \(error)")
        }
        comingAuditorSet = update.set
    }

    /// The end of a block: the set that was agreed on in it comes into force, and who was admitted
    /// by a key in other hands stands until the next block.
    mutating func takeAuditorSetOver(at time: Instant) {
        guard comingAuditorSet != auditorSet else { return }
        auditorSet = comingAuditorSet
        for number in candidates.indices where candidates[number].backing.contains(where: isLost) {
            endAdmission(number, at: time)
        }
    }

    private func isLost(_ backing: Backing) -> Bool {
        auditorSet.auditor(backing.issuer)?.keys.contains { key in
            guard let since = key.compromisedSince else { return false }
            return key.thumbprint.hasSameBytes(as: backing.key) && backing.seen > since
        } ?? false
    }

    private func isAccount(_ sender: Identity, of issuer: String, in set: AuditorSet) -> Bool {
        set.auditor(issuer)?.account.hasSameBytes(as: sender.text) ?? false
    }

    mutating func endAdmission(_ number: Int, at time: Instant) {
        guard candidates[number].isListed, candidates[number].validUntil > time else { return }
        candidates[number].validUntil = time
        nextEnd = min(nextEnd, time)
    }
}
