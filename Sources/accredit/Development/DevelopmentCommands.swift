import Cryptography
import Encoding
import FoundationEssentials
import Storage
import Web

/// `accredit dev`: a whole network on this machine, to try everything against.
enum DevelopmentCommands {
    static let all = [dev]

    static let data = Option(
        name: "data", placeholder: "FOLDER",
        help: "keep the network in this folder, or go on with the one that is there", isPath: true)
    static let policies = Option(
        name: "policies", placeholder: "FOLDER", help: "the folder of policy documents",
        isPath: true)
    static let firstPort = Option.value(
        "first-port", "PORT", "the servers take this port and the next ones; 0 takes free ones",
        standard: "8440")
    static let listen = Option.value(
        "listen", "ADDRESS", "the loopback address to listen on", standard: "127.0.0.1")
    static let electionInterval = Option.value(
        "election-interval", "BLOCKS", "blocks between two elections", standard: "30")

    static let dev = Command(
        path: ["dev"], summary: "Run a whole network on this machine, with throw-away keys",
        discussion: """
            Starts three auditors, an aggregator, a voting gateway and four ledger nodes as
            processes of their own, waits until all are ready and prints where they are. Ctrl-C
            stops them. Keys and certificates are made for this network only; without --data
            everything is removed at the end.
            """,
        options: [data, policies, firstPort, listen, electionInterval],
        examples: [
            .init("accredit dev", "a network until Ctrl-C, then nothing is left"),
            .init("accredit dev --data /tmp/net --first-port 0", "kept, on free ports"),
        ],
        run: run)

    private static func run(_ invocation: Invocation) async throws {
        let kept = try invocation.text(data)
        let folder = absolute(kept ?? temporaryFolder())
        try DurableFile.makeDirectory(folder)
        let lock = try FileLock(path: "\(folder)/lock")
        defer {
            lock.release()
            if kept == nil { try? FileManager.default.removeItem(atPath: folder) }
        }
        let network = try await open(folder, invocation)
        let supervisor = Supervisor(network, program: try ChildProcess.thisProgram())
        defer { supervisor.stop() }
        let stopped = Interruption.stream()
        let progress = Progress(invocation.console)
        invocation.console.message(banner(network))
        try await supervisor.start(progress: progress)
        progress.finish()
        print(network, keptIn: kept, invocation.console)
        try await waitWhileRunning(supervisor, until: stopped)
        invocation.console.message("DEV network \(network.network): stopping")
    }

    /// The network in `folder`, made now if there is none.
    static func open(
        _ folder: String, _ invocation: Invocation, applicants: [String] = [],
        parameters: DevelopmentNetwork.Parameters = DevelopmentNetwork.Parameters()
    ) async throws -> DevelopmentNetwork {
        let policyFolder = try PolicyFolder.find(named: try invocation.text(policies))
        if let network = try DevelopmentNetwork(opening: folder, policyFolder: policyFolder) {
            return network
        }
        let host = try loopback(try invocation.required(listen))
        let first = try invocation.integer(firstPort, in: 0...65_000) ?? 0
        let count = DevelopmentNetwork.portCount(applicants: applicants.count)
        let ports =
            first == 0
            ? try await FreePorts.find(count, host: host)
            : (0..<count).map { UInt16(first) + UInt16($0) }
        var parameters = parameters
        if let interval = try invocation.integer(electionInterval, in: 4...100_000) {
            parameters.electionInterval = Int(interval)
        }
        let network = DevelopmentNetwork(
            folder: folder, network: "dev-\(Hexadecimal.encode(SecureRandom.bytes(4)))",
            policyFolder: policyFolder, applicants: applicants, host: host, ports: ports,
            parameters: parameters)
        try network.write(at: SystemClock.now())
        return network
    }

    /// A development network has keys that anybody on this machine may read and policies that
    /// suit a laptop: it must not be reachable from elsewhere.
    private static func loopback(_ host: String) throws -> String {
        guard ["127.0.0.1", "::1", "localhost"].contains(host) else {
            throw Failure.usage(
                "--listen is \"\(host)\"", code: "dev.not-loopback",
                why: "a DEV network with throw-away keys listens on this machine only",
                fix: "use 127.0.0.1, ::1 or localhost; README tells how to set up real servers")
        }
        return host
    }

    /// Settings and configuration name this folder, and are read from elsewhere.
    static func absolute(_ folder: String) -> String {
        folder.hasPrefix("/") ? folder : "\(FileManager.default.currentDirectoryPath)/\(folder)"
    }

    static func temporaryFolder() -> String {
        "/tmp/accredit-dev-\(Hexadecimal.encode(SecureRandom.bytes(6)))"
    }

    static func banner(_ network: DevelopmentNetwork) -> String {
        "DEV network \(network.network): throw-away keys, this machine only, not for real use"
    }

    private static func waitWhileRunning(
        _ supervisor: Supervisor, until stopped: AsyncStream<Void>
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in stopped { return }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(1))
                    try supervisor.checkAllRunning()
                }
            }
            _ = try await group.next()
            group.cancelAll()
        }
    }

    private static func print(
        _ network: DevelopmentNetwork, keptIn kept: String?, _ console: Console
    ) {
        console.result(network.json) {
            var table = Table(["DEV server", "address", "what it is"])
            for auditor in network.auditors {
                table.rows.append([
                    auditor.place.name, auditor.place.url, "auditor, \(auditor.policy)",
                ])
            }
            table.rows.append([network.aggregator.name, network.aggregator.url, "aggregator"])
            table.rows.append([network.gateway.name, network.gateway.url, "voting gateway"])
            for node in network.nodes {
                table.rows.append([node.place.name, node.place.url, "ledger node"])
            }
            return console.table(table) + "\n\n" + suggestions(network)
        }
    }

    private static func suggestions(_ network: DevelopmentNetwork) -> String {
        guard let first = network.founders.first else { return "" }
        return """
            DEV network \(network.network) is ready. In another terminal, as the node \
            \(first.place.name):
              export ACCREDIT_CONFIG=\(first.client)
              accredit status
              accredit device measure
              accredit deposit pay --auditor \(network.auditors[1].place.url) --amount 1000
              accredit candidate list
            As a voter: export ACCREDIT_CONFIG=\(network.folder)/clients/voter-01.json
              accredit vote cast CANDIDATE=3
              accredit vote cast CANDIDATE=3 --gateway \(network.gateway.url)
              accredit election show
            Keys, certificates and logs are in \(network.folder). Ctrl-C stops everything.
            """
    }
}

extension DevelopmentNetwork {
    /// For `--output json`: where everything is.
    var json: JSON {
        func place(_ place: Place) -> JSON {
            ["name": JSON(place.name), "url": JSON(place.url), "folder": JSON(place.folder)]
        }
        return [
            "dev": true, "network": JSON(network), "folder": JSON(folder),
            "authority": JSON(authority), "auditors": .array(auditors.map { place($0.place) }),
            "aggregator": place(aggregator),
            "gateway": place(gateway), "nodes": .array(nodes.map { place($0.place) }),
        ]
    }
}
