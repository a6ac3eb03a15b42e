import Credentials
import Cryptography
import Encoding
import Ledger
import Web

extension NodeRoutes {
    func addState(_ router: inout Router) {
        router.on("GET", "/v1/candidates", summary: "The nodes that may be voted for") { _ in
            .json(candidates())
        }
        router.on(
            "GET", "/v1/offences",
            summary: "Nodes proven to have contradicted themselves, and what follows from it"
        ) { _ in .json(offences()) }
        router.on("GET", "/v1/representatives", summary: "Who makes blocks, now and next") { _ in
            .json(try representatives())
        }
        router.on("GET", "/v1/accounts/{did}", summary: "Balance, sequence and votes") { request in
            try account(try Self.identity(request["did"]))
        }
        addDeposits(&router)
        addAuditorSet(&router)
        addElections(&router)
    }

    private func candidates() -> JSON {
        services.chain.read { state in
            let list = state.candidates.map { candidate -> JSON in
                [
                    "node": .string(candidate.node.text),
                    "endpoint": .string(candidate.endpoint),
                    "votes": JSON(candidate.votes),
                    "registered": JSON(candidate.registered.height),
                    "validUntil": .string(candidate.validUntil.rfc3339),
                    "status": .string(state.status(of: candidate.node).rawValue),
                    "application": .string(candidate.application.text),
                    "deposits": .array(
                        candidate.securities.map { security -> JSON in
                            [
                                "id": .string(security.id.text),
                                "auditor": .string(security.auditor),
                                "amount": JSON(amount: security.amount),
                            ]
                        }),
                ]
            }
            return ["height": JSON(state.tip.height), "candidates": .array(list)]
        }
    }

    private func representatives() throws -> JSON {
        let uptime = try uptime()
        return services.chain.read { state in
            let height = state.tip.height
            return [
                "height": JSON(height),
                "representatives": state.representatives(at: height + 1).json,
                "next": state.representatives(at: height + 2).json,
                "quorum": JSON(state.quorum(at: height + 1)), "uptime": uptime,
                "silenceBlocks": JSON(state.parameters.silenceBlocks),
                "silent": state.absences?.json["stretches"] ?? [],
            ]
        }
    }

    /// `{"height","rules","offenders":[{…,"suspended","suspendedUntil"?,"held","heldUntil"?}]}`.
    private func offences() -> JSON {
        services.chain.read { state in
            let (height, rules) = (state.tip.height, state.parameters.evidence)
            let list = state.offenders.map { offender -> JSON in
                guard var members = offender.json.objectValue else { return offender.json }
                members["suspended"] = .bool(offender.isSuspended(at: height + 1, rules))
                if let end = offender.suspendedUntil(rules) {
                    members["suspendedUntil"] = JSON(end)
                }
                members["held"] = .bool(offender.isHolding(at: height + 1, rules))
                if let end = offender.holdsUntil(rules) { members["heldUntil"] = JSON(end) }
                return .object(members)
            }
            return ["height": JSON(height), "rules": rules.json, "offenders": .array(list)]
        }
    }

    private func account(_ identity: Identity) throws -> Response {
        let (found, height) = try services.chain.readRecords {
            ($0.account(identity)?.json, $0.tip.height)
        }
        guard var members = found?.objectValue else {
            throw Problem(
                type: "unknown-account", title: "There is no such account", status: 404,
                detail: "\(identity) has no account at height \(height).",
                fix: "A transfer to it, or enrolling it as a voter, opens one.")
        }
        members["height"] = JSON(height)
        return .json(.object(members))
    }
}
