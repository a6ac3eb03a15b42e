import AuditorServer
import Cryptography
import Encoding
import Storage

/// What one credential leaves in the auditor's store, in its three writes.
struct IssuedDocuments: Sendable {
    let application: String
    let claims: [UInt8]
    let credential: String
    let findings: JSON

    var all: [[UInt8]] { [Array(application.utf8), claims, Array(credential.utf8)] }

    /// - Parameter answer: the auditor's, with the credential.
    init(_ application: String, _ answer: JSON) throws {
        guard let credential = answer["credential"]?.stringValue else {
            throw Failure(.failure, "bench.wrong", "the answer holds no credential")
        }
        self.application = application
        self.credential = credential
        claims = try JWS(credential).payload
        findings = answer["findings"] ?? []
    }
}

/// The auditor's own store: the acceptance, the intention and the credential of one after the
/// other, by as many writers at once as there are applicants. Nothing is judged, signed or sent.
enum StoreAlone {
    /// Credentials a second.
    static func rate(
        count: Int, width: Int, _ documents: IssuedDocuments, folder: String
    ) async throws -> Double {
        let store = try AuditorStore(folder: "\(folder)/store\(width)")
        defer { store.close() }
        let now = SystemClock.now()
        let policy = Digest.sha256(documents.claims)
        try store.keep(policy: documents.claims, digest: policy, at: now)
        let span = try await CPUTime.span {
            try await InParallel.run(count, width: width) { _ in
                try await write(documents, policy, at: now, store)
            }
        }
        return Double(count) / span.wall
    }

    // Inlined into another asynchronous function it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    private static func write(
        _ documents: IssuedDocuments, _ policy: Digest, at now: Instant, _ store: AuditorStore
    ) async throws {
        let digest = Digest.sha256(SecureRandom.bytes(Digest.byteCount))
        let id = SecureRandom.uuid()
        try await store.accept(
            digest, application: documents.application, node: digest.text, policy: policy, at: now)
        try await store.intend(
            digest, jti: id, claims: documents.claims, key: policy.text,
            evidence: documents.findings, findings: documents.findings, at: now)
        _ = try await store.issue(
            digest, jti: id, consents: true, credential: documents.credential, at: now)
    }
}
