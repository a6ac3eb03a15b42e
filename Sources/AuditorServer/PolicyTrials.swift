import Auditing
import Credentials
import Cryptography
import Encoding
import Policies
import Synchronization
import Web

/// Runs policies on trial after the answer is given, on the evidence the answer rests on. Nobody
/// waits for a trial, and one that fails or is left out changes nothing but a count.
final class PolicyTrials: Sendable {
    /// A judgement that has been answered.
    struct Judged: Sendable {
        let application: Application
        let evidence: Evidence
        let policy: Digest
        let outcome: AuditorAnswer.Outcome
        let moment: Instant
    }

    private struct Running {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var next: UInt64 = 0
    }

    private let issuer: String
    private let store: AuditorStore
    private let metrics: MetricRegistry
    private let log: @Sendable (JSON) -> Void
    private let running = Mutex(Running())

    private static let metric = "accredit_policy_trials_total"

    init(
        issuer: String, store: AuditorStore, metrics: MetricRegistry,
        log: @escaping @Sendable (JSON) -> Void
    ) {
        self.issuer = issuer
        self.store = store
        self.metrics = metrics
        self.log = log
        metrics.declare(Self.metric, .counter, "Trials of policies beside the one in force")
    }

    /// Returns at once.
    func begin(_ shadow: AuditorPolicy, _ judged: Judged) {
        let isBegun = running.withLock { running in
            guard running.tasks.count < Limits.trialsAtOnceMaximum else { return false }
            let id = running.next
            running.next += 1
            running.tasks[id] = Task {
                await run(shadow, judged)
                self.running.withLock { $0.tasks[id] = nil }
            }
            return true
        }
        if !isBegun { metrics.add(Self.metric, labels: [("result", "left-out")]) }
    }

    /// Returns when no trial is under way any more.
    func finish() async {
        while let task = running.withLock({ $0.tasks.first?.value }) { await task.value }
    }

    @concurrent private func run(_ shadow: AuditorPolicy, _ judged: Judged) async {
        let verdict: PolicyOutcome.Verdict
        switch judged.outcome {
        case .consent: verdict = .pass
        case .refusal: verdict = .fail
        case .referred: verdict = .refer
        case .pending: return
        }
        let outcome = trial(
            of: shadow, judged.application, issuer: issuer, evidence: judged.evidence,
            at: judged.moment)
        do {
            try await store.record(
                AuditorStore.Trial(
                    application: judged.application.digest, policy: judged.policy,
                    verdict: verdict, shadow: shadow.digest, shadowVerdict: outcome.verdict,
                    findings: Self.json(outcome.findings), cost: outcome.cost),
                at: judged.moment)
            let result = outcome.verdict == verdict ? "same" : "differing"
            metrics.add(Self.metric, labels: [("result", result)])
        } catch {
            metrics.add(Self.metric, labels: [("result", "failed")])
            log(["event": "shadow-failed", "cause": JSON("\(error)")])
        }
    }

    private static func json(_ findings: [Finding]) -> JSON {
        .array(
            findings.map { finding in
                [
                    "rule": JSON(finding.rule), "reason": JSON(finding.reason),
                    "message": JSON(finding.message),
                ]
            })
    }

    // MARK: - For the operator

    /// How often each policy on trial agreed, and the newest applications it judges otherwise.
    func report() throws -> JSON {
        let counts = try store.trialCounts()
        var pairs: [(policy: Digest, shadow: Digest)] = []
        for count in counts {
            guard let last = pairs.last, last == (count.policy, count.shadow) else {
                pairs.append((count.policy, count.shadow))
                continue
            }
        }
        let shadows = pairs.map { pair -> JSON in
            let own = counts.filter { $0.policy == pair.policy && $0.shadow == pair.shadow }
            let differing = own.filter { !$0.verdict.hasSameBytes(as: $0.shadowVerdict) }
            return [
                "policyDigest": JSON(pair.policy.text), "shadowDigest": JSON(pair.shadow.text),
                "judged": JSON(own.reduce(0) { $0 + $1.count }),
                "differing": JSON(differing.reduce(0) { $0 + $1.count }),
                "verdicts": .array(
                    own.map { count in
                        [
                            "verdict": JSON(count.verdict),
                            "shadowVerdict": JSON(count.shadowVerdict),
                            "count": JSON(count.count),
                        ]
                    }),
            ]
        }
        let differing = try store.differingTrials(atMost: Limits.differingApplicationCountMaximum)
        return ["shadows": .array(shadows), "differing": .array(differing)]
    }
}
