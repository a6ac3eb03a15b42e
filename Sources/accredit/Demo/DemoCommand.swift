import Cryptography
import Encoding
import FoundationEssentials
import Storage
import Synchronization
import Web

/// `accredit demo`: a network like that of `accredit dev`, a story with five applicants and twenty
/// voters, and checks of what came of it.
enum DemoCommand {
    static let all = [demo]

    static let demo = Command(
        path: ["demo"],
        summary: "Walk applicants from application to seat and refund, and check it",
        discussion: """
            Starts a DEV network as accredit dev does, with five applicants that run ledger nodes
            of their own. They apply, are judged, stand, are voted for, take seats, withdraw. Then
            everything is checked again from what the servers make public. Exits 0 only if every
            check holds, 6 when one does not; the network is stopped and removed in any case.
            --data FOLDER keeps what the servers wrote, in a new folder.
            """,
        options: [DevelopmentCommands.data, DevelopmentCommands.policies],
        examples: [
            .init("accredit demo", "a story to read, about a minute long"),
            .init("accredit demo --output json", "one document with all outcomes and checks"),
        ],
        run: run)

    /// Short terms and quick blocks, so that the story is short.
    private static var parameters: DevelopmentNetwork.Parameters {
        var parameters = DevelopmentNetwork.Parameters()
        parameters.electionInterval = 25
        parameters.voterCount = DemoVotes.voterCount
        parameters.lateVoterCount = DemoVotes.enrolledLater.count
        return parameters
    }

    private static func run(_ invocation: Invocation) async throws {
        let kept = try invocation.text(DevelopmentCommands.data)
        let folder = kept ?? DevelopmentCommands.temporaryFolder()
        let stopped = Interruption.stream()
        try DurableFile.makeDirectory(folder)
        let lock = try FileLock(path: "\(folder)/lock")
        defer {
            lock.release()
            if kept == nil { try? FileManager.default.removeItem(atPath: folder) }
        }
        let network = try await makeNetwork(in: folder, invocation)
        let supervisor = Supervisor(network, program: try ChildProcess.thisProgram())
        defer { supervisor.stop() }
        let checks = try await unlessInterrupted(stopped, supervisor) {
            try await play(network, supervisor, invocation.console)
        }
        let failed = checks.filter { !$0.holds }
        guard failed.isEmpty else {
            throw Failure(
                .verification, "demo.check",
                "\(failed.count) of \(checks.count) checks do not hold: "
                    + failed.map(\.name).joined(separator: ", "),
                why: failed.first?.explanation.first,
                fix: kept.map { "the servers' data and logs are in \($0)" }
                    ?? "accredit demo --data FOLDER keeps the servers' data and logs")
        }
    }

    private static func makeNetwork(
        in folder: String, _ invocation: Invocation
    ) async throws -> DevelopmentNetwork {
        let policies = try PolicyFolder.find(
            named: try invocation.text(DevelopmentCommands.policies))
        guard try DevelopmentNetwork(opening: folder, policyFolder: policies) == nil else {
            throw Failure(
                .conflict, "demo.exists", "\(folder) holds a network already",
                why: "the story begins with a new one", fix: "name a new folder with --data")
        }
        let names = DemoCast.applicants.map(\.name)
        let host = "127.0.0.1"
        let network = DevelopmentNetwork(
            folder: folder, network: "demo-\(Hexadecimal.encode(SecureRandom.bytes(4)))",
            policyFolder: policies,
            applicants: names, host: host,
            ports: try await FreePorts.find(
                DevelopmentNetwork.portCount(applicants: names.count), host: host),
            parameters: parameters)
        try network.write(at: SystemClock.now())
        return network
    }

    /// Runs `body` while no interruption comes and every server runs.
    /// - Throws: `CancellationError` when interrupted; the servers are stopped then.
    private static func unlessInterrupted<Value: Sendable>(
        _ stopped: AsyncStream<Void>, _ supervisor: Supervisor,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let interruption = Interrupted()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in stopped {
                    interruption.isSet.withLock { $0 = true }
                    // What waits for an answer learns of it by the end of its connection.
                    supervisor.stop()
                    throw CancellationError()
                }
                return nil
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(1))
                    try supervisor.checkAllRunning()
                }
            }
            defer { group.cancelAll() }
            do {
                while let result = try await group.next() {
                    if let result { return result }
                }
            } catch {
                throw interruption.isSet.withLock({ $0 }) ? CancellationError() : error
            }
            throw CancellationError()
        }
    }

    private final class Interrupted: Sendable {
        let isSet = Mutex(false)
    }

    private static func play(
        _ network: DevelopmentNetwork, _ supervisor: Supervisor, _ console: Console
    ) async throws -> [DemoCheck] {
        let teller = DemoTeller(console)
        defer { teller.progress.finish() }
        let banner = DevelopmentCommands.banner(network)
        switch console.format {
        case .json: console.message(banner)
        case .table: teller.banner(banner)
        }
        // Before the servers start, which would share the machine.
        let device = try await DeviceMeasurement.measure(
            folder: network.folder, progress: teller.progress)
        // An interruption while measuring must not start servers after the others were stopped.
        try Task.checkCancellation()
        try await supervisor.start(progress: teller.progress)
        let http = HTTPClient(trust: TrustAnchors(path: network.authority))
        var story = try DemoStory(network, http: http, teller: teller, device: device)
        try await story.run()
        teller.step("fetching blocks, receipts, credentials and keys")
        let record = try await story.fetching().fetch()
        story.elections = try await story.fetchElections()
        teller.step("checking")
        let checks = DemoChecks.run(record, try story.expectations()) + [story.checkReview()]
        story.tell(checks)
        teller.progress.finish()
        console.result(story.document(record, checks)) {
            let blocks = record.blocks.count
            return "\n\(checks.count(where: \.holds)) of \(checks.count) checks hold over "
                + "\(blocks) blocks. \(banner)."
        }
        return checks
    }
}
