import Consensus
import Cryptography
package import Encoding
import Ledger
import Storage
import Synchronization
package import Web

/// One ledger node: its stores, the core that changes the chain, the follower that fetches what was
/// missed, and the HTTP server in front.
package final class LedgerNodeServer: Sendable {
    /// What a node takes from its surroundings.
    package struct Surroundings: Sendable {
        package var now: @Sendable () -> Instant
        /// Gets one JSON object per event.
        package var log: @Sendable (JSON) -> Void
        /// The operator vouches that a missing record of signatures may be begun anew.
        package var allowsNewSigningRecord: Bool
        /// The operator vouches that the consensus key has signed nothing that neither the record
        /// nor the chain has.
        package var acceptsSigningRecord: Bool
        /// How long a peer may take for a part of a snapshot; nil for the standard.
        package var snapshotDeadlineMilliseconds: Int?
        /// Told of each point of each durable write; see `Database.open`.
        package var passing: (@Sendable (String) -> Void)?

        package init(
            now: @escaping @Sendable () -> Instant = SystemClock.now,
            log: @escaping @Sendable (JSON) -> Void = { _ in },
            allowsNewSigningRecord: Bool = false, acceptsSigningRecord: Bool = false,
            passing: (@Sendable (String) -> Void)? = nil
        ) {
            self.now = now
            self.log = log
            self.allowsNewSigningRecord = allowsNewSigningRecord
            self.acceptsSigningRecord = acceptsSigningRecord
            self.passing = passing
        }
    }

    /// Where the node listens; port 0 resolved.
    package let address: SocketAddress
    let services: NodeServices
    private let signing: SigningFiles
    private let server: HTTPServer
    private let core: Task<(any Error)?, Never>
    private let others: [Task<Void, Never>]

    private init(
        address: SocketAddress, services: NodeServices, signing: SigningFiles,
        server: HTTPServer, core: Task<(any Error)?, Never>, others: [Task<Void, Never>]
    ) {
        self.address = address
        self.services = services
        self.signing = signing
        self.server = server
        self.core = core
        self.others = others
    }

    /// Opens the stores, rebuilds and checks the state, listens, and begins to take part.
    /// - Throws: `NodeError`, `StorageError`, `KeyError`, `FormatError` or `WebError`, each saying
    ///   how to fix it; then nothing runs and nothing was signed.
    package static func start(
        configuration: NodeConfiguration, surroundings: Surroundings = Surroundings()
    ) async throws -> LedgerNodeServer {
        let genesis = try genesis(configuration.genesis)
        let keys = try NodeKeys(configuration)
        let timeouts: TimeoutSchedule
        do {
            timeouts = try TimeoutSchedule(parameters: genesis.parameters.timeouts)
        } catch {
            throw NodeError(.configuration, "\(configuration.genesis): \(error)")
        }
        let address = try SocketAddress(configuration.listen)
        try DurableFile.makeDirectory(configuration.data)
        let joinedAt = try await join(configuration, genesis, surroundings)
        let store = try BlockStore(
            path: configuration.data + "/chain.sqlite", genesis: genesis,
            reclaims: configuration.retainBlocks != nil)
        do {
            let state = try store.loadState()
            let signing = try SigningFiles(
                configuration, genesis: genesis.digest, key: keys.consensus.publicKey,
                state: state,
                mayStartNew: surroundings.allowsNewSigningRecord || joinedAt != nil,
                isAccepted: surroundings.acceptsSigningRecord, passing: surroundings.passing)
            let explorer =
                try configuration.explorer
                ? Explorer(
                    store: ExplorerStore(
                        path: configuration.data + "/explorer.sqlite", genesis: genesis,
                        reclaims: configuration.retainBlocks != nil))
                : nil
            let services = try NodeServices(
                configuration: configuration, genesis: genesis, keys: keys, state: state,
                store: store, explorer: explorer,
                charges: try ChargeList(path: configuration.data + "/evidence.json"),
                log: NodeLog(write: surroundings.log),
                now: surroundings.now)
            do {
                return try start(services, signing, timeouts, address)
            } catch {
                signing.close()
                explorer?.store.close()
                throw error
            }
        } catch {
            store.close()
            throw error
        }
    }

    private static func genesis(_ path: String) throws -> Genesis {
        let bytes = try DurableFile.read(path, maximumByteCount: Limits.genesisByteCountMaximum)
        do {
            return try Genesis(bytes: bytes)
        } catch {
            throw NodeError(
                .configuration,
                "\(path): \(error.detail). Use the genesis file of the network, unchanged.")
        }
    }

    private static func start(
        _ services: NodeServices, _ signing: SigningFiles, _ timeouts: TimeoutSchedule,
        _ address: SocketAddress
    ) throws -> LedgerNodeServer {
        let core = try NodeCore(services: services, signing: signing, timeouts: timeouts)
        let routes = NodeRoutes(services)
        var limits = ServerLimits()
        limits.drainMilliseconds = Int64(Limits.stopMilliseconds)
        let tls = services.configuration.tls
        let credential = services.credential
        let server = HTTPServer(
            router: routes.router(), address: address,
            tls: TLSIdentity(certificateChainPath: tls.certificate, privateKeyPath: tls.key),
            peers: { credential.identity },
            limits: limits, metrics: services.metrics)
        let bound = try server.start()
        try services.snapshots.load()
        let (tip, role) = services.chain.read { ($0.tip, $0.status(of: services.identity)) }
        services.log.event(
            "node-started",
            [
                ("node", .string(services.identity.text)),
                ("network", .string(services.genesis.network)), ("height", JSON(tip.height)),
                ("role", .string(role.rawValue)), ("address", .string(bound.description)),
            ])
        warnOfOtherKey(services)
        let coreTask = Task { () -> (any Error)? in
            do {
                try await core.run()
                return nil
            } catch {
                services.log.event("node-failed", [("reason", .string("\(error)"))])
                services.board.update { $0.failure = "\(error)" }
                services.signal.release()
                return error
            }
        }
        let desk = routes.desk
        let others = [
            Task { await Follower(services: services).run() },
            Task(priority: .background) { await SnapshotKeeper(services: services).run() },
            Task(priority: .background) { await Pruner(services: services).run() },
            Task { await EvidenceDesk(services: services, desk: desk).run() },
            Task(priority: .background) { await services.recounter.run(services) },
            Task { if let explorer = services.explorer { await explorer.run(services) } },
            Task {
                while (try? await Task.sleep(for: .milliseconds(Limits.resendMilliseconds / 3)))
                    != nil
                {
                    desk.resend()
                }
            },
        ]
        return LedgerNodeServer(
            address: bound, services: services, signing: signing, server: server,
            core: coreTask, others: others)
    }

    /// A node whose key is not the one it stands with would wait for ever without a word.
    private static func warnOfOtherKey(_ services: NodeServices) {
        let own = services.keys.consensus.publicKey.bytes
        let differs = services.chain.read { state in
            let seat = state.representatives(at: state.tip.height + 1).list.first {
                $0.node == services.identity
            }
            let known = seat?.consensusKey ?? state.candidate(services.identity)?.consensusKey
            return known.map { $0 != own } ?? false
        }
        guard differs else { return }
        services.log.event(
            "consensus-key-differs",
            [
                (
                    "detail",
                    .string(
                        "the ledger knows this node with another consensus key than "
                            + "\(services.configuration.consensusKey) holds: it signs no blocks "
                            + "until the configuration names that key's file")
                )
            ])
    }

    /// Height of the newest block.
    package var height: UInt64 { services.chain.tip.height }

    /// Waits until the node has stopped, or can not go on, or the calling task is cancelled.
    /// - Returns: why it cannot; nil otherwise.
    package func failure() async -> (any Error)? {
        // Waiting for a task's value does not end when the waiting one is cancelled; a stream does.
        let (ends, end) = AsyncStream.makeStream(of: (any Error)?.self)
        let core = core
        Task { end.yield(await core.value) }
        for await reason in ends { return reason }
        return nil
    }

    /// Stops taking requests, finishes the block under way and closes the stores.
    package func stop() async {
        services.board.update { $0.isStopping = true }
        for task in others { task.cancel() }
        services.store.endMoments()
        services.signal.release()
        services.explorer?.events.finish()
        await server.stop()
        services.inbox.finish()
        _ = await core.value
        for task in others { await task.value }
        await services.peers.stop()
        services.store.close()
        services.explorer?.store.close()
        signing.close()
        services.log.event("node-stopped", [("height", JSON(services.chain.tip.height))])
    }
}
