package import Cryptography
package import Encoding

/// Why a credential did not count, or why the rule as a whole is not met.
package struct Rejection: Sendable, Hashable {
    /// The auditor's address; nil when the rule is not met.
    package let issuer: String?
    package let code: CredentialError.Code
    package let detail: String

    package init(issuer: String?, code: CredentialError.Code, detail: String) {
        self.issuer = issuer
        self.code = code
        self.detail = detail
    }

    /// {"issuer" (null when it is about the rule), "reason", "detail"}.
    package var json: JSON {
        [
            "issuer": issuer.map(JSON.string) ?? nil, "reason": .string(code.rawValue),
            "detail": .string(detail),
        ]
    }
}

/// What a bundle proves at one time. Only `QuorumVerifier` makes one.
package struct VerifiedBundle: Sendable {
    package let bundle: Bundle
    package let network: String
    /// The node's did:key.
    package let node: String
    package let application: Digest
    package let consensusKey: PublicKey
    package let endpoint: String
    /// One per auditor, ordered by issuer.
    package let consents: [VerifiedCredential]
    package let refusals: [VerifiedCredential]
    /// Credentials in the bundle that did not count.
    package let rejections: [Rejection]
    /// The earliest end among the consents.
    package let validUntil: Instant

    /// The deposits that consenting auditors demanded, with the auditor each was paid to.
    package var deposits: [(issuer: String, deposit: HeldDeposit)] {
        consents.compactMap { consent in
            consent.claims.deposit.map { (consent.claims.issuer, $0) }
        }
    }
}

/// Met, or not met with every reason.
package enum QuorumResult: Sendable {
    case met(VerifiedBundle)
    case refused([Rejection])
}

/// Decides whether a bundle carries enough consents.
///
/// Each credential is verified on its own. Those that fail, that answer another application than
/// the rest, or of which there are two by one auditor are reported and do not count. The consents
/// left have to come from `threshold` distinct auditors, with distinct keys, run by `operators`
/// distinct operators.
package enum QuorumVerifier {
    /// - Parameters:
    ///   - now: the time that decides, such as a block's.
    ///   - application: the application expected; nil for that of the first consent.
    package static func verify(
        _ bundle: Bundle, set: AuditorSet, network: String, at now: Instant,
        application: Digest? = nil
    ) -> QuorumResult {
        guard network.hasSameBytes(as: set.network) else {
            return .refused([
                Rejection(
                    issuer: nil, code: .wrongNetwork,
                    detail: "the auditor set is for network \(set.network), not \(network)")
            ])
        }
        var rejections: [Rejection] = []
        let verified = verifyEach(bundle, set, now, &rejections)
        let candidates = verified.filter {
            application == nil || $0.claims.application == application
        }
        let first = candidates.first { $0.claims.consent.isGranted } ?? candidates.first
        var counted: [VerifiedCredential] = []
        for credential in verified {
            do throws(CredentialError) {
                try check(credential, belongsTo: first?.claims, application)
                if counted.contains(where: { $0.key == credential.key }) {
                    throw CredentialError(.duplicateKey, "the key \(credential.key) counts already")
                }
                counted.append(credential)
            } catch {
                rejections.append(rejection(credential.credential, error))
            }
        }
        let consents = counted.filter(\.claims.consent.isGranted)
        let refusals = counted.filter { !$0.claims.consent.isGranted }
        let unmet = unmet(consents, set)
        guard unmet.isEmpty, let first = consents.first,
            let validUntil = consents.map(\.claims.validity.until).min()
        else { return .refused(rejections + refusals.map(rejection) + unmet) }
        let claims = first.claims
        return .met(
            VerifiedBundle(
                bundle: bundle, network: network, node: claims.node.did,
                application: claims.application, consensusKey: claims.consensusKey,
                endpoint: claims.endpoint, consents: consents, refusals: refusals,
                rejections: rejections, validUntil: validUntil))
    }

    private static func verifyEach(
        _ bundle: Bundle, _ set: AuditorSet, _ now: Instant, _ rejections: inout [Rejection]
    ) -> [VerifiedCredential] {
        var verified: [VerifiedCredential] = []
        for credential in bundle.credentials {
            do throws(CredentialError) {
                let issuer = credential.claims.issuer
                let count = bundle.credentials.count { $0.claims.issuer.hasSameBytes(as: issuer) }
                guard count == 1 else {
                    throw CredentialError(
                        .duplicateAuditor,
                        "the bundle holds \(count) credentials by \(issuer): none of them counts")
                }
                verified.append(try set.verify(credential, at: now))
            } catch {
                rejections.append(rejection(credential, error))
            }
        }
        return verified
    }

    private static func check(
        _ credential: VerifiedCredential, belongsTo first: CredentialClaims?,
        _ application: Digest?
    ) throws(CredentialError) {
        if let application, credential.claims.application != application {
            throw CredentialError(
                .wrongApplication,
                "\(credential.claims.issuer) judged application \(credential.claims.application), "
                    + "not \(application)")
        }
        if let first { try credential.claims.checkBelongs(to: first) }
    }

    private static func unmet(_ consents: [VerifiedCredential], _ set: AuditorSet) -> [Rejection] {
        var unmet: [Rejection] = []
        if consents.count < set.threshold {
            unmet.append(
                Rejection(
                    issuer: nil, code: .quorumNotMet,
                    detail: "\(consents.count) valid consents of the \(set.threshold) needed"))
        }
        let operators = AuditorSet.distinctOperators(consents.map(\.auditor))
        if operators < set.operators {
            unmet.append(
                Rejection(
                    issuer: nil, code: .operatorsNotMet,
                    detail: "\(operators) distinct operators of the \(set.operators) needed"))
        }
        return unmet
    }

    private static func rejection(
        _ credential: Credential, _ error: CredentialError
    ) -> Rejection {
        Rejection(issuer: credential.claims.issuer, code: error.code, detail: error.detail)
    }

    private static func rejection(_ refusal: VerifiedCredential) -> Rejection {
        let detail =
            switch refusal.claims.consent {
            case .refused(let reason): reason
            case .granted: ""
            }
        return Rejection(issuer: refusal.claims.issuer, code: .refused, detail: detail)
    }
}
