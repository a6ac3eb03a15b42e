import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

@testable import accredit

/// What becomes of a bundle when some of its auditors are asked again, with real auditors.
@Suite struct BundleRenewalTests {
    private let world: AuditWorld
    private let applicant: TestApplicant

    init() throws {
        world = try AuditWorld()
        applicant = try TestApplicant(world)
    }

    private struct Running {
        let servers: [AuditorServer]
        let set: AuditorSet
        let bundle: Bundle
        let renewal: BundleRenewal

        /// The credential of the auditor with this number.
        func credential(_ index: Int, in bundle: Bundle? = nil) throws -> Credential {
            let issuer = servers[index].service.issuer
            return try #require(
                (bundle ?? self.bundle).credentials.first {
                    $0.claims.issuer.hasSameBytes(as: issuer)
                })
        }

        func stop() async { for server in servers { await server.stop() } }
    }

    /// Three auditors, two of which are a quorum, and the bundle of an application.
    private func start() async throws -> Running {
        var paths: [String] = []
        for name in ["a1", "a2", "a3"] {
            paths.append(
                try world.configureAuditor(
                    name, policy: "device-performance.json", port: try await freePort()))
        }
        var servers: [AuditorServer] = []
        let application = try applicant.application()
        var credentials: [Credential] = []
        for path in paths {
            let server = try await AuditorServer.start(
                try AuditorConfiguration(path: path), log: { _ in })
            servers.append(server)
            let answer = try await server.service.submit(application.jws.compact)
            credentials.append(try Credential(try #require(answer.credential)))
            // Times are in whole seconds: the first to sign ends first.
            try await Task.sleep(for: .milliseconds(1_100))
        }
        let signer = Signer(
            try PrivateKey(pem: applicant.key.pem(passphrase: nil), passphrase: nil))
        let set = try world.auditorSet(paths)
        let bundle = try Bundle.merge(
            credentials, holder: signer.did, keyID: signer.did, id: SecureRandom.uuid(),
            at: Instant(seconds: SystemClock.now().seconds), key: signer.key)
        return Running(
            servers: servers, set: set, bundle: bundle,
            renewal: BundleRenewal(
                set: set, signer: signer, http: HTTPClient(trust: world.trust), credit: nil))
    }

    @Test func `only those that are due are asked, the others stay byte for byte`() async throws {
        let running = try await start()
        let due = [try running.credential(0), try running.credential(2)]
        let end = try running.credential(1).claims.validity.until
        #expect(running.bundle.expires < end)
        let result = try await running.renewal.renew(running.bundle, due)
        #expect(result.replies.map(\.outcome) == ["consent", "consent"])
        #expect(try running.credential(1, in: result.bundle) == (try running.credential(1)))
        #expect(try running.credential(0, in: result.bundle) != (try running.credential(0)))
        #expect(result.validUntil == end)
        await running.stop()
    }

    @Test func `an auditor that is down goes out of the bundle when the quorum stands without`()
        async throws
    {
        let running = try await start()
        await running.servers[0].stop()
        let result = try await running.renewal.renew(
            running.bundle, running.bundle.credentials)
        #expect(result.replies.map(\.outcome).sorted() == ["consent", "consent", "error"])
        #expect(result.bundle.credentials.count == 2)
        #expect(result.validUntil > running.bundle.expires)
        for server in running.servers.dropFirst() { await server.stop() }
    }

    @Test func `nothing is lost when no auditor improves the bundle`() async throws {
        let running = try await start()
        await applicant.stop()
        // Every auditor refuses now: the node does not meet its challenge.
        let failure = await #expect(throws: Failure.self) {
            try await running.renewal.renew(
                running.bundle, running.bundle.credentials)
        }
        #expect(failure?.code == "renewal.failed")
        #expect(failure?.why?.contains("refusal") == true)
        await running.stop()
    }

    @Test func `a bundle is due when the first of its consents is`() async throws {
        let running = try await start()
        let next = try #require(BundleRenewal.nextDue(running.bundle))
        #expect(BundleRenewal.due(running.bundle, at: next.adding(milliseconds: -1)).isEmpty)
        #expect(!BundleRenewal.due(running.bundle, at: next).isEmpty)
        #expect(next == running.bundle.credentials.map(\.claims.renewal).min())
        await running.stop()
    }
}
