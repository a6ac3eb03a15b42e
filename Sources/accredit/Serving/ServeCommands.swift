import AggregatorServer
import AuditorServer
import Encoding
import Web

/// `accredit auditor|aggregator serve`.
enum ServeCommands {
    static let all = [auditor, aggregator]

    private static let auditor = Command(
        path: ["auditor", "serve"], summary: "Run an auditor's server",
        discussion: """
            Takes applications, gathers evidence, judges by the policy and signs credentials. The \
            configuration is described in README, "An auditor's server". One JSON object for each \
            event goes to standard error.
            """,
        options: ServerProcess.options,
        examples: [
            .init("accredit auditor serve --config auditor.json", "until Ctrl-C"),
            .init(
                "accredit auditor serve --config /etc/accredit/auditor.json 2>> auditor.log",
                "with a log file"),
        ]
    ) { invocation in
        try await ServerProcess.run("auditor", invocation) { path in
            try await AuditorServer.start(
                AuditorConfiguration(path: path), log: ServerProcess.log(invocation))
        }
    }

    private static let aggregator = Command(
        path: ["aggregator", "serve"], summary: "Run an aggregator's server",
        discussion: """
            Takes one application, asks every auditor of the set at once and merges their \
            credentials. Nobody has to trust it. The configuration is described in README, "An \
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
                AggregatorConfiguration(path: path), log: ServerProcess.log(invocation))
        }
    }
}

extension AuditorServer: RunningServer {}
extension AggregatorServer: RunningServer {}
