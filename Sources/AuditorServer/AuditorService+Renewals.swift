import Auditing
import Credentials
import Cryptography
import Encoding
import Policies
import Storage

/// Fresh credentials for an application of before. The application is judged again by the policy in
/// force now, on evidence gathered now; its digest stays, so the new credential stands in a bundle
/// beside those of other auditors that are still good.
extension AuditorService {
    /// Judges an application again. The same renewal again gets the same answer.
    /// - Throws: `CredentialError` for a renewal that is not believed; `AuditorError` of code
    ///   `unknownApplication`, `notRenewable`, or for what keeps it from being judged now.
    @concurrent package nonisolated func renew(_ compact: String) async throws -> AuditorAnswer {
        let digest = try JWS(compact, maximumByteCount: Limits.renewalByteCountMaximum).digest
        if let known = try store.record(digest) { return try await finished(known) }
        let renewal = try Renewal.verify(compact, network: network, issuer: issuer, at: clock())
        let application = try renewable(renewal)
        do {
            return try await judge(renewal, of: application)
        } catch let error as StorageError where error.code == .constraint {
            // The same renewal, sent twice at once: the first one's answer counts.
            guard let known = try store.record(digest) else { throw error }
            return try await finished(known)
        }
    }

    private nonisolated func finished(
        _ record: AuditorStore.Record
    ) async throws -> AuditorAnswer {
        guard let answer = try await settled(record) else {
            throw AuditorError(.busy, "application \(record.digest) is being judged")
        }
        return answer
    }

    /// The application that a renewal is about, with the newer statement, if it may be renewed.
    private nonisolated func renewable(_ renewal: Renewal) throws -> Application {
        guard let record = try store.record(renewal.application), record.renews == nil,
            record.node.hasSameBytes(as: renewal.node)
        else {
            throw AuditorError(
                .unknownApplication,
                "this auditor has no application \(renewal.application) of \(renewal.node)")
        }
        guard record.state == .issued else {
            throw AuditorError(
                .notRenewable, "application \(renewal.application) is not answered yet")
        }
        if let hindrance = try store.hindrance(of: renewal.application) {
            throw AuditorError(
                .notRenewable,
                "a credential for application \(renewal.application) is \(hindrance.rawValue)")
        }
        return try Application.verify(
            record.application, network: network, at: record.received
        ).renewed(credit: renewal.credit)
    }

    private nonisolated func judge(
        _ renewal: Renewal, of application: Application
    ) async throws -> AuditorAnswer {
        let policy = policies.served.choice.policy(for: application)
        let gathered = await evidence(for: application, policy)
        let now = clock()
        let signing = try keys.signing(at: now)
        let id = SecureRandom.uuid()
        let verdict = Auditing.judge(
            application, issuer: issuer, policy: policy, evidence: gathered.evidence, at: now)
        var place: StatusPlace?
        let prepared: PreparedClaims
        switch consume verdict {
        case .granted(let permit):
            let own = statusPlaces.next()
            prepared = try permit.prepare(
                id: id, at: now, keyWindow: signing.key.window, status: status(at: own))
            place = own
        case .refused(let refusal):
            if let failed = gathered.failedSources.first {
                throw AuditorError(.evidenceUnavailable, failed)
            }
            prepared = try refusal.prepare(id: id, at: now, keyWindow: signing.key.window)
        case .referred:
            throw AuditorError(.notRenewable, "its reviewers have to decide on it again")
        }
        let findings = JSON.array(prepared.claims.evidence.flatMap(\.findings).map(\.json))
        try await store.intend(
            AuditorStore.DecidedRenewal(
                digest: renewal.digest, jws: renewal.jws.compact, application: application.digest,
                node: renewal.node, policy: policy.digest, claims: prepared.payload, jti: id,
                key: signing.key.thumbprint, evidence: gathered.evidence.facts,
                findings: findings, place: place), at: now)
        guard let record = try store.record(renewal.digest) else {
            throw StorageError(.corrupt, "renewal \(renewal.digest) is not where it was written")
        }
        return try await finished(record)
    }
}
