import Auditing
import Credentials
import Cryptography
import Encoding
import Policies
import Storage
import Synchronization
import Web

/// The auditor's part in reviews: tells reviewers about their cases, takes their decisions, and
/// answers the applicant when a case is decided or its time is over.
///
/// A decision is on the disk before anything follows from it, so a crash between the last decision
/// and the credential leaves a closed case without an answer; `poll` finds it and goes on.
final class ReviewDesk: Sendable {
    let service: AuditorService
    let reviewers: [Reviewer]
    let logins: ReviewLogins
    private let creditSources: [CreditSource]
    private let shown: ReviewEvidence
    private let log: @Sendable (JSON) -> Void
    /// Cases being answered; a second attempt would only be refused by the store.
    private let answering = Mutex<Set<Digest>>([])
    /// When a case that could not be answered is tried again.
    private let retries = Mutex<[Digest: Instant]>([:])

    init(
        configuration: AuditorConfiguration, service: AuditorService,
        log: @escaping @Sendable (JSON) -> Void
    ) {
        self.service = service
        reviewers = configuration.reviewers
        logins = ReviewLogins(
            issuer: configuration.issuer, network: configuration.network,
            reviewers: configuration.reviewers, clock: service.clock)
        creditSources = configuration.creditSources
        shown = configuration.reviewEvidence
        self.log = log
    }

    // MARK: - Cases

    /// A case with what the store knows of it.
    struct Opened: Sendable {
        let review: ReviewCase
        let row: AuditorStore.Review
        let record: AuditorStore.Record
    }

    /// - Returns: nil when the application was never referred.
    func open(_ digest: Digest) throws -> Opened? {
        guard let row = try service.store.review(digest),
            let record = try service.store.record(digest)
        else { return nil }
        let application = try Application.verify(
            record.application, network: service.network, at: record.received)
        let review = try ReviewCase(
            application: application, issuer: service.issuer,
            policy: try service.policies.policy(record.policyDigest),
            facts: try ReviewFacts(text: row.facts), reviewers: reviewers)
        return Opened(review: review, row: row, record: record)
    }

    /// All that a reviewer is told of a case.
    func dossier(_ digest: Digest) throws -> ReviewDossier? {
        guard let opened = try open(digest) else { return nil }
        let store = service.store
        let now = service.clock()
        return ReviewDossier(
            issuer: service.issuer, network: service.network,
            application: opened.record.application, received: opened.record.received,
            policy: String(decoding: opened.review.policy.document.bytes, as: UTF8.self),
            facts: opened.row.facts, reviewers: reviewers, creditSources: creditSources,
            decisions: try store.decisions(of: digest).map {
                ReviewDossier.Entry(compact: $0.decision.jws.compact, received: $0.received)
            }, claims: try store.claims(on: digest, at: now),
            earlier: try store.otherApplications(
                of: opened.record.node, but: digest, atMost: Limits.otherApplicationCountMaximum),
            state: opened.row.state.rawValue, told: now)
    }

    /// The queue in the order cases are due.
    /// - Parameter before: only those due before this time; nil for all.
    func list(all: Bool, before: Instant?) throws -> JSON {
        let now = service.clock()
        var entries: [JSON] = []
        for digest in try service.store.reviews(all: all, atMost: Limits.reviewListCountMaximum) {
            guard let opened = try open(digest) else { continue }
            if let before, opened.review.due >= before { continue }
            entries.append(try entry(opened, at: now))
        }
        return [
            "issuer": JSON(service.issuer), "network": JSON(service.network),
            "time": JSON(now.rfc3339), "reviews": .array(entries),
        ]
    }

    private func entry(_ opened: Opened, at now: Instant) throws -> JSON {
        let review = opened.review
        let digest = review.application.digest
        let decisions = try service.store.decisions(of: digest).map(\.decision)
        var members: [(String, JSON)] = [
            ("application", JSON(digest.text)), ("node", JSON(review.application.node)),
            ("operator", JSON(review.application.operatorName)),
            ("policy", JSON(review.policy.title)),
            ("referred", JSON(review.facts.referredAt.rfc3339)),
            ("due", JSON(review.due.rfc3339)), ("state", JSON(opened.row.state.rawValue)),
            ("approvals", JSON(review.approvals(in: decisions, at: now).count)),
            ("needed", JSON(review.rule.approvals)),
            (
                "claims",
                .array(
                    try service.store.claims(on: digest, at: now).map { claim in
                        [
                            "reviewer": JSON(claim.reviewer),
                            "name": JSON(review.reviewer(claim.reviewer)?.name ?? claim.reviewer),
                            "until": JSON(claim.until.rfc3339),
                        ]
                    })
            ),
        ]
        if let lack = review.lack { members.append(("lack", JSON(lack))) }
        return .object(JSONObject(members))
    }

    // MARK: - Decisions

