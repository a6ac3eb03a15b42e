import Auditing
import Credentials
import Cryptography
import Encoding
import Storage
import Web

/// An auditor's cases, for its reviewers.
struct ReviewClient: Sendable {
    private(set) var service: Service

    init(auditor: String, http: HTTPClient) {
        service = Service(noun: "the auditor", base: auditor, http: http)
    }

    /// Logs in: signs a challenge of the auditor with the reviewer's key.
    /// - Throws: a `verification` failure when the challenge is for something else than what was
    ///   called: signing it would log somebody else in there.
    mutating func logIn(_ signer: Signer) async throws {
        let answer = try await service.post(
            "/v1/reviews/challenges", ["reviewer": JSON(signer.did)])
        let login = try ReviewLogin(json: answer)
        guard login.issuer.hasSameBytes(as: service.base),
            login.reviewer.hasSameBytes(as: signer.did)
        else {
            throw Failure(
                .verification, "login.challenge",
                "the challenge of \(service.base) is not signed",
                why: "it names the auditor \(login.issuer.quotedForMessage) and the reviewer "
                    + login.reviewer.quotedForMessage,
                fix: "call the auditor by its own address")
        }
        let session = try await service.post(
            "/v1/reviews/sessions", ["login": JSON(try login.signed(with: signer.key))])
        guard let token = session["token"]?.stringValue else {
            throw Failure(
                .remote, "server.format", "the auditor at \(service.base) answers wrongly",
                why: "/v1/reviews/sessions answers with no token")
        }
        service.token = token
    }

    /// Ends the session; one that cannot be ended ends by itself.
    func logOut() async {
        guard service.token != nil else { return }
        _ = try? await service.delete("/v1/reviews/sessions")
    }

    func list(all: Bool, dueSeconds: Int64?) async throws(Failure) -> JSON {
        var query: [String] = []
        if all { query.append("state=all") }
        if let dueSeconds { query.append("due=\(dueSeconds)") }
        let suffix = query.isEmpty ? "" : "?" + query.joined(separator: "&")
        return try await service.get("/v1/reviews" + suffix)
    }

    func dossier(_ id: Digest) async throws -> ReviewDossier {
        try ReviewDossier(json: try await service.get("/v1/reviews/\(id.text)"))
    }

    func claim(_ id: Digest, release: Bool) async throws(Failure) -> JSON {
        try await service.post("/v1/reviews/\(id.text)/claim", ["release": JSON(release)])
    }

    /// Hands a decision in.
    /// - Throws: a `conflict` failure for one that was handed in before.
    func handIn(_ decision: ReviewDecision) async throws(Failure) -> JSON {
        try await service.post(
            "/v1/reviews/\(decision.draft.application.text)/decisions",
            ["decision": JSON(decision.jws.compact)])
    }
}
