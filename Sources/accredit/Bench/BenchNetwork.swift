import Cryptography
import Encoding
import Glibc
import LedgerNode
import Storage
import Web

/// Four representatives as processes of this machine, with a `BenchLedger`.
final class BenchNetwork: Sendable {
    static let nodeCount = 4
    private static let host = "127.0.0.1"
    private static let patienceMilliseconds: Int64 = 60_000
    private static let settlingMilliseconds: Int64 = 600_000

    /// What the system counts of a process.
    struct Usage: Sendable {
        /// Seconds of all its threads, in the kernel too.
        var processor = 0.0
        /// Bytes of memory that are really there.
        var memory = 0
    }

    let ledger: BenchLedger
    let nodes: [Service]
    private let children: [ChildProcess]

    /// Starts the nodes and lists their candidacies.
    /// - Parameter program: the `accredit` that the nodes run.
    init(
        folder: BenchFolder, voterCount: Int, electionInterval: Int, program: String
    ) async throws {
        let ports = try await FreePorts.find(Self.nodeCount, host: Self.host)
        let addresses = ports.map { SocketAddress(host: Self.host, port: $0) }
        let ledger = try await BenchLedger(
            folder: folder, voterCount: voterCount, candidateCount: Self.nodeCount,
            electionInterval: electionInterval, endpoints: addresses.map { "https://\($0)" })
        self.ledger = ledger
        _ = try folder.write(ledger.genesis().bytes, "genesis.json")
        nodes = ledger.endpoints.map {
            Service(noun: "the ledger node", base: $0, http: HTTPClient(trust: folder.trust))
        }
        children = try addresses.enumerated().map { place, address in
            let name = "node\(place)"
            let configuration = try ledger.configuration(
                named: name, place: place, listen: address.description)
            let path = try folder.write(configuration.json.bytes, "\(name).json")
            return try ChildProcess(
                name: name, program: program,
                arguments: ["node", "serve", "--config", path, "--stop-with-input"],
                logPath: "\(folder.path)/\(name).log")
        }
    }

    /// Waits until every node takes part, and has the candidates listed.
    func prepare() async throws {
        let deadline = SystemClock.monotonicMilliseconds() + Self.patienceMilliseconds
        for node in nodes {
            while await !isReady(node) {
                try check(deadline)
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        for transaction in try await ledger.candidacies() {
            _ = try await nodes[0].post("/v1/transactions", ["transaction": JSON(transaction)])
        }
        for node in nodes {
            while try await node.get("/v1/candidates")["candidates"]?.arrayValue?.count
                != Self.nodeCount
            {
                try check(deadline)
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Waits until every node has counted again what was committed so far, which it does less of
    /// while it is busy: what comes next is measured without that.
    func settle() async throws {
        let deadline = SystemClock.monotonicMilliseconds() + Self.settlingMilliseconds
        for node in nodes {
            let height = try await node.get("/v1/status")["height"]?.uint64Value ?? 0
            while try await node.get("/v1/status")["recount"]?["height"]?.uint64Value ?? 0 < height
            {
                try check(deadline)
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func isReady(_ node: Service) async -> Bool {
        (try? await node.bytes("/readyz")) != nil
    }

    private func check(_ deadline: Int64) throws {
        let ended = children.first { $0.poll() != nil }
        guard ended == nil, SystemClock.monotonicMilliseconds() < deadline else {
            throw Failure(
                .failure, "bench.stuck", "the network does not become ready or quiet",
                why: (ended ?? children.first)?.logTail())
        }
    }

    /// Of each node's process, now.
    func usage() throws -> [Usage] {
        try children.map { child in
            let texts = try ["stat", "statm"].map { name in
                String(
                    decoding: try DurableFile.read(
                        "/proc/\(child.identifier)/\(name)", maximumByteCount: 4096),
                    as: UTF8.self)
            }
            // The second field of `stat` is a name in brackets; of the others after it, the 12th
            // and the 13th count ticks.
            let fields = texts[0].split(separator: ")").last?.split(separator: " ") ?? []
            let ticks = fields.dropFirst(11).prefix(2).compactMap { Double($0) }.reduce(0, +)
            let pages = texts[1].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return Usage(
                processor: ticks / Double(sysconf(Int32(_SC_CLK_TCK))),
                memory: pages * sysconf(Int32(_SC_PAGESIZE)))
        }
    }

    func stop() {
        for child in children { child.signal(SIGTERM) }
        let deadline = SystemClock.monotonicMilliseconds() + 10_000
        for child in children {
            while child.poll() == nil {
                if SystemClock.monotonicMilliseconds() > deadline { child.signal(SIGKILL) }
                SystemClock.pause(milliseconds: 20)
            }
        }
    }
}
