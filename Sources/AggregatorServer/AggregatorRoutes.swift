import Credentials
import Cryptography
import Encoding
import Storage
import Web

/// The aggregator's HTTP interface (DESIGN §8).
struct AggregatorRoutes: Sendable {
    let service: AggregatorService
    let metrics: MetricRegistry

    func router() -> Router {
        var router = Router(title: "Accredit aggregator \(service.id)", version: "1")
        router.onOperations(metrics: metrics)
        router.on(
            "POST", "/v1/applications", summary: "Ask every auditor about one application",
            maximumBodyByteCount: Limits.applicationBodyByteCountMaximum
        ) { try await submit($0) }
        router.on(
            "GET", "/v1/applications/{id}", summary: "What each auditor answered so far"
        ) { try await status($0) }
        router.on("GET", "/v1/bundles/{id}", summary: "The merged bundle of an application") {
            try bundle($0)
        }
        router.on(
            "POST", "/v1/bundles", summary: "Merge credentials that were collected alone",
            maximumBodyByteCount: Limits.mergeBodyByteCountMaximum
        ) { try merge($0) }
        router.on("GET", "/v1/auditor-set", summary: "The auditors that are asked") { _ in
            .json(service.auditorSet.json)
        }
        router.on("GET", "/.well-known/jwks.json", summary: "The keys that sign bundles") { _ in
            .bytes(try service.keySet.json.bytes, contentType: "application/jwk-set+json")
        }
        return router
    }

    private func submit(_ request: Request) async throws -> Response {
        let application = try request.fields { fields throws(FormatError) in
            try fields.string("application", maximumByteCount: Limits.applicationByteCountMaximum)
        }
        let digest: Digest
        do {
            digest = try await service.submit(application)
        } catch let error as CredentialError {
            throw Problem(refusing: error)
        } catch let error as JWSError {
            throw Problem.badRequest(
                "The application is no compact JWS: \(error.detail).",
                fix: "Make one with accredit application create.")
        } catch let error as StorageError {
            throw Problem(
                type: "storage", title: "Cannot be recorded", status: 503, detail: error.detail,
                fix: "No auditor was asked. Send the same application again later.")
        }
        return .json(
            ["id": JSON(digest.text), "interval": JSON(Limits.retryIntervalSeconds)], status: 202,
            headers: [("location", "/v1/applications/\(digest.text)")])
    }

    /// `?wait=MS` holds the answer until there is news, at most 30 s.
    private func status(_ request: Request) async throws -> Response {
        let digest = try request.digest("id")
        if let wait = request.query("wait") {
            guard let milliseconds = Int(wait), milliseconds >= 0 else {
                throw Problem.badRequest("wait is no number of milliseconds: \(wait).")
            }
            await service.waitForNews(
                of: digest, milliseconds: min(milliseconds, Limits.waitMillisecondsMaximum))
        }
        guard let record = try service.store.record(digest) else {
            throw Problem.notFound(
                "The aggregator knows no application \(digest.text).",
                fix: "Send it with POST /v1/applications.")
        }
        return .json(try document(of: record))
    }

    private func document(of record: AggregatorStore.Record) throws -> JSON {
        var members: [(String, JSON)] = [
            ("id", JSON(record.digest.text)), ("node", JSON(record.node)),
            ("state", JSON(record.state.rawValue)),
            ("outcomes", .array(try service.store.outcomes(of: record.digest).map(\.json))),
        ]
        if let token = record.bundle {
            members.append(("bundle", JSON(token)))
            members.append(("validUntil", JSON(try Bundle(token).expires.rfc3339)))
        }
        if !record.state.isSettled {
            members.append(("interval", JSON(Limits.retryIntervalSeconds)))
        }
        return .object(JSONObject(members))
    }

    private func bundle(_ request: Request) throws -> Response {
        let digest = try request.digest("id")
        guard let bundle = try service.store.record(digest)?.bundle else {
            throw Problem.notFound(
                "There is no bundle for the application \(digest.text).",
                fix: "GET /v1/applications/\(digest.text) tells what the auditors answered.")
        }
        return .bytes(Array(bundle.utf8), contentType: "application/vp+jwt")
    }

    private func merge(_ request: Request) throws -> Response {
        let tokens = try request.fields { fields throws(FormatError) in
            try fields.strings(
                "credentials", maximumCount: Limits.credentialCountMaximum,
                maximumByteCount: Limits.auditorAnswerByteCountMaximum)
        }
        do throws(CredentialError) {
            var credentials: [Credential] = []
            for token in tokens { credentials.append(try Credential(token)) }
            let bundle = try service.merge(credentials)
            return .json([
                "bundle": JSON(bundle.jws.compact), "validUntil": JSON(bundle.expires.rfc3339),
            ])
        } catch {
            throw Problem(refusing: error)
        }
    }
}

extension Problem {
    fileprivate init(refusing error: CredentialError) {
        self.init(
            type: error.code.rawValue, title: "Refused", status: 422, detail: error.detail,
            fix: "Correct what is named, sign it anew and send it again.")
    }
}
