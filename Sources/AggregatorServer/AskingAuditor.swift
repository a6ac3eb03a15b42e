package import Credentials
import Cryptography
package import Encoding
import Storage
package import Web

/// Asks one auditor about one application until it has decided or the time is up. What comes back
/// is believed only as far as it verifies: the answer must name this application, this node and
/// this issuer, and the credential in it must be signed by a key of that auditor in the set.
package struct AskingAuditor: Sendable {
    let application: Application
    let auditor: AuditorSet.Auditor
    let set: AuditorSet
    let client: HTTPClient
    let deadlineMilliseconds: Int
    let clock: @Sendable () -> Instant

    package init(
        application: Application, auditor: AuditorSet.Auditor, set: AuditorSet,
        client: HTTPClient, deadlineMilliseconds: Int, clock: @escaping @Sendable () -> Instant
    ) {
        self.application = application
        self.auditor = auditor
        self.set = set
        self.client = client
        self.deadlineMilliseconds = deadlineMilliseconds
        self.clock = clock
    }

    /// Waits until it has decided, refers, fails, or the deadline is over.
    package func outcome() async -> AuditorOutcome {
        let began = SystemClock.monotonicMilliseconds()
        let deadline = began + Int64(deadlineMilliseconds)
        let outcome = await ask(until: deadline)
        return AuditorOutcome(
            issuer: auditor.issuer, kind: outcome.kind, reason: outcome.reason,
            milliseconds: SystemClock.monotonicMilliseconds() - began,
            credential: outcome.credential)
    }

    private func ask(until deadline: Int64) async -> AuditorOutcome {
        let body: JSON = ["application": JSON(application.jws.compact)]
        var response = await send("POST", "/v1/applications", body.bytes, until: deadline)
        while true {
            let answer: Response
            switch response {
            case .failure(let error): return failed(error)
            case .success(let received): answer = received
            }
            let read = judged(answer)
            let isLate = SystemClock.monotonicMilliseconds() >= deadline
            guard case .timeout = read.kind, !isLate else { return read }
            let pause = min(
                Limits.pollMillisecondsMinimum, deadline - SystemClock.monotonicMilliseconds())
            try? await Task.sleep(for: .milliseconds(max(1, pause)))
            response = await send(
                "GET", "/v1/applications/\(application.digest.text)", [], until: deadline)
        }
    }

    private func send(
        _ method: String, _ path: String, _ body: [UInt8], until deadline: Int64
    ) async -> Result<Response, WebError> {
        let left = deadline - SystemClock.monotonicMilliseconds()
        do throws(WebError) {
            return .success(
                try await client.send(
                    method, auditor.issuer + path,
                    headers: body.isEmpty ? [] : [("content-type", "application/json")],
                    body: body, deadlineMilliseconds: max(1, Int(left)),
                    maximumBodyByteCount: Limits.auditorAnswerByteCountMaximum))
        } catch {
            return .failure(error)
        }
    }

    private func failed(_ error: WebError) -> AuditorOutcome {
        let kind: AuditorOutcome.Kind =
            switch error.code {
            case .timeout: .timeout
            case .framing, .tooLarge: .malformed
            default: .unreachable
            }
        return made(kind, error.detail)
    }

    private func made(
        _ kind: AuditorOutcome.Kind, _ reason: String, credential: String? = nil
    ) -> AuditorOutcome {
        AuditorOutcome(
            issuer: auditor.issuer, kind: kind, reason: reason, credential: credential)
    }

    /// What an answer is worth; `timeout` for one that says "not yet".
    func judged(_ response: Response) -> AuditorOutcome {
        guard response.status == 200 || response.status == 202 else {
            let detail = (try? response.json())?["detail"]?.stringValue
            return made(.error, "answered \(response.status): \(detail ?? "without a reason")")
        }
        do {
            var fields = try Fields(response.json(), "answer")
            let digest = try fields.digest("application")
            let node = try fields.string("node")
            let issuer = try fields.string("issuer")
            let outcome = try fields.string("outcome")
            let token = try fields.optionalString(
                "credential", maximumByteCount: Limits.auditorAnswerByteCountMaximum)
            guard digest == application.digest, node.hasSameBytes(as: application.node),
                issuer.hasSameBytes(as: auditor.issuer)
            else {
                return made(
                    .wrongIdentity,
                    "answered as \(issuer) about \(node), application \(digest.text)")
            }
            switch outcome {
            case "pending": return made(.timeout, "has not decided within the deadline")
            case "referred": return made(.referred, "its reviewers have to decide")
            case "consent", "refusal":
                guard let token else { return made(.malformed, "answered without a credential") }
                return judged(token, isConsent: outcome == "consent")
            default:
                return made(.malformed, "answered with the outcome \(outcome.quotedForMessage)")
            }
        } catch {
            return made(.malformed, "its answer cannot be read: \(error)")
        }
    }

    private func judged(_ token: String, isConsent: Bool) -> AuditorOutcome {
        do throws(CredentialError) {
            let verified = try set.verify(Credential(token), at: clock())
            let claims = verified.claims
            guard claims.application == application.digest, claims.node == application.nodeKey,
                claims.issuer.hasSameBytes(as: auditor.issuer)
            else {
                return made(
                    .wrongIdentity,
                    "its credential is by \(claims.issuer) about \(claims.node.did), "
                        + "application \(claims.application.text)")
            }
            guard claims.consent.isGranted == isConsent else {
                return made(.malformed, "its answer and its credential disagree")
            }
            return made(
                isConsent ? .consent : .refusal, Self.reason(of: claims), credential: token)
        } catch {
            return made(.malformed, "its credential does not verify: \(error.detail)")
        }
    }

    /// The findings of a refusal, one sentence each.
    private static func reason(of claims: CredentialClaims) -> String {
        switch claims.consent {
        case .granted: return ""
        case .refused(let reason):
            let messages = claims.evidence.flatMap(\.findings).map(\.message)
            return messages.isEmpty ? reason : messages.joined(separator: "; ")
        }
    }
}
