import Cryptography
import Encoding
import Ledger
import Storage
import Web

/// The gateway's HTTP interface (DESIGN §8).
struct GatewayRoutes: Sendable {
    let service: VotingService
    let metrics: MetricRegistry

    func router() -> Router {
        var router = Router(title: "Accredit voting gateway of \(service.network)", version: "1")
        router.onOperations(metrics: metrics) { await unreadiness() }
        router.on(
            "POST", "/v1/votes",
            summary: "Hand in an account's signed vote; ?wait= milliseconds for its commit",
            maximumBodyByteCount: Limits.voteBodyByteCountMaximum
        ) { try await submit($0) }
        router.on(
            "GET", "/v1/votes/{id}", summary: "What became of a vote; ?wait= holds the answer"
        ) { try await vote($0) }
        router.on(
            "GET", "/v1/accounts/{id}",
            summary: "Votes an account has left, as the ledger told last; the ledger decides"
        ) { try await account($0) }
        router.on(
            "GET", "/v1/results", summary: "A ledger node's results, now or ?before= a time"
        ) { try await results($0) }
        return router
    }

    private func submit(_ request: Request) async throws -> Response {
        let compact = try request.fields { fields throws(FormatError) in
            try fields.string("transaction", maximumByteCount: Limits.voteByteCountMaximum)
        }
        let patience = try Self.wait(request) ?? Limits.waitMillisecondsStandard
        let vote: Vote
        do {
            vote = try await service.submit(compact, waitMilliseconds: patience)
        } catch let error as StorageError {
            throw Problem(
                type: "storage", title: "Cannot be recorded", status: 503, detail: error.detail,
                fix: "Send the same vote again later; it counts once at most.")
        }
        switch vote.state {
        case .committed: return .json(vote.json)
        case .pending:
            return .json(
                vote.json, status: 202,
                headers: [("location", "/v1/votes/\(vote.id.text)"), ("retry-after", "1")])
        case .void:
            throw Problem(
                type: vote.code ?? "void", title: "The vote can no longer count", status: 409,
                detail: vote.detail ?? "", fix: "Sign a new vote; this one counts in no block.",
                extra: [("id", JSON(vote.id.text)), ("state", JSON(vote.state.rawValue))])
        }
    }

    private func vote(_ request: Request) async throws -> Response {
        let id = try request.digest("id")
        if let patience = try Self.wait(request) {
            if let problem = await service.outcome(of: id, milliseconds: patience) {
                throw problem
            }
        }
        guard let vote = try service.store.vote(id) else {
            throw Problem.notFound(
                "This gateway handed no vote \(id.text) to the ledger.",
                fix: "Send it with POST /v1/votes, or ask a ledger node: "
                    + "GET /v1/transactions/\(id.text).")
        }
        return .json(vote.json)
    }

    private func account(_ request: Request) async throws -> Response {
        let identity: Identity
        do throws(LedgerError) { identity = try Identity(did: request["id"]) } catch {
            throw Problem.badRequest(error.detail, fix: "Name the account by its did:key.")
        }
        let mirror = try await service.mirror(of: identity.text)
        return .json(mirror.json(inFlight: try service.store.inFlight(mirror)))
    }

    private func results(_ request: Request) async throws -> Response {
        var path = "/v1/results"
        if let text = request.query("before") {
            do throws(FormatError) {
                path += "?before=\(try Instant(rfc3339: text).rfc3339)"
            } catch {
                throw Problem.badRequest(
                    "before is a time: \(error.detail)", fix: "Write ?before=2026-01-31T12:00:00Z.")
            }
        }
        guard let response = await service.nodes.firstAnswer(path) else {
            throw Problem.unavailable("No ledger node answers.", fix: "Ask again later.")
        }
        guard response.status == 200 else { throw Problem(passingOn: response) }
        return .bytes(response.body, contentType: "application/json")
    }

    /// Why the gateway cannot do its work now; nil when it can.
    private func unreadiness() async -> String? {
        let status = await service.nodes.firstAnswer(
            "/v1/status", milliseconds: Limits.readinessMilliseconds)
        guard let status, let network = (try? status.json())?["network"]?.stringValue else {
            return "No ledger node answers."
        }
        return network.hasSameBytes(as: service.network)
            ? nil : "The ledger nodes are of network \(network), not \(service.network)."
    }

    private static func wait(_ request: Request) throws(Problem) -> Int? {
        guard let text = request.query("wait") else { return nil }
        guard let milliseconds = Int(text), milliseconds >= 0 else {
            throw Problem.badRequest(
                "wait is no number of milliseconds: \(text.quotedForMessage).")
        }
        return min(milliseconds, Limits.waitMillisecondsMaximum)
    }
}
