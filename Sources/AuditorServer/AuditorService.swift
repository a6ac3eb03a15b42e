import Auditing
import Credentials
package import Cryptography
import Encoding
import Policies
import Storage
import Web

/// One auditor: takes applications, gathers evidence, judges, signs once, remembers.
///
/// The steps of a judgement, in the order that makes a crash harmless: (1) accept, durable;
/// (2) gather evidence; (3) judge; (4) write the exact claims, durable; (5) sign; (6) store the
/// credential, durable; (7) answer. What a crash leaves between is finished by `resume`.
package actor AuditorService {
    package nonisolated let issuer: String
    package nonisolated let network: String
    package nonisolated let store: AuditorStore
    nonisolated let policies: PolicyShelf
    nonisolated let trials: PolicyTrials
    nonisolated let statusPlaces: StatusPlaces
    nonisolated let keys: KeyShelf
    nonisolated let gathering: EvidenceGathering
    nonisolated let clock: @Sendable () -> Instant
    /// What is being judged: all that the actor guards. The work itself is done on any thread.
    private var judging: [Digest: Task<AuditorAnswer, any Error>] = [:]

    init(
        configuration: AuditorConfiguration, store: AuditorStore, policies: PolicyShelf,
        trials: PolicyTrials, statusPlaces: StatusPlaces, keys: KeyShelf,
        clock: @escaping @Sendable () -> Instant = SystemClock.now
    ) {
        issuer = configuration.issuer
        network = configuration.network
        self.store = store
        self.policies = policies
        self.trials = trials
        self.statusPlaces = statusPlaces
        self.keys = keys
        self.clock = clock
        gathering = EvidenceGathering(
            issuer: configuration.issuer, network: configuration.network,
            deposits: DepositReader(
                nodes: configuration.ledgerNodes, client: configuration.client,
                deadlineMilliseconds: configuration.ledgerDeadlineMilliseconds),
            creditSources: configuration.creditSources,
            challenge: configuration.challenge, client: configuration.client,
            isLeaving: { id in try store.database.read { try AuditorStore.isLeaving(id, $0) } })
    }

    /// Takes an application and answers when it is judged. The same application again, even much
    /// later, gets the first answer.
    /// - Throws: `CredentialError` for one that is malformed, unsigned or for another network;
    ///   `AuditorError` when it cannot be judged now.
    @concurrent package nonisolated func submit(_ compact: String) async throws -> AuditorAnswer {
        let now = clock()
        let jws = try JWS(compact, maximumByteCount: Limits.applicationByteCountMaximum)
        if let task = await judging[jws.digest] { return try await task.value }
        let known = try store.record(jws.digest)
        if let known, let answer = try await settled(known) { return answer }
        // A row that is there was accepted then, and is as old now as it is.
        let application =
            if let known {
                try Application.verify(known.application, network: network, at: known.received)
            } else {
                try Application.verify(jws, network: network, at: now)
            }
        let policy =
            try known.map { try policies.policy($0.policyDigest) }
            ?? policies.served.choice.policy(for: application)
        return try await run(application, policy, atMost: Limits.judgedAtOnceMaximum)
    }

    /// The answer to an application that needs no judgement any more.
    nonisolated func settled(
        _ record: AuditorStore.Record
    ) async throws -> AuditorAnswer? {
        if let answer = answer(from: record) { return answer }
        return try await sign(record)
    }

    /// What is known of an application; nil when this auditor never saw it.
    package func answer(to digest: Digest) throws -> AuditorAnswer? {
        guard let record = try store.record(digest) else { return nil }
        return answer(from: record)
            ?? AuditorAnswer(
                application: digest, node: record.node, issuer: issuer, outcome: .pending,
                credential: nil, findings: record.findings)
    }

    /// How many applications stand in each state, for the metrics.
    package nonisolated var counts: [(state: String, count: Int64)] {
        get throws { try store.counts() }
    }

    /// Finishes what a crash or a stop left between acceptance and issuance.
    /// - Parameter records: the unfinished ones, read before the first request could add to them.
    package func resume(_ records: [AuditorStore.Record]) async throws {
        for record in records {
            switch record.state {
            case .intended:
                _ = try await sign(record)
            case .accepted:
                let frozen = try policies.policy(record.policyDigest)
                let application = try Application.verify(
                    record.application, network: network, at: record.received)
                // Evidence may still be out of reach; the next submission tries again.
                _ = try? await run(application, frozen)
            case .referred, .issued:
                continue
            }
        }
    }

    /// - Throws: `busy` when more than `limit` would be judged at one time.
    private func run(
        _ application: Application, _ policy: AuditorPolicy, atMost limit: Int = .max
    ) async throws -> AuditorAnswer {
        let digest = application.digest
        if let task = judging[digest] { return try await task.value }
        guard judging.count < limit else {
            throw AuditorError(
                .busy, "\(judging.count) applications are being judged; try again in a moment")
        }
        let task = Task { try await judged(application, policy) }
        judging[digest] = task
        defer { judging[digest] = nil }
        return try await task.value
    }

    @concurrent private nonisolated func judged(
        _ application: Application, _ chosen: AuditorPolicy
    ) async throws -> AuditorAnswer {
        let digest = application.digest
        let isNew = try await store.accept(
            digest, application: application.jws.compact, node: application.node,
            policy: chosen.digest, at: clock())
        var policy = chosen
        // Another submission may have been accepted, or judged, since this one was looked up; and
        // another policy been chosen for it.
        if !isNew, let known = try store.record(digest) {
            if let answer = try await settled(known) { return answer }
            policy = try policies.policy(known.policyDigest)
        }
        let gathered = await evidence(for: application, policy)
        let now = clock()
        let verdict = judge(
            application, issuer: issuer, policy: policy, evidence: gathered.evidence, at: now)
        let answer = try await answer(verdict, digest, gathered, at: now)
        if let shadow = policies.served.trials[policy.digest] {
            trials.begin(
                shadow,
                PolicyTrials.Judged(
                    application: application, evidence: gathered.evidence, policy: policy.digest,
                    outcome: answer.outcome, moment: now))
        }
        return answer
    }

    /// Nobody is asked anything about an application that the policy refuses as it stands.
    nonisolated func evidence(
        for application: Application, _ policy: AuditorPolicy
    ) async -> EvidenceGathering.Result {
        guard policy.isFor(application) else {
            let reason = "no policy is for the application"
            return EvidenceGathering.Result(
                evidence: Evidence(
                    device: .absent(reason: reason), deposit: .absent(reason: reason),
                    credit: .absent(reason: reason)))
        }
        return await gathering.gather(for: application, at: clock())
    }

    /// Signs or refers, as the verdict says.
    nonisolated func answer(
        _ verdict: consuming Verdict, _ digest: Digest, _ gathered: EvidenceGathering.Result,
        at now: Instant
    ) async throws -> AuditorAnswer {
        let id = SecureRandom.uuid()
        let facts = gathered.evidence.facts
        switch consume verdict {
        case .granted(let permit):
            try await store.standing.requireSigning()
            let signing = try keys.signing(at: now)
            let place = statusPlaces.next()
            let claims = try permit.prepare(
                id: id, at: now, keyWindow: signing.key.window, status: status(at: place))
            return try await issue(claims, digest, facts, place, by: signing)
        case .refused(let refusal):
            // Nobody is refused because somebody else's server is down.
            if let failed = gathered.failedSources.first {
                throw AuditorError(.evidenceUnavailable, failed)
            }
            try await store.standing.requireSigning()
            let signing = try keys.signing(at: now)
            let claims = try refusal.prepare(id: id, at: now, keyWindow: signing.key.window)
            return try await issue(claims, digest, facts, by: signing)
        case .referred(let judgement):
            let findings = Self.json(judgement.credentialFindings)
            let shown = ReviewFacts(
                referredAt: now, evidence: facts, findings: findings,
                device: gathered.deviceTranscript)
            let period = judgement.policy.document.review?.expiresAfterSeconds ?? 0
            try await store.refer(
                digest, facts: shown, due: now.adding(milliseconds: period * 1000), at: now)
            return AuditorAnswer(
                application: digest, node: judgement.application.node, issuer: issuer,
                outcome: .referred,
                credential: nil, findings: findings)
        }
    }

    /// Steps 4 to 7.
    private nonisolated func issue(
        _ prepared: PreparedClaims, _ digest: Digest, _ facts: JSON, _ place: StatusPlace? = nil,
        by signing: KeyShelf.Signing
    ) async throws -> AuditorAnswer {
        let findings = Self.json(prepared.claims.evidence.flatMap(\.findings))
        try await store.intend(
            digest, jti: prepared.claims.id, claims: prepared.payload,
            key: signing.key.thumbprint, evidence: facts, findings: findings, status: place,
            at: clock())
        return try await sign(prepared.claims, prepared.payload, digest, findings, by: signing)
    }

    /// Signs what was intended with the key it was intended for; when that must not sign any more,
    /// other claims take their place first.
    private nonisolated func sign(_ record: AuditorStore.Record) async throws -> AuditorAnswer? {
        guard let bytes = record.claims else { return nil }
        try await store.standing.requireSigning()
        let claims = try CredentialClaims(json: JSON.parse(bytes))
        let now = clock()
        if let key = record.key, let signing = try keys.signer(of: key, at: now) {
            return try await sign(
                claims, claims.json.bytes, record.digest, record.findings, by: signing)
        }
        let signing = try keys.signing(at: now)
        let remade = try claims.remade(
            id: SecureRandom.uuid(), at: now, keyWindow: signing.key.window)
        let payload = remade.json.bytes
        let stands = try await store.remake(
            record.digest, replacing: claims.id, jti: remade.id, claims: payload,
            key: signing.key.thumbprint, reason: "the key it was meant for must not sign",
            at: now)
        guard stands else {
            // Others came to the same answer first: theirs stands.
            guard let newer = try store.record(record.digest) else { return nil }
            return try await settled(newer)
        }
        return try await sign(remade, payload, record.digest, record.findings, by: signing)
    }

    /// - Parameter payload: the claims as they were recorded.
    private nonisolated func sign(
        _ claims: CredentialClaims, _ payload: [UInt8], _ digest: Digest, _ findings: JSON,
        by signing: KeyShelf.Signing
    ) async throws -> AuditorAnswer {
        let signed = try await signing.signer.sign(
            claims.unsigned(
                by: signing.key.publicKey, thumbprint: signing.key.thumbprint, payload: payload))
        let stored = try await store.issue(
            digest, jti: claims.id, consents: claims.consent.isGranted,
            credential: signed.compact, at: clock())
        guard let stored else {
            throw AuditorError(.signer, "the signing key was taken out of use while it signed")
        }
        return AuditorAnswer(
            application: claims.application, node: claims.node.did, issuer: issuer,
            outcome: claims.consent.isGranted ? .consent : .refusal, credential: stored,
            findings: findings)
    }

    private nonisolated func answer(from record: AuditorStore.Record) -> AuditorAnswer? {
        let outcome: AuditorAnswer.Outcome
        switch record.state {
        case .accepted, .intended: return nil
        case .referred: outcome = .referred
        case .issued:
            let credential = record.credential.flatMap { try? Credential($0) }
            outcome = credential?.claims.consent.isGranted == true ? .consent : .refusal
        }
        return AuditorAnswer(
            application: record.renews ?? record.digest, node: record.node, issuer: issuer,
            outcome: outcome, credential: record.credential, findings: record.findings)
    }

    private static func json(_ findings: [CredentialFinding]) -> JSON {
        .array(findings.map(\.json))
    }
}
