import Auditing
import Credentials
import Cryptography
import Encoding
import Synchronization
import Web

/// Lets reviewers log in: gives out challenges, takes each signed one once, and opens a session.
/// All of it is in memory; after a restart reviewers log in again.
final class ReviewLogins: Sendable {
    /// The token is told once and kept only as its digest.
    struct Session: Sendable {
        let reviewer: Reviewer
        let expires: Instant
    }

    private struct State: Sendable {
        var challenges: [String: ReviewLogin] = [:]
        /// Nonces in the order given out, those used since included.
        var order: [String] = []
        var sessions: [Digest: Session] = [:]
        var opened: [Digest] = []
    }

    let issuer: String
    let network: String
    let reviewers: [Reviewer]
    private let clock: @Sendable () -> Instant
    private let state = Mutex(State())

    init(
        issuer: String, network: String, reviewers: [Reviewer],
        clock: @escaping @Sendable () -> Instant
    ) {
        self.issuer = issuer
        self.network = network
        self.reviewers = reviewers
        self.clock = clock
    }

    /// A challenge for a reviewer to sign.
    func challenge(_ did: String) throws(Problem) -> ReviewLogin {
        guard reviewers.contains(where: { $0.did.hasSameBytes(as: did) }) else {
            throw Problem(
                type: "review-unknown-reviewer", title: "No reviewer", status: 403,
                detail: "\(did.quotedForMessage) is no reviewer of \(issuer).",
                fix: "Ask the auditor's operator to name you under reviewers.")
        }
        let login = ReviewLogin(
            issuer: issuer, network: network, reviewer: did,
            nonce: Base64URL.encode(SecureRandom.bytes(32)),
            expires: Instant(seconds: clock().seconds + Limits.reviewChallengeSeconds))
        state.withLock { state in
            state.challenges[login.nonce] = login
            state.order.append(login.nonce)
            while state.order.count > Limits.reviewChallengeCountMaximum {
                state.challenges[state.order.removeFirst()] = nil
            }
        }
        return login
    }

    /// Checks a signed challenge, uses it up and opens a session.
    /// - Throws: `Problem` with status 401 that says what does not fit.
    func open(_ compact: String) throws(Problem) -> (token: String, session: Session) {
        let login: ReviewLogin
        do throws(CredentialError) {
            login = try ReviewLogin.verify(compact)
        } catch {
            throw Self.refusal(error.detail)
        }
        guard let given = state.withLock({ $0.challenges.removeValue(forKey: login.nonce) }),
            given == login
        else { throw Self.refusal("The challenge was used before, or is not of this auditor.") }
        guard clock() < given.expires else {
            throw Self.refusal("The challenge was good before \(given.expires.rfc3339).")
        }
        guard let reviewer = reviewers.first(where: { $0.did.hasSameBytes(as: given.reviewer) })
        else { throw Self.refusal("\(given.reviewer) is no reviewer any more.") }
        let token = Base64URL.encode(SecureRandom.bytes(32))
        let session = Session(
            reviewer: reviewer,
            expires: Instant(seconds: clock().seconds + Limits.reviewSessionSeconds))
        state.withLock { state in
            let key = Digest.sha256(Array(token.utf8))
            state.sessions[key] = session
            state.opened.append(key)
            while state.opened.count > Limits.reviewSessionCountMaximum {
                state.sessions[state.opened.removeFirst()] = nil
            }
        }
        return (token, session)
    }

    /// Whose session a request carries; nil when it carries none.
    /// - Throws: `Problem` with status 401 when its token opens nothing (any more).
    func reviewer(of request: Request) throws(Problem) -> Reviewer? {
        guard let key = try Self.token(of: request) else { return nil }
        guard let session = state.withLock({ $0.sessions[key] }), clock() < session.expires else {
            throw Self.refusal("The token opens no session (any more).")
        }
        return session.reviewer
    }

    func close(_ request: Request) throws(Problem) {
        guard let key = try Self.token(of: request) else { return }
        state.withLock { _ = $0.sessions.removeValue(forKey: key) }
    }

    private static func token(of request: Request) throws(Problem) -> Digest? {
        guard let value = request.header("authorization") else { return nil }
        let words = value.split(separator: " ")
        guard words.count == 2, words[0].lowercased().hasSameBytes(as: "bearer") else {
            throw refusal("Authorization is not “Bearer TOKEN”.")
        }
        return Digest.sha256(Array(words[1].utf8))
    }

    static func refusal(_ detail: String) -> Problem {
        Problem(
            type: "review-login", title: "Not logged in", status: 401, detail: detail,
            fix: "POST /v1/reviews/challenges {\"reviewer\"}, sign what it answers with the "
                + "reviewer's key (typ \(DocumentType.reviewLogin)), and POST "
                + "/v1/reviews/sessions {\"login\"}.",
            headers: [("www-authenticate", "Bearer")])
    }
}
