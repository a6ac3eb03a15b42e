import Cryptography
import Encoding
import Ledger
import Storage
import Web

/// Votes and the accounts that cast them.
extension GatewayRoutes {
    func addVotes(_ router: inout Router) {
        router.on(
            "POST", "/v1/votes",
            summary: "Hand in an account's signed vote; ?wait= milliseconds for its commit",
            maximumBodyByteCount: Limits.voteBodyByteCountMaximum
        ) { try await submit($0) }
        router.on(
            "GET", "/v1/votes/{id}", summary: "What became of a vote; ?wait= holds the answer"
        ) { .json(try await vote($0)) }
        router.on(
            "GET", "/v1/votes/{id}/receipt",
            summary: "A ledger node's proof that a vote is in a block, byte for byte"
        ) { try await receipt($0) }
        router.on(
            "GET", "/v1/accounts/{id}",
            summary: "Votes an account has left, as the ledger told last; the ledger decides"
        ) { try await account($0) }
    }

    private func submit(_ request: Request) async throws -> Response {
        let account = try desk.account(of: request)
        let compact = try request.fields { fields throws(FormatError) in
            try fields.string("transaction", maximumByteCount: Limits.voteByteCountMaximum)
        }
        let patience = try Self.wait(request) ?? Limits.waitMillisecondsStandard
        let vote: Vote
        do {
            vote = try await service.submit(compact, by: account, waitMilliseconds: patience)
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

    private func vote(_ request: Request) async throws -> JSON {
        let vote = try await found(request)
        let reader = try desk.account(of: request)
        return reader.map { $0.hasSameBytes(as: vote.account) } ?? false
            ? vote.json : vote.publicJSON
    }

    private func receipt(_ request: Request) async throws -> Response {
        let vote = try await found(request)
        guard let receipt = vote.receipt else {
            throw Problem.notFound(
                "The vote \(vote.id.text) is \(vote.state.rawValue); only a committed one has a "
                    + "receipt.",
                fix: "GET /v1/votes/\(vote.id.text)?wait=5000 tells when it is committed.")
        }
        return .bytes(receipt, contentType: "application/json")
    }

    /// The vote of the path: from the store, or from the ledger when the store does not have it.
    private func found(_ request: Request) async throws -> Vote {
        let id = try request.digest("id")
        if let patience = try Self.wait(request) {
            if let problem = await service.outcome(of: id, milliseconds: patience) {
                throw problem
            }
        }
        if let vote = try service.store.vote(id) { return vote }
        if let vote = await service.recovered(id) { return vote }
        throw Problem.notFound(
            "Neither this gateway nor the ledger nodes it asks know a vote \(id.text).",
            fix: "Send it with POST /v1/votes: it counts once at most. A ledger node tells what it "
                + "knows: GET /v1/transactions/\(id.text).")
    }

    /// Anybody is told what the ledger makes public; the account itself what is in flight.
    private func account(_ request: Request) async throws -> Response {
        let identity: Identity
        do throws(LedgerError) { identity = try Identity(did: request["id"]) } catch {
            throw Problem.badRequest(error.detail, fix: "Name the account by its did:key.")
        }
        let reader = try desk.account(of: request)
        let mirror = try await service.mirror(of: identity.text)
        guard let reader, reader.hasSameBytes(as: identity.text) else { return .json(mirror.json) }
        return .json(mirror.json(after: try service.store.votes(after: mirror)))
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
