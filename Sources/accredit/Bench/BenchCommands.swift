/// `bench`: how fast this program is on this machine, beside what bounds it.
enum BenchCommands {
    static let all = [crypto, policy, ledger, consensus, issue, votesCommand, catchUp]

    private static let seconds = Option.value(
        "seconds", "SECONDS", "CPU seconds to spend", standard: "8")
    private static let rounds = Option.value(
        "rounds", "COUNT", "measure everything this often, in turn", standard: "5")

    private static let voters = Option.value(
        "voters", "COUNT", "enrolled voters", standard: "5000")
    private static let votes = Option.value(
        "rounds", "COUNT", "votes of each voter", standard: "10")
    private static let contract = Option.flag(
        "contract", "commit the votes again under a contract rule, and print the ratio")
    private static let applications = Option.value(
        "applications", "COUNT", "applications of the largest crowd", standard: "4000")
    private static let folder = Option.value(
        "folder", "FOLDER", "where the files are made for the run: this disk is measured",
        standard: ".")

    static let crypto = Command(
        path: ["bench", "crypto"],
        summary: "Measure signatures, tokens and keys beside OpenSSL's own rate",
        discussion: """
            Raw rates are OpenSSL's own calls on prepared keys, messages and signatures, measured
            in the same process and in turn with everything else. Rates count CPU time, not the
            clock, so that other programs disturb them little. Exits 0 whatever the figures are.
            """,
        options: [seconds, rounds],
        examples: [
            .init("accredit bench crypto", "rates and ratios"),
            .init("accredit bench crypto --seconds 2 --output json", "quicker, for a program"),
        ],
        run: { invocation in
            let bench = CryptoBench(
                seconds: Double(try invocation.integer(seconds, in: 1...600) ?? 8),
                rounds: Int(try invocation.integer(rounds, in: 1...99) ?? 5))
            try await report(invocation) { try bench.run($0) }
        })

    static let policy = Command(
        path: ["bench", "policy"],
        summary: "Measure how fast a policy is compiled and evaluated",
        discussion: """
            A policy of eight conditions judges an application with its costs counted, beside the
            same conditions written into the program; it is compiled beside reading it as JSON.
            The marks are 5 us a judgement, 200 us a compilation, and no byte kept by evaluations.
            --output json has the policy and the applications too, so that another engine can be
            asked the same. Exits 0 whatever the figures are.
            """,
        options: [seconds, rounds],
        examples: [
            .init("accredit bench policy", "rates and ratios"),
            .init("accredit bench policy --seconds 2 --output json", "quicker, for a program"),
        ],
        run: { invocation in
            let bench = PolicyBench(
                seconds: Double(try invocation.integer(seconds, in: 1...600) ?? 8),
                rounds: Int(try invocation.integer(rounds, in: 1...99) ?? 5))
            try await report(invocation) { try bench.run($0) }
        })

    static let ledger = Command(
        path: ["bench", "ledger"],
        summary: "Measure how fast a ledger of one node commits votes",
        discussion: """
            Voters and votes are made before the clock starts. Then the node takes the votes, agrees
            with itself, executes and stores them as it does on a network, and the rate is held
            against OpenSSL's own P-256 verification on as many cores. With --contract another node,
            whose genesis has a contract rule on votes, commits the same votes. Everything is made
            in --folder and removed. Exits 0 whatever the figures are.
            """,
        options: [voters, votes, contract, folder],
        examples: [
            .init("accredit bench ledger", "50,000 votes of 5,000 voters"),
            .init("accredit bench ledger --contract", "what a contract rule on votes costs"),
            .init("accredit bench ledger --voters 500 --rounds 4 --output json", "a short one"),
        ],
        run: { invocation in
            let bench = LedgerBench(
                voterCount: Int(try invocation.integer(voters, in: 1...1_000_000) ?? 5000),
                rounds: Int(try invocation.integer(votes, in: 1...500) ?? 10),
                folder: try invocation.text(folder) ?? ".", hasContract: invocation.flag(contract))
            try await report(invocation) { try await bench.run($0) }
        })

    private static let each = Option.value(
        "votes", "COUNT", "votes of each take, and at half the rate", standard: "20000")

    static let consensus = Command(
        path: ["bench", "consensus"],
        summary: "Measure how fast four nodes agree on votes, and how long a vote waits",
        discussion: """
            Four representatives run as processes of this machine; each verifies every vote and
            stores every block durably. Signed votes are sent at fixed rates, whatever the nodes
            answer: one by one; then more than the nodes can take, each in a request of its own and
            32 in a request, three times in turn, of which the middle one counts; then, once the
            nodes have counted these votes again, half of what they took, three times too. A vote's
            time counts from when it was meant to be sent. The marks are 5,000 votes a second and
            40 % of what four nodes could verify on these cores, 95 of 100 votes within a second at
            half the rate, a vote alone within 50 ms, and no more than two block intervals without a
            block across elections. Everything is made in --folder and removed. Exits 0 whatever the
            figures are.
            """,
        options: [each, folder],
        examples: [
            .init("accredit bench consensus", "20,000 votes, nine times"),
            .init("accredit bench consensus --votes 2000 --output json", "a short one"),
        ],
        run: { invocation in
            let bench = ConsensusBench(
                voteCount: Int(try invocation.integer(each, in: 1...10_000_000) ?? 20_000),
                folder: try invocation.text(folder) ?? ".",
                program: try ChildProcess.thisProgram())
            try await report(invocation) { try await bench.run($0) }
        })

