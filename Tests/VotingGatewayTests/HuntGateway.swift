import Encoding
import FoundationEssentials
import Synchronization
import TestSupport
import Web

@testable import VotingGateway

/// One gateway of the hunt: the product's service and store, which can be stopped, copied, restored
/// from the copy and started again.
actor HuntGateway {
    private let folder: String
    private let network: HuntNetwork
    private let urls: [String]
    /// Nodes in reach; shared with the transport.
    nonisolated let reach: Reach
    private(set) var service: VotingService

    final class Reach: Sendable {
        private let nodes = Mutex<Set<Int>>(Set(0..<HuntNetwork.nodeCount))

        var now: Set<Int> { nodes.withLock { $0 } }
        func set(_ nodes: Set<Int>) { self.nodes.withLock { $0 = nodes } }
    }

    /// - Parameter first: the node that is asked before the others.
    init(_ network: HuntNetwork, folder: String, first: Int) throws {
        self.folder = folder
        self.network = network
        let count = HuntNetwork.nodeCount
        urls = (0..<count).map { HuntNetwork.url(($0 + first) % count) }
        reach = Reach()
        service = try Self.open(network, folder, urls, reach)
    }

    private static func open(
        _ network: HuntNetwork, _ folder: String, _ urls: [String], _ reach: Reach
    ) throws -> VotingService {
        VotingService(
            network: network.fixture.network, isOpen: true,
            nodes: LedgerNodes(
                urls: urls,
                transport: HuntTransport(network: network, reach: { reach.now })),
            store: try VoteStore(folder: folder, network: network.fixture.network),
            metrics: MetricRegistry(), clock: { network.now }, log: { _ in })
    }

    /// Stops, does what `change` does with the files, and starts again.
    func restart(_ change: (String) throws -> Void = { _ in }) async throws {
        await service.stop()
        service.store.close()
        try change(folder)
        service = try Self.open(network, folder, urls, reach)
        try await service.resume()
    }

    func backUp() async throws {
        try await restart { folder in
            try FileManager.default.copyItem(atPath: folder, toPath: folder + ".old")
        }
    }

    /// Restores the backup; without one the store is lost.
    func restore() async throws {
        try await restart { folder in
            try FileManager.default.removeItem(atPath: folder)
            if FileManager.default.fileExists(atPath: folder + ".old") {
                try FileManager.default.copyItem(atPath: folder + ".old", toPath: folder)
            }
        }
    }

    func close() async {
        await service.stop()
        service.store.close()
    }
}
