import Auditing
import Cryptography
import Encoding
import Policies
import Storage
import Synchronization
import Web

/// The policies in force, read from their files again when those change.
///
/// All files of a reload come into force together or not at all: while one is no policy, the ones
/// before go on serving, and the shelf says so. Every document is in the store before the first
/// application can be accepted under it.
final class PolicyShelf: Sendable {
    /// What is in force at one moment.
    struct Served: Sendable {
        let choice: PolicyChoice
        /// The policies on trial, by the digest of the one each is beside.
        let trials: [Digest: AuditorPolicy]
        /// Files of policies on trial that are no policy, and why.
        let brokenTrials: [(file: String, reason: String)]
    }

    /// Why the newest files are not in force.
    struct Refused: Sendable {
        let file: String
        let reason: String
        let since: Instant
    }

    private struct Reading {
        /// What the files held when last looked at.
        var seen: [Content] = []
        /// What the last attempt to load was about.
        var tried: [Content] = []
    }

    /// A file's bytes, or why there are none.
    private enum Content: Sendable, Equatable {
        case bytes([UInt8])
        case unreadable(String)
    }

    private let files: [AuditorConfiguration.PolicyFiles]
    private let store: AuditorStore
    private let clock: @Sendable () -> Instant
    private let log: @Sendable (JSON) -> Void
    private let metrics: MetricRegistry
    private let serving: Mutex<Served>
    private let refused = Mutex<Refused?>(nil)
    private let reading = Mutex(Reading())

    private static let zones = ZoneTable(ZoneFiles.read)

    /// Loads the files. A policy on trial that is none does not stop the start.
    /// - Throws: `StorageError` or `AuditingError` for the first file that is no policy.
    init(
        files: [AuditorConfiguration.PolicyFiles], store: AuditorStore, metrics: MetricRegistry,
        clock: @escaping @Sendable () -> Instant, log: @escaping @Sendable (JSON) -> Void
    ) throws {
        self.files = files
        self.store = store
        self.metrics = metrics
        self.clock = clock
        self.log = log
        metrics.declare(
            "accredit_policy_reloads_total", .counter, "Attempts to load policies, by result")
        metrics.declare(
            "accredit_policy_refused", .gauge, "1 while the newest policy files are not in force")
        let contents = Self.read(files)
        let served: Served
        do throws(Fault) {
            served = try Self.load(files, contents)
        } catch {
            throw AuditingError(.policy, "\(error.file): \(error.reason)")
        }
        try Self.keep(served, store, clock())
        serving = Mutex(served)
        reading.withLock { $0 = Reading(seen: contents, tried: contents) }
        metrics.set("accredit_policy_refused", 0)
        logTrials(served)
    }

    /// The policies in force now.
    var served: Served { serving.withLock { $0 } }

    /// The policy of this digest, whether it is in force or was once.
    /// - Throws: `corrupt` when the store does not have it.
    func policy(_ digest: Digest) throws -> AuditorPolicy {
        if let policy = served.choice.policies.first(where: { $0.digest == digest }) {
            return policy
        }
        guard let document = try store.policy(digest) else {
            throw StorageError(
                .corrupt,
                "policy \(digest.text), under which an application was accepted, is not in the "
                    + "store. Restore the newest backup.")
        }
        return try AuditorPolicy(bytes: document, zones: Self.zones)
    }

    // MARK: - Reading again

    /// Loads what the files hold now, changed or not.
    func reload() {
        let contents = Self.read(files)
        reading.withLock { reading in
            reading = Reading(seen: contents, tried: contents)
            attempt(contents)
        }
    }

    /// Loads the files if they hold something else than at the last attempt. A change counts once
    /// two looks in a row saw the same, so that a file is not taken while it is being written.
    func poll() {
        let contents = Self.read(files)
        reading.withLock { reading in
            let isSettled = contents == reading.seen
            reading.seen = contents
            guard isSettled, contents != reading.tried else { return }
            reading.tried = contents
            attempt(contents)
        }
    }

    private func attempt(_ contents: [Content]) {
        do {
            let loaded = try Self.load(files, contents)
            try Self.keep(loaded, store, clock())
            serving.withLock { $0 = loaded }
            refused.withLock { $0 = nil }
            metrics.add("accredit_policy_reloads_total", labels: [("result", "loaded")])
            metrics.set("accredit_policy_refused", 0)
            log([
                "event": "policies-loaded",
                "policies": .array(loaded.choice.policies.map(\.summary)),
            ])
            logTrials(loaded)
        } catch {
            let fault = error as? Fault ?? Fault(file: "", reason: "\(error)")
            refused.withLock {
                $0 = Refused(file: fault.file, reason: fault.reason, since: clock())
            }
            metrics.add("accredit_policy_reloads_total", labels: [("result", "refused")])
            metrics.set("accredit_policy_refused", 1)
            log([
                "event": "policies-refused", "file": JSON(fault.file), "cause": JSON(fault.reason),
                "serving": .array(served.choice.policies.map(\.summary)),
            ])
        }
    }

