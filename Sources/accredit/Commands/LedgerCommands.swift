import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs
import Storage

/// `ledger`: a whole chain followed again by whoever does not want to believe.
enum LedgerCommands {
    static let all = [recount, verify, export, snapshot]

    private static let data = Option(
        name: "data", placeholder: "FOLDER",
        help: "read the blocks of this node's data folder, which the node may be using",
        isPath: true)
    private static let file = Option.path("file", "read the blocks that ledger export wrote")

    static let recount = Command(
        path: ["ledger", "recount"],
        summary: "Count all votes again from the blocks, by other code than the ledger's",
        discussion: """
            Every block has to follow the one before and hold the transactions and results of its
            header; allowances, votes and lapses are counted again, and every vote must have been
            taken or refused as the rules say. The newest header must be certified. Nothing is
            trusted but the genesis file. Signatures of single transactions are checked by ledger
            verify. Exits 6 when anything differs.
            """,
        options: [.genesis, data, file] + Option.ledger,
        examples: [
            .init("accredit ledger recount --genesis genesis.json", "the blocks of the node asked"),
            .init(
                "accredit ledger recount --genesis genesis.json --data net/nodes/ash/data",
                "a node's own store"),
        ],
        run: { invocation in
            let genesis = try invocation.genesis()
            let source = try chain(invocation, genesis)
            let result = try await ChainRun(source, genesis, invocation.console).recount()
            invocation.console.result(result.json) { result.text }
        })

    static let verify = Command(
        path: ["ledger", "verify"],
        summary: "Verify a whole chain from genesis: every signature, certificate and transition",
        discussion: """
            Executes every block again and compares every root. Nothing is trusted but the genesis
            file. Exits 6 at the first block that is not what it should be, and says why.
            """,
        options: [.genesis, data, file] + Option.ledger,
        examples: [
            .init("accredit ledger verify --genesis genesis.json", "the blocks of the node asked"),
            .init("accredit ledger verify --genesis genesis.json --file chain.jsonl", "offline"),
        ],
        run: { invocation in
            let genesis = try invocation.genesis()
            let source = try chain(invocation, genesis)
            let result = try await ChainRun(source, genesis, invocation.console).verify()
            invocation.console.result(result.json) { result.text }
        })

    static let export = Command(
        path: ["ledger", "export"],
        summary: "Write the blocks of a chain into one file",
        discussion: """
            One JSON document a line: what the file is about with the hand-overs, then the blocks.
            ledger verify and ledger recount take it with --file.
            """,
        options: [.genesis, data, .out] + Option.ledger,
        examples: [
            .init("accredit ledger export --genesis genesis.json --out chain.jsonl", "from a node"),
            .init(
                "accredit ledger export --genesis genesis.json --data net/nodes/ash/data",
                "from a store, printed"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let genesis = try invocation.genesis()
            let source = try chain(invocation, genesis)
            let run = ChainRun(source, genesis, invocation.console)
            guard let path = try invocation.text(.out), path != InputFile.standard else {
                try await run.export { invocation.console.writeData($0) }
                return
            }
            let output = try LineWriter(path: path)
            try await run.export { try output.write($0) }
            try output.finish()
            invocation.console.message("wrote \(path)")
        })

    static let snapshot = Command(
        path: ["ledger", "snapshot"],
        summary: "Write the state of a node into chunks that others can join with",
        discussion: """
            Takes the state after the newest block of a store, while its node runs or not, checks
            that it has the root the representatives certified, and puts it into the folder
            snapshots beside the databases. The node offers the two newest to nodes whose
            configuration says "sync": "snapshot". A node makes snapshots by itself when its
            configuration has a snapshotInterval.
            """,
        options: [data],
        examples: [
            .init("accredit ledger snapshot --data net/nodes/ash/data", "by hand"),
            .init(
                "accredit ledger snapshot --data net/nodes/ash/data --output json",
                "its height and id for a script"),
        ],
        run: { invocation in
            guard let folder = try invocation.text(data) else {
                throw Failure.usage("--data is missing", fix: "name the node's data folder")
            }
            try checkStore(folder)
            guard let made = try ChainArchive(data: folder).makeSnapshot(data: folder) else {
                throw Failure(
                    .notFound, "snapshot.none",
                    "there is no block yet, or a snapshot of the newest one already")
            }
            let members: [(String, JSON)] = [
                ("height", JSON(made.manifest.height)), ("id", .string(made.manifest.id.text)),
                ("chunks", JSON(made.manifest.chunks.count)),
                ("bytes", JSON(made.manifest.byteCount)), ("folder", .string(made.folder)),
            ]
            invocation.console.result(.object(JSONObject(members))) {
                Table.pairs(members.map { ($0, $1.plain ?? "") })
            }
        })

    private static func checkStore(_ folder: String) throws(Failure) {
        guard !DurableFolder.exists(folder + "/chain.sqlite") else { return }
        throw Failure(
            .notFound, "ledger.no-store", "there is no ledger in \(folder)",
            why: "chain.sqlite is not there",
            fix: "name the folder that the node's configuration calls data")
    }

    private static func chain(
        _ invocation: Invocation, _ genesis: Genesis
    ) throws -> any ChainSource {
        let folder = try invocation.text(data)
        if let folder { try checkStore(folder) }
        let exported =
            invocation.command.options.contains { $0.name == file.name }
            ? try invocation.text(file) : nil
        switch (folder, exported) {
        case (nil, nil): return NodeChain(try invocation.ledger().service)
        case (let folder?, nil): return try ArchiveChain(data: folder, genesis: genesis)
        case (nil, let path?): return try FileChain(path: path, genesis: genesis)
        case (_?, _?):
            throw Failure.usage(
                "--data and --file are two places for the same blocks", fix: "give one of them")
        }
    }
}
