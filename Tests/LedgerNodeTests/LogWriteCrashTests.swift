import Encoding
import FoundationEssentials
import Storage
import Synchronization
import TestSupport
import Testing
import Web

@testable import LedgerNode

/// A node that is ended at any write of its log or its record of signatures goes on with the same
/// chain. `ACCREDIT_LOG_CRASH_BLOCKS` for more or fewer blocks.
@Suite(.serialized, .timeLimit(.minutes(20))) struct LogWriteCrashTests {
    /// The data folder as the end of the process would leave it, at each write.
    private final class Camera: Sendable {
        private let data: String
        private let folder: String
        private let state = Mutex((count: 0, isOn: true))

        init(of data: String, into folder: String) {
            self.data = data
            self.folder = folder
        }

        var passing: @Sendable (String) -> Void {
            { point in
                let isWanted =
                    point == "ConsensusLog.append written"
                    || point == "SigningStore.release written"
                    || point == "SigningStore.release committed"
                guard isWanted else { return }
                self.state.withLock { state in
                    guard state.isOn else { return }
                    do {
                        try self.copy(to: "\(self.folder)/\(state.count)")
                        state.count += 1
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }

        private func copy(to image: String) throws {
            let files = FileManager.default
            try DurableFile.makeDirectory(image)
            for name in try files.contentsOfDirectory(atPath: data)
            where !name.hasSuffix(".lock") && !name.hasSuffix("-shm") {
                try files.copyItem(atPath: "\(data)/\(name)", toPath: "\(image)/\(name)")
            }
        }

        /// How many there are; none is taken any more.
        func finish() -> Int {
            state.withLock { state in
                state.isOn = false
                return state.count
            }
        }
    }

    private struct Content: Equatable {
        /// The ids of the blocks, from the first on.
        var blocks: [[UInt8]] = []
        /// By height, round and step: the bytes and the signature.
        var signed: [String: [UInt8]] = [:]
        /// The height of the newest precommit.
        var precommitted: Int64 = 0
    }

    private func content(_ data: String) throws -> Content {
        var content = Content()
        let chain = try Database.open(
            path: data + "/chain.sqlite", migrations: BlockStore.migrations)
        content.blocks = try chain.read { connection in
            try connection.query("SELECT id FROM blocks ORDER BY height") { $0.blob(0) }
        }
        chain.close()
        let store = try Database.open(
            path: data + "/signing.sqlite", migrations: ["", "", ""])
        let rows = try store.read { connection in
            try connection.query("SELECT height, round, step, bytes, signature FROM signed") {
                (place: [$0.int(0), $0.int(1), $0.int(2)], said: $0.blob(3) + $0.blob(4))
            }
        }
        store.close()
        for row in rows {
            content.signed[row.place.map(String.init).joined(separator: "/")] = row.said
            if row.place[2] == 3 { content.precommitted = max(content.precommitted, row.place[0]) }
        }
        return content
    }

    @Test func `a node ended at any write of twenty blocks goes on with the same chain`()
        async throws
    {
        let count =
            ProcessInfo.processInfo.environment["ACCREDIT_LOG_CRASH_BLOCKS"].flatMap(UInt64.init)
            ?? 20
        let network = try await TestNetwork {
            $0.blockInterval = 10
            $0.heartbeat = 40
        }
        var configuration = network.nodes[0].configuration
        configuration.explorer = false
        let folder = network.folder.file("images")
        let camera = Camera(of: configuration.data, into: folder)
        let node = try await LedgerNodeServer.start(
            configuration: configuration,
            surroundings: LedgerNodeServer.Surroundings(passing: camera.passing))
        _ = try await network.block(count, from: 0)
        let images = camera.finish()
        await node.stop()
        let truth = try content(configuration.data)
        #expect(images > Int(count) * 5)
        for image in 0..<images {
            configuration.data = "\(folder)/\(image)"
            try await goOn(configuration, network, truth, image)
            try FileManager.default.removeItem(atPath: configuration.data)
        }
    }

    private func goOn(
        _ configuration: NodeConfiguration, _ network: TestNetwork, _ truth: Content, _ image: Int
    ) async throws {
        let before = try content(configuration.data)
        let height = before.blocks.count
        #expect(truth.blocks.starts(with: before.blocks), "image \(image)")
        let node = try await LedgerNodeServer.start(configuration: configuration)
        _ = try await network.block(UInt64(height) + 1, from: 0)
        #expect(node.services.board.view.withheld == nil, "image \(image)")
        await node.stop()
        let after = try content(configuration.data)
        #expect(after.blocks.starts(with: before.blocks), "image \(image)")
        for (place, said) in before.signed {
            #expect(after.signed[place] == said, "image \(image): \(place)")
        }
        // What was precommitted may have been decided: it is the next block, whatever happens.
        if before.precommitted > Int64(height) {
            #expect(after.blocks[height] == truth.blocks[height], "image \(image)")
        }
    }
}
