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
        router.on("GET", "/v1/representatives", summary: "Who makes blocks, now and next") { _ in
            .json(try representatives())
        }
        router.on("GET", "/v1/accounts/{did}", summary: "Balance, sequence and votes") { request in
            try account(try Self.identity(request["did"]))
        }
        router.on("GET", "/v1/deposits/{id}", summary: "One deposit") { request in
            try deposit(try Self.digest(request["id"], "The id"))
        }
        router.on(
            "GET", "/v1/deposits", summary: "The deposits for ?node=, of one ?auditor= if given"
        ) { request in
            try deposits(request)
        }
        router.on("GET", "/v1/auditor-set", summary: "Auditors, their keys and the quorum") { _ in
            .json(services.chain.read(\.auditorSet.json))
        }
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
            ]
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

    private func deposit(_ id: Digest) throws -> Response {
        let (found, height) = try services.chain.readRecords { ($0.deposit(id), $0.tip.height) }
        guard let found else {
            throw Problem.notFound(
                "There is no deposit \(id.text) at height \(height).",
                fix: "A deposit's id is the id of its deposit.pay transaction.")
        }
        return .json(Self.json(found))
    }

    private func deposits(_ request: Request) throws -> Response {
        guard let node = request.query("node") else {
            throw Problem.badRequest(
                "The node is missing.", fix: "Write ?node=did:key:…, and &auditor=… if wanted.")
        }
        let identity = try Self.identity(node)
        let auditor = request.query("auditor")
        return try services.chain.readRecords { state in
            let list = state.deposits(node: identity, auditor: auditor).map(Self.json)
            return .json(["deposits": .array(list), "height": JSON(state.tip.height)])
        }
    }

    private static func json(_ deposit: Deposit) -> JSON {
        var members = JSONObject([
            ("id", .string(deposit.id.text)), ("payer", .string(deposit.payer.text)),
            ("auditor", .string(deposit.auditor)), ("node", .string(deposit.node.text)),
            ("amount", JSON(amount: deposit.amount)), ("state", .string(deposit.state.rawValue)),
            ("height", JSON(deposit.height)),
        ])
        if let height = deposit.refundedAt { members["refundedAt"] = JSON(height) }
        return .object(members)
    }
}
