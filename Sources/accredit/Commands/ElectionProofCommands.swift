import Consensus
import Encoding
import Ledger
import Proofs

/// Files about votes and elections, verified without any server.
enum ElectionProofCommands {
    static let certificate = Command(
        path: ["election", "certificate"],
        summary: "Fetch the certificate of an election",
        discussion: """
            One file that says how an election went: every candidate with its votes and, where it
            could not be seated, why; what decided between equal votes; the seats; who acts next.
            The representatives who held it signed its block.
            """,
        arguments: [Argument("NUMBER", "which election; the first after genesis is 1")],
        options: [.out] + Option.ledger,
        examples: [
            .init("accredit election certificate 1 --out first.election", "into a file"),
            .init(
                "accredit election certificate 1 --node https://node.example:7001",
                "from a node of one's choice; election verify needs to trust none"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let text = try invocation.requiredArgument("NUMBER")
            guard let number = UInt64(text) else {
                throw Failure.usage(
                    "NUMBER is \"\(text)\"", code: "usage.bad-value",
                    why: "elections are counted 1, 2 …; 0 is genesis")
            }
            let json = try await invocation.ledger().service.get(
                "/v1/elections/\(number)/certificate",
                maximumByteCount: Limits.proofByteCountMaximum)
            try invocation.writeOut(json.text)
        })

    static let verify = Command(
        path: ["election", "verify"],
        summary: "Verify proven results or an election's certificate with the genesis file alone",
        discussion: """
            Asks no server. Follows the hand-overs from the representatives of genesis to those of
            the blocks in the file, then certificates, headers and tallies. Exits 6 when anything
            is off.
            """,
        arguments: [
            Argument("FILE", "what results --proof or certificate wrote; - for standard input")
        ],
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
                case .election:
                    let certificate = try ElectionCertificate(json)
                    let election = try certificate.verify(genesis: genesis)
                    describe(certificate, election, &checks, &members)
                case .cutoff, nil:
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

    private static func describe(
        _ certificate: ElectionCertificate, _ election: Election, _ checks: inout Checks,
        _ members: inout JSONObject
    ) {
        let header = certificate.header
        members = JSONObject([
            ("network", .string(certificate.file.network)), ("time", .string(header.time.rfc3339)),
            ("election", election.json),
        ])
        checks.add("hand-overs", true, "\(certificate.file.handovers.count) since genesis")
        checks.add(
            "election", true,
            "\(election.number) at block \(election.height) of \(header.time.rfc3339), certified by "
                + "\(certificate.certificate.signers.count) representatives")
        var above: Election.Rank?
        for rank in election.ranking.prefix(Self.shownMaximum) {
            var words = "\(rank.votes) of \(rank.node)"
            if election.seats.contains(rank.node) { words += ", seated" }
            if let reason = rank.reason { words += ", excluded: \(reason)" }
            if let above, above.votes == rank.votes {
                words += ", behind the one above, who registered earlier"
            }
            checks.add("votes", true, words)
            above = rank
        }
        let rest = election.ranking.count - Self.shownMaximum
        if rest > 0 { checks.add("votes", true, "of \(rest) more: --output json names them") }
        checks.add(
            "next", true,
            election.note
                ?? "\(election.representatives.list.count) representatives act from block "
                + "\(election.actsFrom) on")
    }

    /// Candidates listed in a table.
    private static let shownMaximum = 50
}
