import Encoding
import Web

/// Logging in: a challenge, its answer signed by the account's key, a session.
extension GatewayRoutes {
    func addLogin(_ router: inout Router) {
        router.on(
            "POST", "/v1/challenges", summary: "A challenge for an account to sign; good once",
            maximumBodyByteCount: Limits.loginBodyByteCountMaximum
        ) { request in
            let account = try request.fields { fields throws(FormatError) in
                try fields.string("account")
            }
            let challenge = try desk.challenge(account: account, remote: request.remote.host)
            return .json(challenge.json, status: 201)
        }
        router.on(
            "POST", "/v1/sessions", summary: "Open a session with a signed challenge",
            maximumBodyByteCount: Limits.loginBodyByteCountMaximum
        ) { try await logIn($0) }
        router.on(
            "DELETE", "/v1/sessions", summary: "End the session of the bearer token"
        ) { request in
            try await desk.close(request)
            return Response(status: 204)
        }
    }

    private func logIn(_ request: Request) async throws -> Response {
        let login = try request.fields { fields throws(FormatError) in
            try fields.string("login", maximumByteCount: Limits.loginByteCountMaximum)
        }
        do {
            let account = try desk.account(login: login, remote: request.remote.host)
            // The ledger's accounts bound how many may have sessions.
            _ = try await service.mirror(of: account)
            let session = try await desk.open(for: account)
            metrics.add("gateway_logins_total", labels: [("outcome", "opened")])
            return .json(
                session.json, status: 201, headers: [("cache-control", "no-store")])
        } catch let problem as Problem {
            metrics.add("gateway_logins_total", labels: [("outcome", problem.type)])
            throw problem
        }
    }
}
