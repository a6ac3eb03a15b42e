package import Encoding
import Storage
package import Web

/// A running auditor: its store, its service and its listener.
package final class AuditorServer: Sendable {
    package let address: SocketAddress
    package let service: AuditorService
    private let server: HTTPServer

    /// Opens everything the configuration names, finishes what a crash left, and listens.
    /// - Parameter log: takes one JSON object for each event.
    /// - Throws: `StorageError`, `KeyError`, `AuditingError` or `WebError`, each saying how to fix it.
    package static func start(
        _ configuration: AuditorConfiguration, log: @escaping @Sendable (JSON) -> Void
    ) async throws -> AuditorServer {
        let passphrase = try configuration.passphrasePath.map(SecretFile.passphrase)
        let policy = try DurableFile.read(
            configuration.policyPath, maximumByteCount: Limits.policyByteCountMaximum)
        let store = try AuditorStore(folder: configuration.dataFolder)
        do {
            let service = try AuditorService(
                configuration: configuration, store: store, policy: policy,
                key: try KeyFile.read(configuration.signingKeyPath, passphrase: passphrase))
            let keeper = try LogKeeper(
                origin: configuration.logOrigin,
                signer: try KeyFile.read(configuration.logKeyPath, passphrase: passphrase),
                database: store.database, folder: configuration.dataFolder)
            return try await AuditorServer(configuration, service, keeper, log)
        } catch {
            store.close()
            throw error
        }
    }

    private init(
        _ configuration: AuditorConfiguration, _ service: AuditorService,
        _ keeper: LogKeeper, _ log: @escaping @Sendable (JSON) -> Void
    ) async throws {
        self.service = service
        let metrics = MetricRegistry()
        metrics.declare(
            "accredit_credentials_issued_total", .counter, "Answers given, by decision")
        let routes = AuditorRoutes(
            service: service,
            forwarding: Forwarding(
                peers: configuration.peers, client: HTTPClient(trust: configuration.trust),
                log: log), metrics: metrics,
            log: LogRoutes(keeper: keeper, database: service.store.database))
        server = HTTPServer(
            router: routes.router(), address: configuration.listen, tls: configuration.identity,
            metrics: metrics, log: { log($0.json) })
        let unfinished = try service.store.unfinished()
        address = try server.start()
        Task {
            do {
                try await service.resume(unfinished)
            } catch {
                log(["event": "resume-failed", "cause": JSON("\(error)")])
            }
        }
    }

    package func stop() async {
        await server.stop()
        service.store.close()
    }
}
