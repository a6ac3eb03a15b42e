import Encoding
import Ledger
import Proofs
import Web

extension NodeRoutes {
    func addElections(_ router: inout Router) {
        addResults(&router)
        router.on("GET", "/v1/elections", summary: "All elections, newest last") { _ in
            let (elections, next) = services.chain.read { ($0.elections, $0.nextElectionHeight) }
            let list = elections.suffix(Limits.listedElectionsMaximum).map { election -> JSON in
                var members = JSONObject([
                    ("n", JSON(election.number)), ("height", JSON(election.height)),
                    ("actsFrom", JSON(election.actsFrom)),
                    ("seats", .array(election.seats.map { .string($0.text) })),
                ])
                if let note = election.note { members["note"] = .string(note) }
                if election.isReplacement { members["replaces"] = election.json["replaces"] }
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
            "GET", "/v1/elections/{n}/certificate",
            summary: "A file that proves one election: ranking, exclusions, seats, who acts next"
        ) { request in .json(try certificate(request).json) }
    }

    private func certificate(_ request: Request) throws -> ElectionCertificate {
        guard let number = UInt64(request["n"]) else {
            throw Problem.badRequest("An election is named by its number, from 1.")
        }
        let (found, next) = services.chain.read { ($0.election(number), $0.nextElectionHeight) }
        guard let election = found, let proof = try services.store.electionProof(number),
            let (header, certificate) = try services.store.sealed(election.height)
        else {
            throw Problem.notFound(
                number == 0
                    ? "Nobody was elected in genesis." : "Election \(number) was not held yet.",
                fix: number == 0
                    ? "The genesis file says who was seated."
                    : "The next one is at height \(next).")
        }
        return ElectionCertificate(
            file: try file(.election, below: header.height), election: election, proof: proof,
            header: header, certificate: certificate)
    }
}
