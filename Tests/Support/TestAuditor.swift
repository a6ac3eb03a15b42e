package import Credentials
import Cryptography
package import Encoding

/// An auditor of a test network with one signing key.
package struct TestAuditor: Sendable {
    package let issuer: String
    package let operatorName: String
    package let pair: KeyPair
    package let account: KeyPair
    package let window: Validity

    package init(_ name: String, operatorName: String, window: Validity) throws {
        issuer = "https://\(name).example"
        self.operatorName = operatorName
        pair = try KeyPair()
        account = try KeyPair()
        self.window = window
    }

    package var entry: AuditorSet.Auditor {
        AuditorSet.Auditor(
            issuer: issuer, name: "Auditor at \(issuer)", operatorName: operatorName,
            account: account.did, keys: [AuditorSet.Key(key: pair.publicKey, window: window)])
    }

    /// The claims this auditor would sign at `time`, valid for an hour from then on.
    package func claims(
        for application: Application, at time: Instant, consent: Consent = .granted
    ) -> CredentialClaims {
        CredentialClaims(
            id: SecureRandom.uuid(), issuer: issuer,
            validity: Validity(from: time, until: time.adding(milliseconds: 3_600_000)),
            issuedAt: time, consent: consent, application: application,
            qualifications: JSONObject(),
            evidence: [
                Evaluation(
                    mode: .automatic, policy: "test@1", policyDigest: .zero, findings: [])
            ])
    }

    /// A credential, after `change` has had its way with the claims.
    package func credential(
        for application: Application, at time: Instant, consent: Consent = .granted,
        _ change: (inout CredentialClaims) -> Void = { _ in }
    ) throws -> Credential {
        var claims = claims(for: application, at: time, consent: consent)
        change(&claims)
        return try claims.sign(with: pair.key)
    }
}
