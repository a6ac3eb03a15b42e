import Credentials
package import Encoding
import Storage
package import Web

/// A running aggregator: its store, its service and its listener.
package final class AggregatorServer: Sendable {
    package let address: SocketAddress
    package let service: AggregatorService
    private let server: HTTPServer

    /// Opens everything the configuration names, goes on with what was interrupted, and listens.
    /// - Parameter log: takes one JSON object for each event.
    /// - Throws: `StorageError`, `KeyError`, `CredentialError` or `WebError`, each saying how to fix
    ///   it.
    package static func start(
        _ configuration: AggregatorConfiguration, log: @escaping @Sendable (JSON) -> Void
    ) async throws -> AggregatorServer {
        let passphrase = try configuration.passphrasePath.map(SecretFile.passphrase)
        let set = try AuditorSet(
            json: JSON.parse(
                DurableFile.read(
                    configuration.auditorSetPath,
                    maximumByteCount: Limits.auditorSetByteCountMaximum)))
        guard set.network.hasSameBytes(as: configuration.network) else {
            throw FormatError(
                .shape,
                "\(configuration.auditorSetPath) is for network \(set.network), "
                    + "not \(configuration.network). Name the set of this network.")
        }
        let store = try AggregatorStore(folder: configuration.dataFolder)
        do {
            let service = AggregatorService(
                configuration: configuration, store: store, auditorSet: set,
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
        try await service.resume()
    }

    package func stop() async {
        await server.stop()
        service.store.close()
    }
}
