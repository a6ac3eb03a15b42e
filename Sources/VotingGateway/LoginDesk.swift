import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization
import Web

/// Lets accounts log in: gives out challenges, takes each signed one once, and opens a session.
/// Challenges are kept in memory; after a restart a client asks for another.
final class LoginDesk: Sendable {
    /// An open session; the token is told once and kept only as its digest.
    struct Session: Sendable {
        let token: String
        let account: String
        let expires: Instant

        var json: JSON {
            ["token": JSON(token), "account": JSON(account), "expires": JSON(expires.rfc3339)]
        }
    }

    private struct State: Sendable {
        var challenges: [String: LoginChallenge] = [:]
        /// Nonces in the order given out, those used since included.
        var order: [String] = []
        var requests = RateLimiter(countMaximum: Limits.loginRequestsPerMinuteMaximum)
    }

    let gateway: String
    let network: String
    private let store: VoteStore
    private let clock: @Sendable () -> Instant
    private let keys = KeyCache(capacity: Limits.accountKeysMaximum)
    private let state = Mutex(State())

    init(
        gateway: String, network: String, store: VoteStore,
        clock: @escaping @Sendable () -> Instant
    ) {
        self.gateway = gateway
        self.network = network
        self.store = store
        self.clock = clock
    }

    /// A challenge for an account to sign.
    /// - Parameter remote: the host that asks, which has a share of requests in each minute.
    func challenge(account: String, remote: String) throws(Problem) -> LoginChallenge {
        do throws(LedgerError) { _ = try Identity(owner: account) } catch {
            throw .badRequest(error.detail, fix: "Name the account by its did:key.")
        }
        try count(remote)
        let challenge = LoginChallenge(
            gateway: gateway, network: network, account: account,
            nonce: Base64URL.encode(SecureRandom.bytes(Limits.nonceByteCount)),
            expires: Instant(seconds: clock().seconds + Limits.challengeSeconds))
        state.withLock { state in
            state.challenges[challenge.nonce] = challenge
            state.order.append(challenge.nonce)
            // The oldest make room: an answer takes a moment, and so many take longer to ask for.
            while state.order.count > Limits.challengesMaximum {
                state.challenges[state.order.removeFirst()] = nil
            }
        }
        return challenge
    }

    /// Checks a signed challenge and uses it up.
    /// - Returns: the account that has logged in.
    /// - Throws: `Problem` with status 401 that says what does not fit.
    func account(login compact: String, remote: String) throws(Problem) -> String {
        try count(remote)
        let jws: JWS
        let answer: LoginChallenge
        do {
            jws = try JWS(compact, maximumByteCount: Limits.loginByteCountMaximum)
            answer = try LoginChallenge(JSON.parse(jws.payload))
        } catch let error as JWSError {
            throw Self.refusal("login-malformed", error.detail)
        } catch let error as FormatError {
            throw Self.refusal("login-malformed", error.detail)
        } catch {
            throw Self.refusal("login-malformed", "It cannot be read.")
        }
        guard answer.gateway.hasSameBytes(as: gateway) else {
            throw Self.refusal(
                "login-gateway",
                "It is signed for \(answer.gateway.quotedForMessage); this is \(gateway).")
        }
        guard answer.network.hasSameBytes(as: network) else {
            throw Self.refusal(
                "login-network",
                "It is signed for \(answer.network.quotedForMessage); this is \(network).")
        }
        // Used up before anything else is looked at: no two attempts with one challenge.
        guard let given = state.withLock({ $0.challenges.removeValue(forKey: answer.nonce) }) else {
            throw Self.refusal(
                "login-used", "The challenge was used before, or is not of this gateway.")
        }
        guard let kid = jws.header.keyID, kid.hasSameBytes(as: given.account),
            answer.account.hasSameBytes(as: given.account)
        else {
            throw Self.refusal(
                "login-account", "The challenge was given to the account \(given.account).")
        }
        guard answer == given, clock() < given.expires else {
            throw Self.refusal(
                "login-expired",
                "The challenge was good before \(given.expires.rfc3339); it is "
                    + "\(clock().rfc3339) here.")
        }
        do {
            _ = try jws.verify(
                key: try keys.key(did: given.account), type: LoginChallenge.jwsType)
        } catch {
            throw Self.refusal(
                "login-signature", "The signature is not that of \(given.account).")
        }
        return given.account
    }

    /// Opens a session for an account that has logged in; its oldest one ends when it has too many.
    func open(for account: String) async throws -> Session {
        let now = clock()
        let session = Session(
            token: Base64URL.encode(SecureRandom.bytes(Limits.tokenByteCount)), account: account,
            expires: Instant(seconds: now.seconds + Limits.sessionSeconds))
        try await store.open(session, at: now)
        return session
    }

    /// The account whose session the request carries; nil when it carries none.
    /// - Throws: `Problem` with status 401 when the token opens nothing (any more).
    func account(of request: Request) throws -> String? {
        guard let token = try Self.token(of: request) else { return nil }
        guard let account = try store.account(token: token, at: clock()) else {
            throw Self.refusal(
                "session-over",
                "The token opens no session; sessions last "
                    + "\(Limits.sessionSeconds / 60) minutes.")
        }
        return account
    }

    /// Ends the session that the request carries, if there is one.
    func close(_ request: Request) async throws {
        if let token = try Self.token(of: request) { try await store.close(token: token) }
    }

    private static func token(of request: Request) throws(Problem) -> String? {
        guard let value = request.header("authorization") else { return nil }
        let words = value.split(separator: " ")
        guard words.count == 2, words[0].lowercased().hasSameBytes(as: "bearer"),
            words[1].utf8.count <= Limits.tokenTextByteCountMaximum
        else { throw refusal("session-over", "Authorization is not “Bearer TOKEN”.") }
        return String(words[1])
    }

    private func count(_ remote: String) throws(Problem) {
        let now = clock()
        guard state.withLock({ $0.requests.admits(remote, at: now) }) else {
            throw Problem(
                type: "login-rate", title: "Too many logins", status: 429,
                detail: "At most \(Limits.loginRequestsPerMinuteMaximum) login requests are taken "
                    + "from one address in a minute.",
                fix: "Try again in a minute; a session serves many requests.",
                headers: [("retry-after", "60")])
        }
    }

    /// A refusal of who asks. `type` says which rule.
    static func refusal(_ type: String, _ detail: String) -> Problem {
        Problem(
            type: type, title: "Not logged in", status: 401, detail: detail,
            fix: "POST /v1/challenges {\"account\"}, sign what it answers with the account's key "
                + "(typ \(LoginChallenge.jwsType)), and POST /v1/sessions {\"login\"}; then send "
                + "the token as “Authorization: Bearer TOKEN”.",
            headers: [("www-authenticate", "Bearer")])
    }
}