    /// Takes a decision in, and answers the applicant when it was the last one needed.
    /// - Returns: the case's state and, once it is answered, the outcome.
    /// - Throws: `ReviewRefusal`, `CredentialError`, `StorageError`.
    func handIn(_ compact: String, for digest: Digest) async throws -> JSON {
        let decision = try ReviewDecision.verify(compact)
        guard decision.draft.application == digest, let opened = try open(digest) else {
            throw ReviewRefusal(
                .foreign, "it is signed for another application, \(decision.draft.application)")
        }
        let state = try await service.store.decide(
            decision, in: opened.review, at: service.clock())
        var members: [(String, JSON)] = [
            ("application", JSON(digest.text)), ("decision", JSON("urn:uuid:\(decision.draft.id)")),
            ("state", JSON(state.rawValue)),
        ]
        if state != .open, decision.kind != .comment {
            members += try await outcome(digest)
        }
        return .object(JSONObject(members))
    }

    /// What cannot be answered now is answered by `poll`; the decision stands either way.
    private func outcome(_ digest: Digest) async throws -> [(String, JSON)] {
        do {
            guard let answer = try await answer(digest) else { return [] }
            return [
                ("outcome", JSON(answer.outcome.rawValue)),
                ("credential", answer.credential.map { JSON($0) } ?? .null),
            ]
        } catch {
            log([
                "event": "review-unanswered", "application": JSON(digest.text),
                "cause": JSON("\(error)"),
            ])
            return []
        }
    }

    func claim(_ digest: Digest, by reviewer: String, release: Bool) async throws -> Instant? {
        guard let opened = try open(digest), opened.row.state == .open else {
            throw ReviewRefusal(.closed, "there is no open case of \(digest.text)")
        }
        if let person = opened.review.reviewer(reviewer),
            let interest = person.interest(in: opened.review.application)
        {
            throw ReviewRefusal(.ownPeople, "\(interest), and so must not decide on it")
        }
        let now = service.clock()
        let until = release ? nil : Instant(seconds: now.seconds + Limits.claimSeconds)
        try await service.store.claim(digest, by: reviewer, until: until, at: now)
        return until
    }

    // MARK: - Answers

    /// Signs what a closed case leads to; nil while another attempt is under way.
    private func answer(_ digest: Digest) async throws -> AuditorAnswer? {
        guard answering.withLock({ $0.insert(digest).inserted }) else { return nil }
        defer { answering.withLock { _ = $0.remove(digest) } }
        guard let opened = try open(digest), let closed = opened.row.closed,
            opened.record.state == .referred
        else { return try await service.answer(to: digest) }
        let evidence = try await evidence(of: opened)
        let decisions = try service.store.decisions(of: digest).map(\.decision)
        let now = service.clock()
        let verdict = opened.review.conclude(
            decisions, closedAt: closed, evidence: evidence, shown: shown, at: now)
        return try await service.answer(
            verdict, digest, EvidenceGathering.Result(evidence: evidence), at: now)
    }

    /// What was gathered when the application was referred, or newer when that is too old to rest
    /// a consent on.
    private func evidence(of opened: Opened) async throws -> Evidence {
        let review = opened.review
        let now = service.clock()
        let age = now.milliseconds(since: review.facts.referredAt)
        let limit = review.policy.document.evidenceMaxAgeSeconds * 1000
        guard opened.row.state == .approved, age > limit else {
            return try review.facts.evidence(
                for: review.application, creditSources: creditSources)
        }
        let gathered = await service.gathering.gather(for: review.application, at: now)
        if let failed = gathered.failedSources.first {
            throw AuditorError(.evidenceUnavailable, failed)
        }
        return gathered.evidence
    }

    /// Polls until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            await poll()
            try? await Task.sleep(for: .milliseconds(Limits.reviewPollMilliseconds))
        }
    }

    /// Closes what is overdue and answers what is decided: what is due now, and what a crash or a
    /// server that was down left.
    func poll() async {
        do {
            for digest in try service.store.overdueReviews(at: service.clock()) {
                try await expire(digest)
            }
            for digest in try service.store.unansweredReviews() where isTurn(of: digest) {
                try await finish(digest)
            }
        } catch {
            log(["event": "review-poll-failed", "cause": JSON("\(error)")])
        }
    }

    private func expire(_ digest: Digest) async throws {
        guard let opened = try open(digest) else { return }
        _ = try await service.store.expire(opened.review, at: service.clock())
    }

    private func finish(_ digest: Digest) async throws { _ = try await outcome(digest) }

    /// Trying again may challenge the applicant's node, so it waits a while.
    private func isTurn(of digest: Digest) -> Bool {
        let now = service.clock()
        return retries.withLock { retries in
            if let next = retries[digest], now < next { return false }
            retries = retries.filter { now < $0.value }
            retries[digest] = now.adding(milliseconds: Limits.reviewRetryMilliseconds)
            return true
        }
    }
}
