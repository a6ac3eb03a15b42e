import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs
import Storage

/// One walk over a chain, told to who waits.
struct ChainRun: Sendable {
    let source: any ChainSource
    let genesis: Genesis
    let console: Console

    init(_ source: any ChainSource, _ genesis: Genesis, _ console: Console) {
        self.source = source
        self.genesis = genesis
        self.console = console
    }

    /// What a walk found.
    struct Result: Sendable {
        let json: JSON
        let text: String
    }

    /// Says where a walk is: rarely enough that a log stays short.
    struct Teller {
        let progress: Progress
        let isTerminal: Bool
        let text: String
        let total: UInt64
        private var told: UInt64 = 0

        init(_ console: Console, _ text: String, total: UInt64) {
            progress = Progress(console)
            isTerminal = console.isTerminal
            self.text = text
            self.total = total
        }

        mutating func tell(_ height: UInt64) {
            let step = isTerminal ? max(total / 400, 1) : max(total / 4, 1)
            guard height == total || height >= told + step else { return }
            told = height
            progress.step(text, done: Int(clamping: height), total: Int(clamping: total))
        }
    }

    func recount() async throws -> Result {
        try await requireAll("votes are counted from block 1 on")
        let total = try await source.newest()
        var teller = Teller(console, "blocks recounted", total: total)
        defer { teller.progress.finish() }
        var recount = ChainRecount(genesis: genesis)
        var newest: StoredBlock?
        var height: UInt64 = 0
        while height < total {
            height += 1
            let block = try await source.block(height)
            try recount.follow(
                header: block.header, transactions: block.transactions,
                codes: block.results.map(\.code))
            newest = block
            teller.tell(height)
        }
        if let header = recount.header, let newest {
            var chain = try TrustChain(genesis: genesis)
            for handover in try await source.handovers() where handover.header.height < height {
                try chain.follow(handover)
            }
            try chain.verify(header, newest.certificate)
            try recount.check(recordsRoot: try await source.recordsRoot(height))
        }
        return Self.result(
            "recount", source.name,
            [
                ("height", JSON(height)),
                ("block", .string(recount.header?.id.text ?? "")),
                ("stateRoot", .string(recount.header?.stateRoot.text ?? "")),
                ("tallyRoot", .string(recount.votes.tallyRoot.text)),
                ("changes", JSON(recount.votes.changeCount)),
                (
                    "results",
                    .array(
                        recount.votes.tallies.filter(\.isListed).map {
                            ["candidate": .string($0.candidate.text), "votes": JSON($0.votes)]
                        })
                ),
            ])
    }

    func verify() async throws -> Result {
        let base = try await source.base()
        if base > 1 { return try await verifyKept(from: base) }
        let total = try await source.newest()
        var teller = Teller(console, "blocks verified", total: total)
        defer { teller.progress.finish() }
        var replay = try ChainReplay(genesis: genesis)
        var height: UInt64 = 0
        while height < total {
            height += 1
            let block = try await source.block(height)
            try replay.follow(
                header: block.header, transactions: block.transactions,
                codes: block.results.map(\.code), certificate: block.certificate)
            teller.tell(height)
        }
        return Self.result(
            "chain", source.name,
            [
                ("height", JSON(height)), ("stateRoot", .string(replay.state.stateRoot.text)),
                ("transactions", JSON(replay.transactionCount)),
                ("elections", JSON(replay.state.elections.count - 1)),
            ])
    }

    func export(_ write: ([UInt8]) throws -> Void) async throws {
        try await requireAll("an exported chain begins with block 1")
        let total = try await source.newest()
        var teller = Teller(console, "blocks exported", total: total)
        defer { teller.progress.finish() }
        let handovers = try await source.handovers().filter { $0.header.height < total }
        let recordsRoot = total == 0 ? nil : try await source.recordsRoot(total)
        let opening = FileChain.opening(
            genesis: genesis, blocks: total, recordsRoot: recordsRoot, handovers: handovers)
        try write(opening.bytes + [UInt8(ascii: "\n")])
        var height: UInt64 = 0
        while height < total {
            height += 1
            let block = try await source.block(height)
            try write(block.json.bytes + [UInt8(ascii: "\n")])
            teller.tell(height)
        }
    }

    static func result(
        _ noun: String, _ source: String, _ members: [(String, JSON)]
    ) -> Result {
        let all = [("source", JSON.string(source))] + members + [("ok", true)]
        return Result(
            json: .object(JSONObject(all)),
            text: Table.pairs([(noun, "agrees")] + all.dropLast().map { ($0, $1.plain ?? "") }))
    }
}
