import Encoding
import Ledger
import Proofs

/// Files about votes and elections, verified without any server.
enum ElectionProofCommands {
    static let verify = Command(
        path: ["election", "verify"],
        summary: "Verify proven results with the genesis file alone",
        discussion: """
            Asks no server. Follows the hand-overs from the representatives of genesis to those of
            the blocks in the file, then certificates, headers and tallies. Exits 6 when anything
            is off.
            """,
        arguments: [Argument("FILE", "what election results --proof wrote; - for standard input")],
        options: [.genesis],
        examples: [
            .init("accredit election verify noon.proof --genesis genesis.json", "yes or no"),
            .init(
                "accredit election verify - --genesis genesis.json --output json",
                "for a program"),
        ],
        run: { invocation in
            let path = try invocation.requiredArgument("FILE")
            let bytes = try InputFile.read(path, maximumByteCount: Limits.proofByteCountMaximum)
            let genesis = try invocation.genesis()
            var checks = Checks()
            var members = JSONObject([])
            do throws(ProofError) {
                let json = try ProofFile.parse(bytes)
                switch ProofFile.kind(of: json) {
                case .receipt:
                    throw ProofError(.format, "this is a receipt: accredit receipt verify")
                case .cutoff, .election, nil:
                    describe(
                        try CutoffProof(json).verify(genesis: genesis), &checks, &members)
                }
            } catch {
                checks.add(error.code.rawValue, false, error.detail)
            }
            try checks.report("file", members, invocation.console)
        })

    private static func describe(
        _ verified: VerifiedTallies, _ checks: inout Checks, _ members: inout JSONObject
    ) {
        let proof = verified.proof
        let (last, before) = (proof.cutoff.last, proof.cutoff.before.rfc3339)
        let totals = verified.totals
        members = JSONObject([
            ("network", .string(proof.file.network)), ("before", .string(before)),
            ("height", JSON(last.height)), ("time", .string(last.time.rfc3339)),
            ("final", .bool(verified.isFinal)),
            (
                "results",
                .array(
                    totals.map {
                        [
                            "candidate": .string($0.candidate.text), "votes": JSON($0.votes),
                            "listed": .bool($0.listed),
                        ]
                    })
            ),
        ])
        checks.add("hand-overs", true, "\(proof.file.handovers.count) since genesis")
        checks.add(
            "cut-off", true,
            "block \(last.height) of \(last.time.rfc3339) is the last before \(before)")
        checks.add(
            "final", true,
            proof.cutoff.next.map { "yes: block \($0.height) is of \($0.time.rfc3339)" }
                ?? "no: blocks before \(before) may still follow")
        let rest = totals.count - Self.shownMaximum
        for total in totals.prefix(Self.shownMaximum) {
            checks.add(
                "votes", true,
                "\(total.votes) of \(total.candidate)\(total.listed ? "" : ", not a candidate then")"
            )
        }
        if rest > 0 { checks.add("votes", true, "of \(rest) more: --output json names them") }
    }

    /// Candidates listed in a table.
    private static let shownMaximum = 50
}
