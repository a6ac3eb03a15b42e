package import Auditing
package import AuditorServer
package import Credentials
import Cryptography
package import Encoding
package import Storage
package import Web

/// An auditor with reviewers, an applicant who is referred to them, and their keys.
package final class ReviewWorld: Sendable {
    package let world: AuditWorld
    package let client: HTTPClient
    package let path: String
    package let issuer: String
    package let reviewers: [KeyPair]
    package let applicant: TestApplicant

    /// - Parameter members: further members of the auditor's configuration.
    package init(
        review: JSON = ["approvals": 2, "of": 3, "expiresAfter": "72h"],
        members: [(String, JSON)] = [], organisation: String = "Northwind"
    ) async throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
        let port = try await freePort()
        issuer = "https://127.0.0.1:\(port)"
        path = try world.configureAuditor("a3", policy: "full-review.json", port: port)
        let keys = try (0..<3).map { _ in try KeyPair() }
        reviewers = keys
        applicant = try TestApplicant(world)
        let people: [JSON] = keys.enumerated().map { index, key in
            [
                "did": JSON(key.did), "name": JSON("Reviewer \(index + 1)"),
                "organisation": JSON(organisation),
            ]
        }
        try Self.change(path, [("reviewers", .array(people))] + members)
        try Self.change("\(world.folder.file("a3"))/policy.json", [("review", review)])
    }

    package static func change(_ path: String, _ members: [(String, JSON)]) throws {
        let bytes = try DurableFile.read(path, maximumByteCount: 1 << 20)
        var object = try JSON.parse(bytes).objectValue ?? JSONObject()
        for (name, value) in members { object[name] = value }
        try DurableFile.write(JSON.object(object).bytes, to: path, replacing: true)
    }

    package func start() async throws -> AuditorServer {
        try await AuditorServer.start(try AuditorConfiguration(path: path), log: { _ in })
    }

    /// An application that the policy refers.
    package func refer(evidence: JSON? = nil) async throws -> Application {
        let deposit = try world.ledger.pay(
            5_000, by: applicant.did, to: issuer, for: applicant.did)
        let application = try applicant.application(
            deposits: [deposit],
            credit: try world.creditStatement(for: applicant.did, score: 620),
            evidence: evidence)
        let answer = try await send(
            "POST", "/v1/applications", ["application": JSON(application.jws.compact)])
        guard try answer.json()["outcome"] == "referred" else {
            throw WebError(.framing, String(decoding: answer.body, as: UTF8.self))
        }
        return application
    }

    package func send(
        _ method: String, _ path: String, _ body: JSON? = nil, token: String? = nil
    ) async throws -> Response {
        var headers = [("content-type", "application/json")]
        if let token { headers.append(("authorization", "Bearer \(token)")) }
        return try await client.send(
            method, issuer + path, headers: headers, body: body?.bytes ?? [],
            deadlineMilliseconds: 60_000)
    }

    package func dossier(_ application: Application) async throws -> ReviewDossier {
        let answer = try await send("GET", "/v1/reviews/\(application.digest.text)")
        return try ReviewDossier(json: try answer.json())
    }

    package func decision(
        _ kind: ReviewDecision.Kind, by key: KeyPair, _ dossier: ReviewDossier,
        reason: String = "seen"
    ) throws -> ReviewDecision {
        let review = try dossier.reviewCase()
        let now = Instant(seconds: SystemClock.now().seconds)
        return try ReviewDecision.Draft(
            network: dossier.network, issuer: dossier.issuer,
            application: review.application.digest, policy: review.policy.digest,
            facts: review.facts.digest, kind: kind, role: nil, reason: reason,
            validity: Validity(from: now, until: now.adding(milliseconds: 3_600_000)),
            id: SecureRandom.uuid()
        ).sign(with: key.key)
    }

    package func handIn(_ compact: String, _ application: Application) async throws -> Response {
        try await send(
            "POST", "/v1/reviews/\(application.digest.text)/decisions",
            ["decision": JSON(compact)])
    }

    /// The kinds of all entries in the log, in their order.
    package func entries() throws -> [String] {
        let database = try Database.open(
            path: "\(world.folder.file("a3"))/data/auditor.sqlite",
            migrations: AuditorStore.migrations)
        defer { database.close() }
        return try database.read { connection in
            try connection.query("SELECT entry FROM log_entries ORDER BY position", []) {
                try JSON.parse($0.blob(0))["kind"]?.stringValue ?? ""
            }
        }
    }

    /// Changes the store of a stopped auditor.
    package func execute(_ statement: String, _ values: [SQLValue]) throws {
        let database = try Database.open(
            path: "\(world.folder.file("a3"))/data/auditor.sqlite",
            migrations: AuditorStore.migrations)
        defer { database.close() }
        try database.writeNow { _ = try $0.execute(statement, values) }
    }

    /// The answer to an application once it is signed.
    package func answer(_ application: Application) async throws -> JSON {
        for _ in 0..<2_400 {
            let answer = try await send("GET", "/v1/applications/\(application.digest.text)")
                .json()
            if answer["credential"] != nil { return answer }
            try await Task.sleep(for: .milliseconds(50))
        }
        return .null
    }
}
