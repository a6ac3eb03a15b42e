import Credentials
package import Encoding
import Storage
package import Web

/// A running aggregator: its store, its service and its listener.
package final class AggregatorServer: Sendable {
    package let address: SocketAddress
    package let service: AggregatorService
    private let server: HTTPServer
    private let watch: Task<Void, Never>

    /// Opens everything the configuration names, goes on with what was interrupted, and listens.
    /// - Parameter log: takes one JSON object for each event.
    /// - Throws: `StorageError`, `KeyError`, `CredentialError` or `WebError`, each saying how to fix
    ///   it.
    package static func start(
        _ configuration: AggregatorConfiguration, log: @escaping @Sendable (JSON) -> Void
    ) async throws -> AggregatorServer {
        let passphrase = try configuration.passphrasePath.map(SecretFile.passphrase)
        let sets = try AuditorSetFile(
            path: configuration.auditorSetPath, network: configuration.network, log: log)
        let store = try AggregatorStore(folder: configuration.dataFolder)
        do {
            let service = AggregatorService(
                configuration: configuration, store: store, sets: sets,
                key: try KeyFile.read(configuration.keyPath, passphrase: passphrase), log: log)
            return try await AggregatorServer(configuration, service, log)
        } catch {
            store.close()
            throw error
        }
    }

    private init(
        _ configuration: AggregatorConfiguration, _ service: AggregatorService,
        _ log: @escaping @Sendable (JSON) -> Void
    ) async throws {
        self.service = service
        let metrics = MetricRegistry()
        let routes = AggregatorRoutes(service: service, metrics: metrics)
        server = HTTPServer(
            router: routes.router(), address: configuration.listen, tls: configuration.identity,
            metrics: metrics, log: { log($0.json) })
        address = try server.start()
        let sets = service.sets
        watch = Task {
            while (try? await Task.sleep(for: .milliseconds(Limits.filePollMilliseconds))) != nil {
                sets.poll()
            }
        }
        try await service.resume()
    }

    /// Reads the auditor set again now, without waiting for the next look at its file.
    package func reload() async { service.sets.poll() }

    package func stop() async {
        watch.cancel()
        await server.stop()
        service.store.close()
    }
}
