import Credentials
import Cryptography
import Encoding
import Storage
import Web

/// Replaces the credentials of a bundle that end soon. Only their auditors are asked; what the
/// others signed stays as it is.
struct BundleRenewal: Sendable {
    struct Result: Sendable {
        let bundle: Bundle
        /// What each auditor that was asked said.
        let replies: [AuditorReply]
        let validUntil: Instant
    }

    let set: AuditorSet
    let signer: Signer
    let http: HTTPClient
    /// A newer credit statement, for auditors that judge one.
    let credit: String?

    /// The consents of a bundle, whoever signed them.
    static func consents(_ bundle: Bundle) -> [Credential] {
        bundle.credentials.filter(\.claims.consent.isGranted)
    }

    /// Those that are to be renewed at a time: past two thirds of their life.
    static func due(_ bundle: Bundle, at now: Instant) -> [Credential] {
        consents(bundle).filter { $0.claims.renewal <= now }
    }

    /// When the first of them is; nil for a bundle of refusals.
    static func nextDue(_ bundle: Bundle) -> Instant? {
        consents(bundle).map(\.claims.renewal).min()
    }

    /// Asks the auditors of `due` for fresh credentials and merges them with the rest.
    ///
    /// A refusal takes the consent's place, and a consent whose auditor does not answer goes when
    /// it would limit the bundle, as long as the quorum stands without.
    /// - Throws: a `Failure` that names every auditor's reason when nothing better came of it.
    func renew(_ bundle: Bundle, _ due: [Credential]) async throws -> Result {
        var replies: [AuditorReply] = []
        var fresh: [Credential] = []
        for credential in due {
            let (reply, answer) = await ask(credential)
            replies.append(reply)
            if let answer { fresh.append(answer) }
        }
        let kept = bundle.credentials.filter { old in
            !fresh.contains { $0.claims.issuer.hasSameBytes(as: old.claims.issuer) }
        }
        let silent = kept.filter { old in due.contains(old) }
        // Fresh credentials may begin after the moment when they were asked for.
        let now = SystemClock.now()
        let best = [kept + fresh, kept.filter { !silent.contains($0) } + fresh].compactMap {
            merged($0, at: now)
        }.max { $0.until < $1.until }
        let before = Self.consents(bundle).map(\.claims.validity.until).min() ?? now
        guard let best, !fresh.isEmpty, best.until > before else {
            throw Failure(
                .failure, "renewal.failed", "the bundle could not be renewed",
                why: replies.map { "\($0.issuer): \($0.outcome), \($0.reason)" }
                    .joined(separator: "\n       "),
                fix: "mend what the auditors name; or apply anew with accredit application create",
                members: [("validUntil", JSON(before.rfc3339))])
        }
        return Result(bundle: best.bundle, replies: replies, validUntil: best.until)
    }

    /// A bundle of these credentials, if it meets the quorum.
    private func merged(
        _ credentials: [Credential], at now: Instant
    ) -> (bundle: Bundle, until: Instant)? {
        guard
            let bundle = try? Bundle.merge(
                credentials, holder: signer.did, keyID: signer.did, id: SecureRandom.uuid(),
                at: Instant(seconds: now.seconds), key: signer.key)
        else { return nil }
        switch QuorumVerifier.verify(bundle, set: set, network: set.network, at: now) {
        case .met(let verified): return (bundle, verified.validUntil)
        case .refused: return nil
        }
    }

    private func ask(_ old: Credential) async -> (AuditorReply, Credential?) {
        let issuer = old.claims.issuer
        do {
            let renewal = try Renewal.sign(
                of: old.claims.application, network: set.network, issuer: issuer, credit: credit,
                at: Instant(seconds: SystemClock.now().seconds), nonce: SecureRandom.bytes(16),
                key: signer.key)
            let auditor = Service(noun: "the auditor", base: issuer, http: http)
            let answer = try await auditor.post(
                "/v1/renewals", ["renewal": .string(renewal.jws.compact)],
                wait: Limits.decisionMilliseconds)
            let token = answer["credential"]?.stringValue ?? ""
            let fresh = try set.verify(Credential(token), at: SystemClock.now()).credential
            guard fresh.claims.application == old.claims.application,
                fresh.claims.node == old.claims.node,
                fresh.claims.issuer.hasSameBytes(as: issuer)
            else {
                return (
                    AuditorReply(
                        issuer: issuer, outcome: "wrong-identity",
                        reason: "its credential answers something else"), nil
                )
            }
            return (Self.reply(fresh), fresh)
        } catch let failure as Failure {
            let reason = failure.what + (failure.why.map { ": \($0)" } ?? "")
            return (AuditorReply(issuer: issuer, outcome: "error", reason: reason), nil)
        } catch {
            return (AuditorReply(issuer: issuer, outcome: "malformed", reason: "\(error)"), nil)
        }
    }

    private static func reply(_ fresh: Credential) -> AuditorReply {
        let claims = fresh.claims
        switch claims.consent {
        case .granted:
            return AuditorReply(
                issuer: claims.issuer, outcome: "consent",
                reason: "until \(claims.validity.until.rfc3339)")
        case .refused(let reason):
            let messages = claims.evidence.flatMap(\.findings).map(\.message)
            return AuditorReply(
                issuer: claims.issuer, outcome: "refusal",
                reason: messages.isEmpty ? reason : messages.joined(separator: "; "))
        }
    }
}
