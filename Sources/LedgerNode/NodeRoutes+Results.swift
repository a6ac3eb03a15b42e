import Encoding
import Ledger
import Proofs
import Web

/// Votes now and at any moment.
extension NodeRoutes {
    func addResults(_ router: inout Router) {
        router.on(
            "GET", "/v1/results",
            summary: "Votes of each candidate, now or ?before= a time; ?candidate= of one; "
                + "?proof=true as a file that proves it; ?format=csv"
        ) { request in
            if try Self.wantsProof(request) { return .json(try cutoffProof(request).json) }
            let results = try results(request)
            return try Self.isTable(request) ? Self.table(of: results) : .json(results)
        }
    }

    private func results(_ request: Request) throws -> JSON {
        let candidate = try Self.candidate(request)
        guard let before = try Self.time(request, "before") else {
            return services.chain.read { state in
                let lines = state.results.filter { candidate == nil || $0.candidate == candidate }
                return [
                    "height": JSON(state.tip.height), "time": .string(state.tip.time.rfc3339),
                    "final": false, "results": .array(lines.map(\.json)),
                ]
            }
        }
        guard
            let found = try services.store.results(before: before, candidate: candidate?.text)
        else { throw nothing(before: before) }
        try services.requireKept(found.height, slack: 1)
        let totals = found.totals.map { total -> JSON in
            [
                "candidate": .string(total.candidate), "votes": JSON(total.votes),
                "since": JSON(total.height),
            ]
        }
        return [
            "before": .string(before.rfc3339), "height": JSON(found.height),
            "time": .string(found.time.rfc3339), "final": .bool(found.isFinal),
            "results": .array(totals),
        ]
    }

    /// The file that proves what the votes were at a moment.
    private func cutoffProof(_ request: Request) throws -> CutoffProof {
        guard let before = try Self.time(request, "before") else {
            throw Problem.badRequest(
                "A proof is of the votes before a time.",
                fix: "Write ?before=2026-01-31T12:00:00Z&proof=true.")
        }
        guard try !Self.isTable(request) else {
            throw Problem.badRequest("A proof is no table.", fix: "Leave out format or proof.")
        }
        let candidate = try Self.candidate(request)
        let cutoff = try headers(before)
        return CutoffProof(
            file: try file(.cutoff, below: cutoff.newest.height), cutoff: cutoff,
            tally: try tally(of: candidate, cutoff.last.height))
    }

    private func tally(
        of candidate: Identity?, _ height: UInt64
    ) throws -> CutoffProof.Tally {
        guard let candidate else {
            guard let sheet = try services.store.tallySheet(height: height) else {
                throw NodeError(.data, "the tallies of block \(height) are missing")
            }
            return .all(sheet)
        }
        guard
            let proof = try services.store.tallyProof(candidate: candidate, height: height)
        else {
            throw Problem.notFound(
                "\(candidate) had not stood as a candidate by block \(height).",
                fix: "Leave out candidate: the proof then names everybody who had.")
        }
        return .one(proof)
    }

    private static func candidate(_ request: Request) throws(Problem) -> Identity? {
        guard let text = request.query("candidate") else { return nil }
        return try identity(text)
    }

    private static func wantsProof(_ request: Request) throws(Problem) -> Bool {
        switch request.query("proof") {
        case nil, "false": return false
        case "true": return true
        case _: throw .badRequest("proof is true or false.")
        }
    }
}
