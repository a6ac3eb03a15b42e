import Auditing
import Credentials
import Cryptography
import Encoding
import Pages
import Storage
import Web

/// Reviews over HTTP. Reading takes a reviewer's session or the auditor's own machine; a decision
/// carries its own signature and may be handed in by anybody.
struct ReviewRoutes: Sendable {
    let desk: ReviewDesk

    func add(to router: inout Router) {
        ReviewPage(issuer: desk.service.issuer, network: desk.service.network).add(to: &router)
        router.on(
            "POST", "/v1/reviews/challenges", summary: "A challenge for a reviewer to sign",
            maximumBodyByteCount: Limits.reviewBodyByteCountMaximum
        ) { request in
            let did = try request.fields { fields throws(FormatError) in
                try fields.string("reviewer")
            }
            return .json(try desk.logins.challenge(did).json, status: 201)
        }
        router.on(
            "POST", "/v1/reviews/sessions", summary: "Open a session with a signed challenge",
            maximumBodyByteCount: Limits.reviewBodyByteCountMaximum
        ) { try logIn($0) }
        router.on("DELETE", "/v1/reviews/sessions", summary: "End the bearer token's session") {
            try desk.logins.close($0)
            return Response(status: 204)
        }
        router.on("GET", "/v1/reviews", summary: "The cases that wait for reviewers") {
            try list($0)
        }
        router.on("GET", "/v1/reviews/{digest}", summary: "One case, with all its evidence") {
            try show($0)
        }
        router.on(
            "POST", "/v1/reviews/{digest}/claim", summary: "Say that you look at a case",
            maximumBodyByteCount: Limits.reviewBodyByteCountMaximum
        ) { try await claim($0) }
        router.on(
            "POST", "/v1/reviews/{digest}/decisions", summary: "Hand a signed decision in",
            maximumBodyByteCount: Limits.reviewBodyByteCountMaximum
        ) { try await decide($0) }
    }

    private func logIn(_ request: Request) throws -> Response {
        let login = try request.fields { fields throws(FormatError) in
            try fields.string(
                "login", maximumByteCount: Limits.reviewDecisionByteCountMaximum)
        }
        let (token, session) = try desk.logins.open(login)
        return .json(
            [
                "token": JSON(token), "reviewer": session.reviewer.json,
                "expires": JSON(session.expires.rfc3339),
            ], status: 201, headers: [("cache-control", "no-store")])
    }

    private func requireReader(_ request: Request) throws(Problem) {
        guard try desk.logins.reviewer(of: request) == nil, !request.remote.isLoopback else {
            return
        }
        throw ReviewLogins.refusal("Cases are told to reviewers only.")
    }

    private func list(_ request: Request) throws -> Response {
        try requireReader(request)
        var before: Instant?
        if let text = request.query("due") {
            guard let seconds = Int64(text), (0...Limits.reviewDueSecondsMaximum).contains(seconds)
            else {
                throw Problem.badRequest(
                    "due is \(text.quotedForMessage).",
                    fix: "Give the seconds within which cases are due.")
            }
            before = Instant(seconds: desk.service.clock().seconds + seconds)
        }
        return .json(
            try desk.list(all: request.query("state") == "all", before: before),
            headers: [("cache-control", "no-store")])
    }

    private func show(_ request: Request) throws -> Response {
        try requireReader(request)
        guard let dossier = try desk.dossier(try request.digest("digest")) else {
            throw Problem.notFound("No application \(request["digest"]) was referred here.")
        }
        return .json(dossier.json, headers: [("cache-control", "no-store")])
    }

    private func claim(_ request: Request) async throws -> Response {
        let release = try request.fields { fields throws(FormatError) in
            try fields.optionalBool("release") ?? false
        }
        guard let reviewer = try desk.logins.reviewer(of: request) else {
            throw ReviewLogins.refusal("A claim is a reviewer's.")
        }
        let digest = try request.digest("digest")
        do {
            let until = try await desk.claim(digest, by: reviewer.did, release: release)
            return .json([
                "application": JSON(digest.text), "reviewer": JSON(reviewer.did),
                "until": until.map { JSON($0.rfc3339) } ?? .null,
            ])
        } catch let refusal as ReviewRefusal {
            throw Problem(refusal)
        }
    }

    private func decide(_ request: Request) async throws -> Response {
        let compact = try request.fields { fields throws(FormatError) in
            try fields.string(
                "decision", maximumByteCount: Limits.reviewDecisionByteCountMaximum)
        }
        do {
            return .json(
                try await desk.handIn(compact, for: try request.digest("digest")), status: 201)
        } catch let refusal as ReviewRefusal {
            throw Problem(refusal)
        } catch let error as CredentialError {
            throw Problem(
                type: error.code.rawValue, title: "Decision refused", status: 422,
                detail: error.detail, fix: "Sign it anew; nothing was recorded.")
        } catch let error as StorageError {
            throw Problem(
                type: "storage", title: "Cannot be recorded", status: 503, detail: error.detail,
                fix: "Nothing was decided. Hand the same decision in again later.")
        }
    }
}

extension Problem {
    /// A decision or claim that does not enter the case.
    init(_ refusal: ReviewRefusal) {
        let status =
            switch refusal.code {
            case .unknownReviewer, .ownPeople: 403
            case .twice, .closed, .late, .known, .tooMany: 409
            case .foreign, .otherFacts, .expired, .wrongTime, .tooLong, .role: 422
            }
        self.init(
            type: refusal.code.rawValue, title: "Decision refused", status: status,
            detail: refusal.detail)
    }
}
