package import Encoding
import Storage
package import Web

/// A running voting gateway: its store, its service and its listener.
package final class GatewayServer: Sendable {
    package let address: SocketAddress
    private let service: VotingService
    private let server: HTTPServer
    private let events: EventBroadcast
    private let follower: Task<Void, Never>

    /// Opens what the configuration names, goes on with the votes in flight, and listens.
    /// - Parameter log: takes one JSON object for each event.
    /// - Throws: `StorageError` or `WebError`, each saying how to fix it.
    package static func start(
        _ configuration: GatewayConfiguration, log: @escaping @Sendable (JSON) -> Void,
        clock: @escaping @Sendable () -> Instant = SystemClock.now
    ) async throws -> GatewayServer {
        let store = try VoteStore(
            folder: configuration.dataFolder, network: configuration.network)
        let metrics = MetricRegistry()
        let service = VotingService(
            network: configuration.network, isOpen: configuration.isOpen,
            nodes: LedgerNodes(
                urls: configuration.ledger, transport: HTTPClient(trust: configuration.trust)),
            store: store, metrics: metrics, clock: clock, log: log)
        do {
            // Before the first request, so that a repeated one finds its vote being followed.
            try await service.resume()
            let desk = LoginDesk(
                gateway: configuration.identity, network: configuration.network, store: store,
                clock: clock)
            let routes = GatewayRoutes(service: service, desk: desk, metrics: metrics)
            return try GatewayServer(configuration, routes, log)
        } catch {
            await service.stop()
            store.close()
            throw error
        }
    }

    private init(
        _ configuration: GatewayConfiguration, _ routes: GatewayRoutes,
        _ log: @escaping @Sendable (JSON) -> Void
    ) throws {
        service = routes.service
        events = routes.events
        server = HTTPServer(
            router: routes.router(), address: configuration.listen, tls: configuration.tls,
            metrics: routes.metrics,
            log: { log($0.json) })
        address = try server.start()
        let blocks = BlockFollower(nodes: routes.service.nodes, events: routes.events)
        follower = Task { await blocks.run() }
    }

    package func stop() async {
        // First the votes, whose waiting senders then learn that the outcome is not known yet.
        await service.stop()
        events.finish()
        follower.cancel()
        await server.stop()
        await follower.value
        service.store.close()
    }
}