    private func logTrials(_ served: Served) {
        for trial in served.brokenTrials {
            log([
                "event": "shadow-refused", "file": JSON(trial.file), "cause": JSON(trial.reason),
            ])
        }
    }

    // MARK: - Files

    private struct Fault: Error {
        let file: String
        let reason: String
    }

    /// The policies' contents, then those of the ones on trial.
    private static func read(_ files: [AuditorConfiguration.PolicyFiles]) -> [Content] {
        (files.map(\.policy) + files.compactMap(\.shadow)).map { path in
            do throws(StorageError) {
                return .bytes(
                    try DurableFile.read(path, maximumByteCount: Limits.policyByteCountMaximum))
            } catch {
                return .unreadable("cannot be read: \(error.code.rawValue)")
            }
        }
    }

    private static func load(
        _ files: [AuditorConfiguration.PolicyFiles], _ contents: [Content]
    ) throws(Fault) -> Served {
        var contents = contents[...]
        var policies: [AuditorPolicy] = []
        for file in files {
            policies.append(try policy(file.policy, contents.popFirst()))
        }
        let choice: PolicyChoice
        do throws(AuditingError) {
            choice = try PolicyChoice(policies)
        } catch {
            throw Fault(file: "policies", reason: error.detail)
        }
        var trials: [Digest: AuditorPolicy] = [:]
        var broken: [(file: String, reason: String)] = []
        for (file, policy) in zip(files, policies) {
            guard let shadow = file.shadow else { continue }
            do throws(Fault) {
                trials[policy.digest] = try Self.policy(shadow, contents.popFirst())
            } catch {
                broken.append((error.file, error.reason))
            }
        }
        return Served(choice: choice, trials: trials, brokenTrials: broken)
    }

    private static func policy(
        _ path: String, _ content: Content?
    ) throws(Fault) -> AuditorPolicy {
        switch content {
        case .bytes(let bytes):
            do throws(AuditingError) {
                return try AuditorPolicy(bytes: bytes, zones: zones)
            } catch {
                throw Fault(file: path, reason: error.detail)
            }
        case .unreadable(let reason): throw Fault(file: path, reason: reason)
        case nil: throw Fault(file: path, reason: "was not read")
        }
    }

    private static func keep(_ served: Served, _ store: AuditorStore, _ now: Instant) throws {
        for policy in served.choice.policies {
            try store.keep(policy: policy.document.bytes, digest: policy.digest, at: now)
            guard let trial = served.trials[policy.digest] else { continue }
            try store.keep(policy: trial.document.bytes, digest: trial.digest, at: now)
        }
    }
}

// MARK: - For people

extension PolicyShelf {
    /// `{"policies": […], "refused"?: …}`: what is in force, and what is not and why.
    var description: JSON {
        let served = served
        var members: [(String, JSON)] = [
            (
                "policies",
                .array(
                    served.choice.policies.map { policy in
                        guard var summary = policy.summary.objectValue,
                            let trial = served.trials[policy.digest]
                        else { return policy.summary }
                        summary["shadow"] = trial.summary
                        return .object(summary)
                    })
            )
        ]
        if let refused = refused.withLock({ $0 }) {
            members.append(
                (
                    "refused",
                    [
                        "file": JSON(Self.name(refused.file)), "reason": JSON(refused.reason),
                        "since": JSON(refused.since.rfc3339),
                    ]
                ))
        }
        if !served.brokenTrials.isEmpty {
            members.append(
                (
                    "refusedShadows",
                    .array(
                        served.brokenTrials.map { trial in
                            [
                                "file": JSON(Self.name(trial.file)),
                                "reason": JSON(trial.reason),
                            ]
                        })
                ))
        }
        return .object(JSONObject(members))
    }

    /// Strangers are told a file's name, not where it lies.
    private static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

extension AuditorPolicy {
    /// Name, version and the digest that credentials carry.
    var summary: JSON {
        [
            "policy": JSON(title), "digest": JSON(digest.text),
            "validFor": JSON(document.validForSeconds),
            "appliesTo": document.appliesTo.map { .array($0.map { JSON($0) }) } ?? "all",
        ]
    }
}
