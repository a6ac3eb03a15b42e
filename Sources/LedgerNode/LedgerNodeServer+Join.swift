import Encoding
import Ledger
import Storage
import Web

extension LedgerNodeServer {
    /// Fetches a snapshot when the configuration says so and there is no chain yet. Without one
    /// that verifies, the node begins with block 1.
    /// - Returns: the height of the snapshot.
    static func join(
        _ configuration: NodeConfiguration, _ genesis: Genesis, _ surroundings: Surroundings
    ) async throws -> UInt64? {
        guard configuration.sync == .snapshot,
            !DurableFolder.exists(configuration.data + "/chain.sqlite")
        else { return nil }
        var endpoints = configuration.peers
        for member in genesis.representatives.list where !endpoints.contains(member.endpoint) {
            endpoints.append(member.endpoint)
        }
        endpoints.removeAll { $0 == configuration.endpoint }
        let log = NodeLog(write: surroundings.log)
        let client = HTTPClient(trust: TrustAnchors(path: configuration.tls.authority))
        let join = SnapshotJoin(
            genesis: genesis, data: configuration.data,
            peers: SnapshotPeers(
                endpoints, client: client, log: log,
                deadlineMilliseconds: surroundings.snapshotDeadlineMilliseconds
                    ?? Limits.snapshotDeadlineMilliseconds),
            log: log, reclaims: configuration.retainBlocks != nil)
        let height = try await join.run()
        if height == nil {
            log.event(
                "snapshot-missing",
                [
                    (
                        "detail",
                        .string(
                            "no peer has a snapshot that verifies; the node fetches all blocks "
                                + "instead. A node makes snapshots when snapshotInterval is set.")
                    )
                ])
        }
        return height
    }
}
