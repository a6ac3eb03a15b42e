package import Encoding
import Storage
package import Web

/// A running auditor: its store, its service and its listener.
package final class AuditorServer: Sendable {
    package let address: SocketAddress
    package let service: AuditorService
    private let server: HTTPServer
    private let watch: Task<Void, Never>
    private let work: [Task<Void, Never>]

    /// Opens everything the configuration names, finishes what a crash left, and listens.
    /// - Parameter log: takes one JSON object for each event.
    /// - Throws: `StorageError`, `KeyError`, `AuditingError` or `WebError`, each saying how to fix it.
    package static func start(
        _ configuration: AuditorConfiguration, log: @escaping @Sendable (JSON) -> Void
    ) async throws -> AuditorServer {
        let passphrase = try configuration.passphrasePath.map(SecretFile.passphrase)
        let store = try AuditorStore(
            folder: configuration.dataFolder, passing: configuration.passing)
        do {
            let keeper = try LogKeeper(
                origin: configuration.logOrigin,
                signer: try KeyFile.read(configuration.logKeyPath, passphrase: passphrase),
                store: store, folder: configuration.dataFolder)
            let metrics = MetricRegistry()
            let policies = try PolicyShelf(
                files: configuration.policies, store: store, metrics: metrics,
                clock: SystemClock.now, log: log)
            let service = AuditorService(
                configuration: configuration, store: store, policies: policies,
                trials: PolicyTrials(
                    issuer: configuration.issuer, store: store, metrics: metrics, log: log),
                statusPlaces: try StatusPlaces(store),
                keys: try KeyShelf(
                    configuration, store: store, metrics: metrics, clock: SystemClock.now,
                    log: log))
            let ledger = try LedgerDesk(configuration, store: store, passphrase: passphrase)
            return try await AuditorServer(configuration, service, keeper, ledger, metrics, log)
        } catch {
            store.close()
            throw error
        }
    }

    private init(
        _ configuration: AuditorConfiguration, _ service: AuditorService,
        _ keeper: LogKeeper, _ ledger: LedgerDesk, _ metrics: MetricRegistry,
        _ log: @escaping @Sendable (JSON) -> Void
    ) async throws {
        self.service = service
        metrics.declare(
            "accredit_credentials_issued_total", .counter, "Answers given, by decision")
        let desk = ReviewDesk(configuration: configuration, service: service, log: log)
        let vigil = StoreVigil(
            configuration, store: service.store, logKey: keeper.key,
            published: { try service.keys.published() }, clock: service.clock, log: log)
        service.store.standing.check { await vigil.check() }
        if let fault = try keeper.fault() { await vigil.setBack(fault) }
        let peerLogs = PeerLogs(
            peers: configuration.peers, client: configuration.client, store: service.store,
            clock: service.clock, log: log)
        let routes = AuditorRoutes(
            service: service,
            forwarding: Forwarding(
                peers: configuration.peers, client: configuration.client,
                log: log), metrics: metrics,
            log: LogRoutes(keeper: keeper, store: service.store),
            outbox: OutboxRoutes(database: service.store.database, sender: ledger.sender),
            statusLists: StatusListRoutes(service: service, clock: SystemClock.now),
            operations: OperationRoutes(
                store: service.store, issuer: configuration.issuer,
                network: configuration.network, operators: configuration.operators.map(\.did),
                clock: SystemClock.now), reviews: ReviewRoutes(desk: desk),
            refunds: RefundRoutes(database: service.store.database, worker: ledger.refunds))
        server = HTTPServer(
            router: configuration.watched(routes.router()), address: configuration.listen,
            tls: configuration.identity, metrics: metrics, log: configuration.watched(log))
        let unfinished = try service.store.unfinished()
        address = try server.start()
        watch = Task {
            while (try? await Task.sleep(for: .milliseconds(Limits.policyPollMilliseconds))) != nil
            {
                service.policies.poll()
                service.keys.poll()
            }
        }
        let incidents = IncidentWorker(store: service.store, clock: SystemClock.now, log: log)
        work =
            [
                Task { await desk.run() }, Task { await incidents.run() },
                Task { await vigil.run() }, Task { await peerLogs.run() },
            ] + ledger.start()
        Task {
            do {
                try await service.resume(unfinished)
            } catch {
                log(["event": "resume-failed", "cause": JSON("\(error)")])
            }
        }
    }

    /// Reads policies and keys again now, without waiting for the next look at their files.
    package func reload() async {
        service.policies.reload()
        service.keys.reload()
    }

    package func stop() async {
        watch.cancel()
        for task in work { task.cancel() }
        await watch.value
        for task in work { await task.value }
        await server.stop()
        await service.trials.finish()
        service.store.close()
    }
}
