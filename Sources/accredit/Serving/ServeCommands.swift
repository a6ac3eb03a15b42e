import AggregatorServer
import AuditorServer
import Encoding
import VotingGateway
import Web

/// `accredit auditor|signer|aggregator|gateway serve`.
enum ServeCommands {
    static let all = [auditor, signer, aggregator, gateway]

    private static let auditor = Command(
        path: ["auditor", "serve"], summary: "Run an auditor's server",
        discussion: """
            Takes applications, gathers evidence, judges by the policy and signs credentials. The
            configuration is described in README, "An auditor's server". Changed policies are read
            again within seconds, and at SIGHUP at once; one that is no policy leaves the ones
            before in force. One JSON object for each event goes to standard error.
            """,
        options: ServerProcess.options + CrashPoints.options,
        examples: [
            .init("accredit auditor serve --config auditor.json", "until Ctrl-C"),
            .init(
                "accredit auditor serve --config /etc/accredit/auditor.json 2>> auditor.log",
                "with a log file"),
        ]
    ) { invocation in
        try await ServerProcess.run("auditor", invocation) { path in
            let log = ServerProcess.log(invocation)
            var configuration = try ServerProcess.read(path) {
                try AuditorConfiguration(path: $0)
            }
            configuration.passing = try CrashPoints.asked(by: invocation, log: log)
            let auditor = try await AuditorServer.start(configuration, log: log)
            guard let beside = configuration.aggregatorPath else { return auditor }
            do {
                let aggregator = try await AggregatorServer.start(
                    try ServerProcess.read(beside) { try AggregatorConfiguration(path: $0) },
                    log: log)
                invocation.console.message(
                    "accredit auditor: its aggregator listens on https://\(aggregator.address)")
                return AuditorWithAggregator(auditor: auditor, aggregator: aggregator)
            } catch {
                await auditor.stop()
                throw error
            }
        }
    }

    private static let signer = Command(
        path: ["signer", "serve"], summary: "Run a process that keeps an auditor's keys and signs",
        discussion: """
            Signs, over a unix socket that only its own user can open, documents of the kinds that
            each key is configured for, and nothing else. An auditor's server whose key ring names
            the socket holds no key itself. The configuration is described in README, "Keys of an
            auditor".
            """,
        options: ServerProcess.options,
        examples: [
            .init("accredit signer serve --config signer.json", "until Ctrl-C"),
            .init("accredit signer serve --config signer.json 2>> signer.log", "with a log file"),
        ]
    ) { invocation in
        try await ServerProcess.run("signer", invocation) { path in
            try SignerServer.start(
                try ServerProcess.read(path) { try SignerConfiguration(path: $0) },
                log: ServerProcess.log(invocation))
        }
    }

    private static let aggregator = Command(
        path: ["aggregator", "serve"], summary: "Run an aggregator's server",
        discussion: """
            Takes one application, asks every auditor of the set at once and merges their
            credentials. Nobody has to trust it. The configuration is described in README, "An
            aggregator's server".
            """,
        options: ServerProcess.options,
        examples: [
            .init("accredit aggregator serve --config aggregator.json", "until Ctrl-C"),
            .init(
                "accredit aggregator serve --config aggregator.json 2>> aggregator.log",
                "with a log file"),
        ]
    ) { invocation in
        try await ServerProcess.run("aggregator", invocation) { path in
            try await AggregatorServer.start(
                try ServerProcess.read(path) { try AggregatorConfiguration(path: $0) },
                log: ServerProcess.log(invocation))
        }
    }

    private static let gateway = Command(
        path: ["gateway", "serve"], summary: "Run a voting gateway",
        discussion: """
            Takes signed votes, refuses what an account has no votes left for, hands the others to
            a ledger node and answers with what the ledger did. The ledger decides; the gateway
            mirrors. The configuration is described in README, "A voting gateway".
            """,
        options: ServerProcess.options,
        examples: [
            .init("accredit gateway serve --config gateway.json", "until Ctrl-C"),
            .init(
                "accredit gateway serve --config gateway.json 2>> gateway.log", "with a log file"),
        ]
    ) { invocation in
        try await ServerProcess.run("gateway", invocation) { path in
            try await GatewayServer.start(
                try ServerProcess.read(path) { try GatewayConfiguration(path: $0) },
                log: ServerProcess.log(invocation))
        }
    }
}

/// An auditor that is the aggregator too: two servers in one process that share nothing, so that
/// the auditor judges its applications like everyone else's.
private struct AuditorWithAggregator: RunningServer {
    let auditor: AuditorServer
    let aggregator: AggregatorServer

    var place: String { auditor.place }

    func reload() async {
        await auditor.reload()
        await aggregator.reload()
    }

    func stop() async {
        await aggregator.stop()
        await auditor.stop()
    }
}

extension AuditorServer: RunningServer {
    var place: String { "https://\(address)" }
}

extension AggregatorServer: RunningServer {
    var place: String { "https://\(address)" }
}

extension GatewayServer: RunningServer {
    var place: String { "https://\(address)" }
}

extension SignerServer: RunningServer {
    var place: String { socket }
}
