import Auditing
import Credentials
import Cryptography
import Encoding
import Storage
import Web

/// The auditor's HTTP interface (DESIGN §8).
struct AuditorRoutes: Sendable {
    let service: AuditorService
    let forwarding: Forwarding
    let metrics: MetricRegistry
    let log: LogRoutes
    let outbox: OutboxRoutes
    let statusLists: StatusListRoutes
    let operations: OperationRoutes
    let reviews: ReviewRoutes
    let refunds: RefundRoutes

    func router() -> Router {
        var router = Router(title: "Accredit auditor \(service.issuer)", version: "1")
        router.onOperations(metrics: metrics) {
            try? await service.store.standing.requireSigning()
            return service.keys.trouble
        }
        router.on(
            "POST", "/v1/applications", summary: "Apply for a credential",
            maximumBodyByteCount: Limits.applicationBodyByteCountMaximum
        ) { try await submit($0) }
        router.on(
            "POST", "/v1/renewals", summary: "Renew the credential of an application of before",
            maximumBodyByteCount: Limits.renewalBodyByteCountMaximum
        ) { try await renew($0) }
        router.on(
            "GET", "/v1/applications/{digest}", summary: "What became of an application"
        ) { try await status($0) }
        router.on("GET", "/v1/credentials/{jti}", summary: "One credential, as signed") {
            try credential($0)
        }
        router.on("GET", "/v1/policies", summary: "The policies in force") { _ in
            var description = service.policies.description.objectValue ?? JSONObject()
            description["issuer"] = JSON(service.issuer)
            return .json(.object(description))
        }
        router.on(
            "GET", "/v1/policies/shadow",
            summary: "How policies on trial judge; on the auditor's own machine only"
        ) { try trials($0) }
        router.on("GET", "/v1/policies/{digest}", summary: "A policy document, as it was used") {
            try policy($0)
        }
        router.on(
            "GET", "/.well-known/jwks.json", summary: "The keys that verify the credentials"
        ) { _ in
            .bytes(
                try service.keys.published().json.bytes, contentType: "application/jwk-set+json",
                headers: [("cache-control", "max-age=\(Limits.keySetLifetimeSeconds)")])
        }
        log.add(to: &router)
        reviews.add(to: &router)
        outbox.add(to: &router)
        statusLists.add(to: &router)
        operations.add(to: &router)
        refunds.add(to: &router)
        IncidentRoutes(store: service.store).add(to: &router)
        return router
    }

    private func submit(_ request: Request) async throws -> Response {
        let (application, forward) = try request.fields { fields throws(FormatError) in
            (
                try fields.string(
                    "application", maximumByteCount: Limits.applicationByteCountMaximum),
                try fields.optionalBool("forward") ?? false
            )
        }
        let answer = try await judged(application)
        if forward { forwarding.forward(application) }
        metrics.add(
            "accredit_credentials_issued_total", labels: [("decision", answer.outcome.rawValue)])
        return response(answer)
    }

    private func judged(_ application: String) async throws -> AuditorAnswer {
        try await explained { try await service.submit(application) }
    }

    /// An answer, or why there is none.
    private func explained(
        _ answer: () async throws -> AuditorAnswer
    ) async throws -> AuditorAnswer {
        do {
            return try await answer()
        } catch let error as CredentialError {
            throw Problem(error)
        } catch let error as JWSError {
            throw Problem.badRequest(
                "The application is no compact JWS: \(error.detail).",
                fix: "Make one with accredit application create.")
        } catch let error as AuditorError where error.code.isFinal {
            throw Problem(
                type: error.code.rawValue, title: "Not renewed",
                status: error.code == .unknownApplication ? 404 : 409, detail: error.detail,
                fix: "Apply anew, to every auditor: accredit application create, accredit apply.")
        } catch let error as AuditorError {
            throw Problem(
                type: error.code.rawValue, title: "Not judged now", status: 503,
                detail: error.detail,
                fix: "Nothing was decided. Send the same application again in a moment.",
                headers: [("retry-after", "\(Limits.retryIntervalSeconds)")])
        } catch let error as StorageError {
            throw Problem(
                type: "storage", title: "Cannot be recorded", status: 503, detail: error.detail,
                fix: "Nothing was signed. Send the same application again later.")
        }
    }

    private func renew(_ request: Request) async throws -> Response {
        let renewal = try request.fields { fields throws(FormatError) in
            try fields.string("renewal", maximumByteCount: Limits.renewalByteCountMaximum)
        }
        let answer = try await explained { try await service.renew(renewal) }
        metrics.add(
            "accredit_credentials_issued_total", labels: [("decision", answer.outcome.rawValue)])
        return response(answer)
    }

    private func response(_ answer: AuditorAnswer) -> Response {
        .json(answer.json, status: answer.outcome == .pending ? 202 : 200)
    }

    private func status(_ request: Request) async throws -> Response {
        guard let answer = try await service.answer(to: try request.digest("digest")) else {
            throw Problem.notFound(
                "This auditor knows no application \(request["digest"]).",
                fix: "Send it with POST /v1/applications.")
        }
        return response(answer)
    }

    private func credential(_ request: Request) throws -> Response {
        guard let credential = try service.store.credential(jti: request["jti"]) else {
            throw Problem.notFound("This auditor issued no credential \(request["jti"]).")
        }
        return .bytes(Array(credential.utf8), contentType: "application/vc+jwt")
    }

    /// Who would be refused under another policy is nobody's affair but the operator's.
    private func trials(_ request: Request) throws -> Response {
        try request.requireLoopback(
            "What policies on trial say is told on the auditor's own machine only.")
        return .json(try service.trials.report())
    }

    private func policy(_ request: Request) throws -> Response {
        guard let document = try service.store.policy(request.digest("digest")) else {
            throw Problem.notFound("This auditor never used a policy \(request["digest"]).")
        }
        return .bytes(document, contentType: "application/json")
    }
}

extension Problem {
    /// An application that is not taken in: the reader can mend it, so nothing was recorded.
    init(_ error: CredentialError) {
        self.init(
            type: error.code.rawValue, title: "Application refused", status: 422,
            detail: error.detail, fix: "Correct the application, sign it anew and send it again.")
    }
}
