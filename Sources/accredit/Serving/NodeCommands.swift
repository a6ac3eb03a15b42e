import Encoding
import LedgerNode
import Web

/// `accredit node serve`.
enum NodeCommands {
    static let all = [serve]

    private static let newSigningRecord = Option.flag(
        "new-signing-record",
        "begin a new record of signatures where the old one is lost: only when this node's "
            + "consensus key has certainly signed nothing that the chain beside it does not have")

    private static let acceptSigningRecord = Option.flag(
        "accept-signing-record",
        "sign again although the record of signatures is older than the chain, or the log of a "
            + "height is damaged: only when no other process has this node's consensus key, and "
            + "it has certainly signed nothing that the chain beside it does not have")

    private static let serve = Command(
        path: ["node", "serve"], summary: "Run a ledger node",
        discussion: """
            Keeps the ledger, hands transactions to the representatives, and makes blocks while
            this node is a representative. It stores the chain in data/chain.sqlite and, before
            each signature, what it signs in data/signing.sqlite: never restore an older copy of
            that one. What it hears while a block is agreed on is in data/consensus.log, from
            which it goes on after a restart. Transactions that wait for a block are kept in memory
            and lost when the node stops; hand them in again, which changes nothing when they are
            committed. One JSON object for each event goes to standard error.
            """,
        options: ServerProcess.options + CrashPoints.options + [
            newSigningRecord, acceptSigningRecord,
        ],
        examples: [
            .init("accredit node serve --config node.json", "until Ctrl-C"),
            .init(
                "accredit node serve --config /etc/accredit/node.json 2>> node.log",
                "with a log file"),
        ]
    ) { invocation in
        try await ServerProcess.run("node", invocation) { path in
            try await LedgerNodeServer.start(
                configuration: try NodeConfiguration.load(path),
                surroundings: LedgerNodeServer.Surroundings(
                    log: ServerProcess.log(invocation),
                    allowsNewSigningRecord: invocation.flag(newSigningRecord),
                    acceptsSigningRecord: invocation.flag(acceptSigningRecord),
                    passing: try CrashPoints.asked(
                        by: invocation, log: ServerProcess.log(invocation))))
        }
    }
}

extension LedgerNodeServer: RunningServer {
    var place: String { "https://\(address)" }
}

extension Failure {
    init(_ error: NodeError) {
        let exit: ExitCode =
            switch error.code {
            case .configuration: .usage
            case .conflict, .signingRecord: .conflict
            case .key, .data: .failure
            }
        self.init(exit, "node.\(error.code.rawValue)", error.detail)
    }
}
