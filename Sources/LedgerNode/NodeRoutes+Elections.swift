import Encoding
import Ledger
import Web

extension NodeRoutes {
    func addElections(_ router: inout Router) {
        router.on("GET", "/v1/elections", summary: "All elections, newest last") { _ in
            let (elections, next) = services.chain.read { ($0.elections, $0.nextElectionHeight) }
            let list = elections.suffix(Limits.listedElectionsMaximum).map { election -> JSON in
                var members = JSONObject([
                    ("n", JSON(election.number)), ("height", JSON(election.height)),
                    ("actsFrom", JSON(election.actsFrom)),
                    ("seats", .array(election.seats.map { .string($0.text) })),
                ])
                if let note = election.note { members["note"] = .string(note) }
                return .object(members)
            }
            return .json(["elections": .array(list), "next": JSON(next)])
        }
        router.on("GET", "/v1/elections/{n}", summary: "One election with its ranking") { request in
            guard let number = UInt64(request["n"]) else {
                throw Problem.badRequest("An election is named by its number, from 0.")
            }
            let (found, next) = services.chain.read {
                ($0.election(number), $0.nextElectionHeight)
            }
            guard let election = found, var members = election.json.objectValue else {
                throw Problem.notFound(
                    "Election \(number) was not held yet.",
                    fix: "The next one is at height \(next).")
            }
            members["representatives"] = .array(
                election.representatives.list.map { .string($0.node.text) })
            return .json(.object(members))
        }
        router.on(
            "GET", "/v1/results",
            summary: "Votes of each candidate, now or ?before= a time; ?format=csv"
        ) { request in
            let results = try results(request)
            return try Self.isTable(request) ? Self.table(of: results) : .json(results)
        }
    }

    private func results(_ request: Request) throws -> JSON {
        guard let text = request.query("before") else {
            return services.chain.read { state in
                [
                    "height": JSON(state.tip.height), "time": .string(state.tip.time.rfc3339),
                    "final": false, "results": .array(state.results.map(\.json)),
                ]
            }
        }
        let before: Instant
        do { before = try Instant(rfc3339: text) } catch {
            throw Problem.badRequest(
                "before is a time: \(error.detail)", fix: "Write ?before=2026-01-31T12:00:00Z.")
        }
        guard let found = try services.store.results(before: before) else {
            throw Problem.notFound(
                "No block is earlier than \(before.rfc3339).",
                fix: "The first block's time is in GET /v1/blocks/1.")
        }
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
}
