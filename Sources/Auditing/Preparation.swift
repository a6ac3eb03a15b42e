package import Credentials
package import Encoding
import Policies

/// Claims that were looked at once more and may be signed. A class, because they are handed on and
/// would be copied member by member each time.
package final class PreparedClaims: Sendable {
    package let claims: CredentialClaims
    /// The claims as they are to be recorded and signed: the bytes that were read back.
    package let payload: [UInt8]

    fileprivate init(_ claims: CredentialClaims, payload: [UInt8]) {
        self.claims = claims
        self.payload = payload
    }
}

extension IssuancePermit {
    /// The claims of the one consent this permit allows.
    /// - Parameters:
    ///   - id: a UUID never used before.
    ///   - now: the time of signing.
    ///   - keyWindow: the window of the signing key; the credential ends in it.
    ///   - status: where to look whether it was revoked or suspended.
    /// - Throws: `keyWindow`, `noValidity`, or `lint`.
    package consuming func prepare(
        id: String, at now: Instant, keyWindow: Validity, status: [StatusEntry] = []
    ) throws(AuditingError) -> PreparedClaims {
        try judgement.prepare(
            .granted, id: id, at: now, keyWindow: keyWindow, status: status)
    }
}

extension Refusal {
    /// The claims of the refusal; its reason is that of the first finding.
    /// - Throws: `keyWindow`, `noValidity`, or `lint`.
    package func prepare(
        id: String, at now: Instant, keyWindow: Validity
    ) throws(AuditingError) -> PreparedClaims {
        let reason = judgement.findings.first?.credentialFinding.reason ?? "refused"
        return try judgement.prepare(
            .refused(reason: reason), id: id, at: now, keyWindow: keyWindow)
    }
}

extension Judgement {
    /// The findings as they travel in a credential: bounded, and without control characters.
    package var credentialFindings: [CredentialFinding] {
        findings.prefix(Limits.findingCountMaximum).map(\.credentialFinding)
    }

    /// The validity is the shortest of the policy's, the application's, the evidence's and the
    /// key's, in whole seconds.
    fileprivate func prepare(
        _ consent: Consent, id: String, at now: Instant, keyWindow: Validity,
        status: [StatusEntry] = []
    ) throws(AuditingError) -> PreparedClaims {
        let issuedAt = Instant(seconds: now.seconds)
        guard keyWindow.contains(issuedAt) else {
            throw AuditingError(
                .keyWindow,
                "the signing key is good from \(keyWindow.from.rfc3339) to "
                    + "\(keyWindow.until.rfc3339), and it is \(now.rfc3339). Activate another key.")
        }
        let wanted = issuedAt.adding(milliseconds: validForSeconds * 1000)
        let end = Instant(seconds: min(wanted, evidenceEnds, keyWindow.until).seconds)
        guard issuedAt < end else {
            throw AuditingError(
                .noValidity,
                "the credential would end at \(end.rfc3339), not after its signing: the evidence "
                    + "or the signing key expires")
        }
        let claims = CredentialClaims(
            id: id, issuer: issuer,
            validity: Validity(
                from: issuedAt.adding(milliseconds: -Limits.backdatingMilliseconds), until: end),
            issuedAt: issuedAt, consent: consent, application: application,
            qualifications: qualifications,
            evidence: [
                Evaluation(
                    mode: conclusion == nil ? .automatic : .human, policy: policy.title,
                    policyDigest: policy.digest, findings: credentialFindings,
                    reviewers: conclusion?.reviewers ?? [], decisions: conclusion?.decisions ?? [])
            ],
            status: status)
        let payload = claims.json.bytes
        let problems = lint(claims, as: payload, for: self, keyWindow: keyWindow)
        guard problems.isEmpty else {
            throw AuditingError(.lint, problems.joined(separator: "; "))
        }
        return PreparedClaims(claims, payload: payload)
    }
}

extension Finding {
    /// This finding as it travels in a credential.
    fileprivate var credentialFinding: CredentialFinding {
        CredentialFinding(
            rule: Self.printable(rule, Limits.codeByteCountMaximum),
            reason: Self.printable(reason, Limits.codeByteCountMaximum),
            message: Self.printable(message, Limits.messageByteCountMaximum))
    }

    /// Control characters and marks of direction become spaces; what is too long ends in "…".
    private static func printable(_ text: String, _ maximumByteCount: Int) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            let printed: Unicode.Scalar =
                switch scalar.value {
                case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: " "
                default: scalar
                }
            count += UTF8.width(printed)
            if count > maximumByteCount - 3 { return String(result) + "…" }
            result.append(printed)
        }
        return result.isEmpty ? "-" : String(result)
    }
}
