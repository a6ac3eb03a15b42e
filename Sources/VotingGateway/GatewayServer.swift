package import Encoding
import Storage
package import Web

/// A running voting gateway: its store, its service and its listener.
package final class GatewayServer: Sendable {
    package let address: SocketAddress
    private let service: VotingService
    private let server: HTTPServer

    /// Opens what the configuration names, goes on with the votes in flight, and listens.
    /// - Parameter log: takes one JSON object for each event.
    /// - Throws: `StorageError` or `WebError`, each saying how to fix it.
    package static func start(
        _ configuration: GatewayConfiguration, log: @escaping @Sendable (JSON) -> Void,
        clock: @escaping @Sendable () -> Instant = SystemClock.now
    ) async throws -> GatewayServer {
        let store = try VoteStore(folder: configuration.dataFolder)
        let metrics = MetricRegistry()
        let service = VotingService(
            network: configuration.network,
            nodes: LedgerNodes(
                urls: configuration.ledger, client: HTTPClient(trust: configuration.trust)),
            store: store, metrics: metrics, clock: clock, log: log)
        do {
            // Before the first request, so that a repeated one finds its vote being followed.
            try await service.resume()
            return try GatewayServer(configuration, service, metrics, log)
        } catch {
            await service.stop()
            store.close()
            throw error
        }
    }

    private init(
        _ configuration: GatewayConfiguration, _ service: VotingService, _ metrics: MetricRegistry,
        _ log: @escaping @Sendable (JSON) -> Void
    ) throws {
        self.service = service
        server = HTTPServer(
            router: GatewayRoutes(service: service, metrics: metrics).router(),
            address: configuration.listen, tls: configuration.identity, metrics: metrics,
            log: { log($0.json) })
        address = try server.start()
    }

    package func stop() async {
        // First the votes, whose waiting senders then learn that the outcome is not known yet.
        await service.stop()
        await server.stop()
        service.store.close()
    }
}
