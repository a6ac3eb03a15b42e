import Credentials
import Encoding
import Storage
import Web

/// One auditor's part in an application, as the aggregator or the auditor itself tells it.
struct AuditorReply: Sendable, Equatable {
    let issuer: String
    /// consent, refusal, referred, pending, timeout, malformed, wrong-identity or unreachable.
    let outcome: String
    let reason: String

    init(issuer: String, outcome: String, reason: String) {
        self.issuer = issuer
        self.outcome = outcome
        self.reason = reason
    }

    init(_ json: JSON) {
        issuer = json["issuer"]?.stringValue ?? "?"
        outcome = json["outcome"]?.stringValue ?? "?"
        reason = json["reason"]?.stringValue ?? ""
    }
}

/// How far an application has come at the aggregator.
struct ApplicationProgress: Sendable {
    enum State: String, Sendable {
        case collecting, quorum, complete, failed
    }

    let json: JSON
    let id: String
    let state: State
    let outcomes: [AuditorReply]
    /// Compact JWS; of the refusals too, when there is no quorum.
    let bundle: String?

    /// Whether enough auditors consent, as the aggregator says: whoever verifies the bundle judges.
    var hasQuorum: Bool { state == .quorum || state == .complete }

    init?(_ json: JSON) {
        guard let id = json["id"]?.stringValue,
            let state = json["state"]?.stringValue.flatMap(State.init)
        else { return nil }
        self.json = json
        self.id = id
        self.state = state
        outcomes = (json["outcomes"]?.arrayValue ?? []).map { AuditorReply($0) }
        bundle = json["bundle"]?.stringValue
    }
}

/// The aggregator's interface for applicants.
struct AggregatorClient: Sendable {
    let service: Service

    init(url: String, http: HTTPClient) {
        service = Service(noun: "the aggregator", base: url, http: http)
    }

    /// Hands an application in; the same one again changes nothing.
    /// - Returns: its id, the digest.
    func submit(_ application: String) async throws(Failure) -> String {
        let json = try await service.post(
            "/v1/applications", ["application": .string(application)])
        guard let id = json["id"]?.stringValue else { throw malformed() }
        return id
    }

    func progress(of id: String, wait: Int64 = 0) async throws(Failure) -> ApplicationProgress {
        let json = try await service.get("/v1/applications/\(Service.escaped(id))", wait: wait)
        guard let progress = ApplicationProgress(json) else { throw malformed() }
        return progress
    }

    /// Waits until the quorum stands or cannot be reached any more.
    /// - Parameter complete: wait for every auditor's answer instead.
    func wait(
        for id: String, complete: Bool = false, timeoutMilliseconds: Int64,
        report: @Sendable (ApplicationProgress) -> Void = { _ in }
    ) async throws -> ApplicationProgress {
        let end = SystemClock.monotonicMilliseconds() + timeoutMilliseconds
        while true {
            let left = end - SystemClock.monotonicMilliseconds()
            let progress = try await progress(
                of: id, wait: max(0, min(left, Limits.pollMilliseconds)))
            report(progress)
            switch progress.state {
            case .complete, .failed: return progress
            case .quorum: if !complete { return progress }
            case .collecting: break
            }
            guard left > 0 else {
                throw Failure(
                    .remote, "application.pending", "application \(id) is not decided yet",
                    why: "\(progress.outcomes.count) auditors have answered",
                    fix: "accredit application status \(id) --aggregator \(service.base)",
                    members: [("application", progress.json)])
            }
            try await Task.sleep(for: .milliseconds(Limits.retryMilliseconds / 4))
        }
    }

    private func malformed() -> Failure {
        Failure(
            .remote, "server.format", "the aggregator at \(service.base) answers wrongly",
            fix: "check that it is an aggregator of this release")
    }
}

/// One auditor's interface for applicants who collect credentials themselves.
struct AuditorClient: Sendable {
    let service: Service

    init(url: String, http: HTTPClient) {
        service = Service(noun: "the auditor", base: url, http: http)
    }

    /// Hands an application in and waits for the auditor's answer.
    func decide(
        _ application: String, digest: String, timeoutMilliseconds: Int64,
        report: @Sendable (String) -> Void = { _ in }
    ) async throws -> (outcome: AuditorReply, json: JSON, credential: String?) {
        let end = SystemClock.monotonicMilliseconds() + timeoutMilliseconds
        var json = try await service.post(
            "/v1/applications", ["application": .string(application)],
            wait: min(timeoutMilliseconds, Limits.decisionMilliseconds))
        while json["outcome"]?.stringValue == "pending" {
            let seconds = min(max(json["interval"]?.int64Value ?? 1, 1), 30)
            guard SystemClock.monotonicMilliseconds() + seconds * 1000 < end else {
                throw Failure(
                    .remote, "application.pending", "the auditor has not decided yet",
                    fix: "run the same command again later; nothing is asked twice",
                    members: [("application", .string(digest))])
            }
            report("waiting for \(service.base)")
            try await Task.sleep(for: .seconds(seconds))
            json = try await service.get("/v1/applications/\(Service.escaped(digest))")
        }
        let findings = (json["findings"]?.arrayValue ?? []).map { finding in
            finding["message"]?.stringValue ?? finding["reason"]?.stringValue ?? finding.text
        }
        let outcome = AuditorReply(
            issuer: json["issuer"]?.stringValue ?? service.base,
            outcome: json["outcome"]?.stringValue ?? "malformed",
            reason: findings.joined(separator: "; "))
        return (outcome, json, json["credential"]?.stringValue)
    }
}
