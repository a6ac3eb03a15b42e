import Encoding
import Storage
import Synchronization
import Web

/// Runs the servers of a development network as child processes.
final class Supervisor: Sendable {
    private let network: DevelopmentNetwork
    private let program: String
    private let children = Mutex<[String: ChildProcess]>([:])
    private let client: HTTPClient

    /// How long the whole network has to become ready, and a child to stop when asked to.
    private static let readyMilliseconds: Int64 = 30_000
    private static let stopMilliseconds: Int64 = 10_000

    /// - Parameter program: the `accredit` that the servers run.
    init(_ network: DevelopmentNetwork, program: String) {
        self.network = network
        self.program = program
        client = HTTPClient(trust: TrustAnchors(path: network.authority))
    }

    /// Every server's place, with the words that start it.
    private var servers: [(place: DevelopmentNetwork.Place, words: [String])] {
        network.nodes.map { ($0.place, ["node", "serve", "--config", $0.configuration]) }
            + network.auditors.map {
                ($0.place, ["auditor", "serve", "--config", $0.configuration])
            }
            + [
                (
                    network.aggregator,
                    [
                        "aggregator", "serve", "--config",
                        "\(network.aggregator.folder)/aggregator.json",
                    ]
                ),
                (
                    network.gateway,
                    ["gateway", "serve", "--config", "\(network.gateway.folder)/gateway.json"]
                ),
            ]
    }

    /// Starts what is not running and waits until all of it is ready.
    func start(progress: Progress) async throws {
        try DurableFile.makeDirectory("\(network.folder)/logs")
        for server in servers { try start(server.place.name) }
        try await waitUntilReady(servers.map(\.place), progress: progress)
    }

    /// Starts one server, or starts it again after it ended.
    func start(_ name: String) throws {
        guard let server = servers.first(where: { $0.place.name == name }) else { return }
        let child = try ChildProcess(
            name: name, program: program, arguments: server.words + ["--stop-with-input"],
            logPath: "\(network.folder)/logs/\(name).log")
        children.withLock { $0[name] = child }
    }

    /// Ends one server without warning, as a power cut would.
    func kill(_ name: String) {
        guard let child = children.withLock({ $0.removeValue(forKey: name) }) else { return }
        child.signal(9)
        while child.poll() == nil { Self.pause() }
    }

    func waitUntilReady(
        _ places: [DevelopmentNetwork.Place], progress: Progress
    ) async throws {
        let deadline = SystemClock.monotonicMilliseconds() + Self.readyMilliseconds
        var waiting = places
        while !waiting.isEmpty {
            progress.step(
                "waiting for the servers", done: places.count - waiting.count,
                total: places.count)
            var stillWaiting: [DevelopmentNetwork.Place] = []
            for place in waiting {
                try checkRunning(place.name)
                if await !isReady(place) { stillWaiting.append(place) }
            }
            waiting = stillWaiting
            guard waiting.isEmpty || SystemClock.monotonicMilliseconds() < deadline else {
                throw notReady(waiting)
            }
            if !waiting.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
        }
    }

    /// Throws when a server that should run has ended, with the end of its log.
    func checkRunning(_ name: String) throws {
        guard let child = children.withLock({ $0[name] }), child.poll() != nil else { return }
        throw Failure(
            .failure, "dev.server-ended", "the server \(name) has ended",
            why: child.logTail(), fix: "its whole log is \(child.logPath)")
    }

    func checkAllRunning() throws {
        for server in servers { try checkRunning(server.place.name) }
    }

    private func isReady(_ place: DevelopmentNetwork.Place) async -> Bool {
        let answer = try? await client.send(
            "GET", "\(place.url)/readyz", deadlineMilliseconds: 1000)
        return answer?.status == 200
    }

    private func notReady(_ places: [DevelopmentNetwork.Place]) -> Failure {
        let logs = places.map { "\(network.folder)/logs/\($0.name).log" }
        return Failure(
            .failure, "dev.not-ready",
            "not ready after \(Self.readyMilliseconds / 1000) s: "
                + places.map(\.name).joined(separator: ", "),
            why: "the machine may be busy, or a server waits for another",
            fix: "see " + logs.joined(separator: ", "))
    }

    /// Asks every server to stop, waits, and ends those that do not.
    func stop() {
        let running = children.withLock { children in
            defer { children = [:] }
            return children.values.sorted { $0.name < $1.name }
        }
        for child in running { child.signal(15) }
        let deadline = SystemClock.monotonicMilliseconds() + Self.stopMilliseconds
        for child in running {
            while child.poll() == nil {
                guard SystemClock.monotonicMilliseconds() < deadline else {
                    child.signal(9)
                    break
                }
                Self.pause()
            }
        }
    }

    private static func pause() { SystemClock.pause(milliseconds: 20) }
}
