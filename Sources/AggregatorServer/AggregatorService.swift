package import Credentials
package import Cryptography
import Encoding
import Storage
import Web

/// Takes one application, asks all auditors at once, merges what verifies. Nobody has to trust it:
/// whoever verifies a bundle verifies each credential in it.
package actor AggregatorService {
    package nonisolated let id: String
    package nonisolated let network: String
    package nonisolated let store: AggregatorStore
    nonisolated let sets: AuditorSetFile
    private nonisolated let key: PrivateKey
    private let client: HTTPClient
    private let deadlineMilliseconds: Int
    private let clock: @Sendable () -> Instant
    private let log: @Sendable (JSON) -> Void
    private var collecting: [Digest: Task<Void, Never>] = [:]
    /// Whoever waits for news about an application.
    private var waiting: [Digest: [AsyncStream<Void>.Continuation]] = [:]

    init(
        configuration: AggregatorConfiguration, store: AggregatorStore, sets: AuditorSetFile,
        key: consuming PrivateKey, clock: @escaping @Sendable () -> Instant = SystemClock.now,
        log: @escaping @Sendable (JSON) -> Void
    ) {
        id = configuration.id
        network = configuration.network
        self.store = store
        self.sets = sets
        self.key = key
        self.clock = clock
        self.log = log
        client = HTTPClient(trust: configuration.trust)
        deadlineMilliseconds = configuration.deadlineMilliseconds
    }

    /// The auditors that are asked, and believed as far as the set says.
    package nonisolated var auditorSet: AuditorSet { sets.set }

    package nonisolated var keySet: JWKSet {
        get throws {
            try JWKSet([JWKSet.Entry(keyID: keyID, key: key.publicKey)])
        }
    }

    private nonisolated var keyID: String { "\(id)#\(key.publicKey.thumbprint)" }

    /// Starts asking. The same application again changes nothing while it is asked about or
    /// decided; after a failed collection the auditors that have not decided are asked again.
    /// - Throws: `CredentialError` for an application that no auditor could take; `StorageError`.
    package func submit(_ compact: String) async throws -> Digest {
        let now = clock()
        let digest = try JWS(compact, maximumByteCount: Limits.applicationByteCountMaximum).digest
        if collecting[digest] != nil { return digest }
        if let record = try store.record(digest), record.state == .complete { return digest }
        let application = try Application.verify(compact, network: network, at: now)
        guard collecting.count < Limits.collectedAtOnceMaximum else {
            throw Problem.unavailable(
                "\(collecting.count) applications are being collected.",
                fix: "Send it again in a moment.")
        }
        let state = try await store.begin(
            digest, application: compact, node: application.node, at: now)
        if !state.isSettled { collect(application) }
        return digest
    }

    /// Goes on with what a stop interrupted.
    package func resume() throws {
        for record in try store.unsettled() {
            let signedAt = try JWS(record.application).issuedAt ?? clock()
            collect(
                try Application.verify(record.application, network: network, at: signedAt))
        }
    }

    private func collect(_ application: Application) {
        let digest = application.digest
        guard collecting[digest] == nil else { return }
        collecting[digest] = Task {
            do {
                try await gather(application)
            } catch {
                log([
                    "event": "collection-failed", "application": JSON(digest.text),
                    "cause": JSON("\(error)"),
                ])
            }
            collecting[digest] = nil
            notify(digest)
        }
    }

    private func gather(_ application: Application) async throws {
        let digest = application.digest
        let decided = try store.outcomes(of: digest).filter(\.kind.isDecision)
        let set = auditorSet
        let asked = set.auditors.filter { auditor in
            !decided.contains { $0.issuer.hasSameBytes(as: auditor.issuer) }
        }
        let (client, deadline, clock) = (client, deadlineMilliseconds, clock)
        await withTaskGroup(of: AuditorOutcome.self) { group in
            for auditor in asked {
                group.addTask {
                    await AskingAuditor(
                        application: application, auditor: auditor, set: set, client: client,
                        deadlineMilliseconds: deadline, clock: clock
                    ).outcome()
                }
            }
            for await outcome in group { await take(outcome, of: digest) }
        }
        let bundle = try merged(digest)
        let isMet = bundle.map { isQuorum($0, digest) } ?? false
        try await store.settle(
            digest, state: isMet ? .complete : .failed, bundle: bundle?.jws.compact)
    }

    /// Records an outcome, durably, and shows the bundle as soon as the quorum stands.
    private func take(_ outcome: AuditorOutcome, of digest: Digest) async {
        do {
            try await store.record(outcome, of: digest, at: clock())
            if let bundle = try merged(digest), isQuorum(bundle, digest) {
                try await store.settle(digest, state: .quorum, bundle: bundle.jws.compact)
            }
        } catch {
            log([
                "event": "outcome-not-recorded", "application": JSON(digest.text),
                "issuer": JSON(outcome.issuer), "cause": JSON("\(error)"),
            ])
        }
        notify(digest)
    }

    /// All credentials received so far in one bundle, refusals too; nil without any.
    private func merged(_ digest: Digest) throws -> Bundle? {
        let credentials = try store.outcomes(of: digest).compactMap(\.credential)
            .map { try Credential($0) }
        return credentials.isEmpty ? nil : try merge(credentials)
    }

    /// Merges credentials that somebody collected alone; they have to belong together.
    package nonisolated func merge(
        _ credentials: [Credential]
    ) throws(CredentialError) -> Bundle {
        try Bundle.merge(
            credentials, holder: id, keyID: keyID, id: SecureRandom.uuid(), at: clockNow(),
            key: key)
    }

    private nonisolated func clockNow() -> Instant { clock() }

    private func isQuorum(_ bundle: Bundle, _ digest: Digest) -> Bool {
        let result = QuorumVerifier.verify(
            bundle, set: auditorSet, network: network, at: clock(), application: digest)
        return switch result {
        case .met: true
        case .refused: false
        }
    }

    // MARK: - Waiting

    /// Returns at the next news about an application, or after `milliseconds`.
    package func waitForNews(of digest: Digest, milliseconds: Int) async {
        guard collecting[digest] != nil else { return }
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        waiting[digest, default: []].append(continuation)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in stream { return } }
            group.addTask { try? await Task.sleep(for: .milliseconds(milliseconds)) }
            await group.next()
            group.cancelAll()
        }
    }

    private func notify(_ digest: Digest) {
        for continuation in waiting.removeValue(forKey: digest) ?? [] {
            continuation.yield()
            continuation.finish()
        }
    }
}

extension JWS {
    /// The `iat` of its claims, for looking at a token again that was checked when it came.
    fileprivate var issuedAt: Instant? {
        guard let claims = try? JSON.parse(payload) else { return nil }
        return claims["iat"]?.int64Value.map { Instant(seconds: $0) }
    }
}
