import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing

extension AuditWorld {
    /// Leaves on an auditor's disk what a stop between intention and signature leaves there: claims
    /// for its active key, unsigned.
    func intend(
        _ configuration: AuditorConfiguration
    ) async throws -> (application: Application, claims: CredentialClaims) {
        let applicant = try TestApplicant(self)
        let application = try applicant.application()
        let ring = try KeyRingFolder(path: configuration.keyRingPath).read()
        let key = try #require(ring.active).thumbprint
        let policyBytes = try DurableFile.read(
            configuration.policies[0].policy, maximumByteCount: 262_144)
        let policy = try AuditorPolicy(bytes: policyBytes)
        let now = SystemClock.now()
        // What the server had on disk when it stopped.
        let store = try AuditorStore(folder: configuration.dataFolder)
        try store.keep(policy: policyBytes, digest: policy.digest, at: now)
        try await store.accept(
            application.digest, application: application.jws.compact, node: application.node,
            policy: policy.digest, at: now)
        let device = try DeviceChallenge(
            nonce: SecureRandom.bytes(32), network: AuditWorld.network,
            application: application.digest, node: application.node, signatures: 8,
            memoryMebibytes: 1, deadlineMilliseconds: 2000)
        let evidence = Evidence(
            device: .present(DeviceEvidence(challenge: device, faults: [], milliseconds: 20)),
            deposit: .absent(reason: "none"), credit: .absent(reason: "none"))
        guard
            case .granted(let permit) = judge(
                application, issuer: configuration.issuer, policy: policy, evidence: evidence,
                at: now)
        else {
            throw AuditingError(.policy, "the policy has to grant this")
        }
        let prepared = try permit.prepare(
            id: SecureRandom.uuid(), at: now,
            keyWindow: Validity(from: .distantPast, until: .distantFuture))
        try await store.intend(
            application.digest, jti: prepared.claims.id, claims: prepared.payload, key: key,
            evidence: [:], findings: [], at: now)
        store.close()
        await applicant.stop()
        return (application, prepared.claims)
    }
}