    private static let accounts = Option.value(
        "accounts", "COUNT", "accounts of the large ledger", standard: "1000000")
    private static let candidates = Option.value(
        "candidates", "COUNT", "candidates of both ledgers", standard: "10000")
    private static let active = Option.value(
        "voters", "COUNT", "accounts that vote on the large ledger", standard: "20000")
    private static let turns = Option.value(
        "rounds", "COUNT", "votes of each voter; the first is for warming up", standard: "5")
    private static let cast = Option.value(
        "cast", "COUNT", "votes that candidates have in the end, about", standard: "10000000")

    static let votesCommand = Command(
        path: ["bench", "votes"],
        summary: "Measure votes, elections, proofs and the start of a ledger with many accounts",
        discussion: """
            Accounts are stored without signatures, as if they had been there before; candidates
            and votes come as transactions. A ledger of 1,000 accounts gets as many of them, in
            turn, to compare with. Then results of the past are asked for with their proofs,
            receipts are checked, an election is held and all votes are counted again. Everything
            is made in --folder and removed. Exits 0 whatever the figures are.
            """,
        options: [accounts, candidates, active, turns, cast, folder],
        examples: [
            .init("accredit bench votes", "a million accounts, 10,000 candidates"),
            .init(
                "accredit bench votes --accounts 20000 --candidates 100 --voters 1000 --rounds 3",
                "a short one"),
            .init("accredit bench votes --accounts 10000000", "how long a large one starts"),
        ],
        run: { invocation in
            let voters = Int(try invocation.integer(active, in: 1...1_000_000) ?? 20_000)
            let bench = VotesBench(
                accountCount: max(
                    voters,
                    Int(try invocation.integer(accounts, in: 1...50_000_000) ?? 1_000_000)),
                candidateCount: Int(try invocation.integer(candidates, in: 2...16_000) ?? 10_000),
                voterCount: voters,
                rounds: Int(try invocation.integer(turns, in: 1...500) ?? 5),
                castCount: Int(try invocation.integer(cast, in: 1...1_000_000_000) ?? 10_000_000),
                folder: try invocation.text(folder) ?? ".")
            try await report(invocation) { try await bench.run($0) }
        })

    static let issue = Command(
        path: ["bench", "issue"],
        summary: "Measure how fast one auditor issues durable credentials",
        discussion: """
            Applications are signed before the clock starts and handed in over HTTPS by 1, 16 and
            256 applicants at once; then four auditors judge for an aggregator. The auditors are
            the real ones, with their stores in --folder; their evidence comes from stand-ins in
            the same process, and the report says which. Beside each rate stands what the disk
            takes of the same bytes in as many durable writes alone, and what the auditor's
            own store takes of them. Everything is removed at the end. Exits 0
            whatever the figures are.
            """,
        options: [applications, folder, DevelopmentCommands.policies],
        examples: [
            .init("accredit bench issue", "4,000 credentials for 256 applicants at once"),
            .init("accredit bench issue --applications 500 --output json", "a short one"),
        ],
        run: { invocation in
            let bench = IssueBench(
                applicationCount: Int(
                    try invocation.integer(applications, in: 1...100_000) ?? 4000),
                folder: try invocation.text(folder) ?? ".",
                policyFolder: try PolicyFolder.find(
                    named: try invocation.text(DevelopmentCommands.policies)))
            try await report(invocation) { try await bench.run($0) }
        })

    private static let blocks = Option.value(
        "blocks", "COUNT", "blocks of the chain", standard: "5000")
    private static let perBlock = Option.value(
        "votes", "COUNT", "votes in each block; 0 for empty ones", standard: "20")
    private static let takes = Option.value(
        "nodes", "COUNT", "nodes that catch up, one after the other", standard: "5")

    static let catchUp = Command(
        path: ["bench", "catch-up"],
        summary: "Measure how fast a node that is behind takes a chain over",
        discussion: """
            A chain of four representatives is made first, each block certified by three of them.
            Then a node without a chain fetches it from one peer on this machine, verifies every
            signature, executes every block and stores all of it durably; the rate is held against
            the same verifications done by OpenSSL alone, right before and after it. So do other
            nodes after it, and the middle one counts. Everything is made in --folder and removed.
            Exits 0 whatever the figures are.
            """,
        options: [blocks, perBlock, takes, folder],
        examples: [
            .init("accredit bench catch-up", "100,000 votes in 5,000 blocks, by five nodes"),
            .init("accredit bench catch-up --blocks 200 --votes 10", "a short one"),
        ],
        run: { invocation in
            let bench = CatchUpBench(
                blockCount: Int(try invocation.integer(blocks, in: 2...1_000_000) ?? 5000),
                votesPerBlock: Int(try invocation.integer(perBlock, in: 0...5000) ?? 20),
                takeCount: Int(try invocation.integer(takes, in: 1...99) ?? 5),
                folder: try invocation.text(folder) ?? ".")
            try await report(invocation) { try await bench.run($0) }
        })

    private static func report(
        _ invocation: Invocation, _ measure: (Progress) async throws -> BenchReport
    ) async throws {
        let progress = Progress(invocation.console)
        defer { progress.finish() }
        let report = try await measure(progress)
        progress.finish()
        invocation.console.result(report.json) { report.text(invocation.console) }
    }
}
