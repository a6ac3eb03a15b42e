import Consensus
import Credentials
import Cryptography
import Encoding
import Ledger
import Web

/// What explorers and pages ask for beyond the state: lists, uptime, search, live events.
extension NodeRoutes {
    func addExplorer(_ router: inout Router) {
        router.on(
            "GET", "/v1/blocks",
            summary:
                "Blocks, newest first; ?before= a height, ?limit=; ?after= a height and ?wait= "
                + "hold the answer until there is a later one"
        ) { try await blocks($0) }
        router.on(
            "GET", "/v1/blocks/{height}/transactions",
            summary: "What stands in a block, in short; ?after= a place, ?limit="
        ) { try transactions(ofBlock: $0) }
        router.on(
            "GET", "/v1/accounts/{did}/transactions",
            summary: "Transactions an account sent or that name it; ?before= the last, ?limit="
        ) { try transactions(ofAccount: $0) }
        router.on(
            "GET", "/v1/candidates/{did}",
            summary: "A node that stood once, with the credentials it was admitted on"
        ) { try candidate(try Self.identity($0["did"])) }
        router.on(
            "GET", "/v1/parameters",
            summary: "The parameters in force and their version, contract rules included"
        ) { _ in
            .json(parameters())
        }
        router.on(
            "GET", "/v1/turnout", summary: "Who may vote and who has, now or at a ?height="
        ) { try turnout($0) }
        router.on(
            "GET", "/v1/search",
            summary: "What ?q= names: height, block, transaction, deposit, did or issuer"
        ) { .json(try search($0)) }
        router.on(
            "GET", "/v1/events", summary: "An event for each block (text/event-stream)"
        ) { try explorer().events.listen($0) }
    }

    func explorer() throws(Problem) -> Explorer {
        guard let explorer = services.explorer else {
            throw .notFound(
                "This node keeps no lists for explorers.",
                fix: "Ask another node, or set explorer to true in this one's configuration.")
        }
        return explorer
    }

    /// The query item `limit`, within bounds.
    static func limit(_ request: Request) throws(Problem) -> Int {
        guard let text = request.query("limit") else { return Limits.listedEntriesStandard }
        guard let value = Int(text), (1...Limits.listedEntriesMaximum).contains(value) else {
            throw .badRequest("limit is a number from 1 to \(Limits.listedEntriesMaximum).")
        }
        return value
    }

    // MARK: Blocks

    private func blocks(_ request: Request) async throws -> Response {
        if let text = request.query("after") {
            guard let height = UInt64(text), height < UInt64(Int64.max) else {
                throw Problem.badRequest("after is a height.", fix: "Write ?after=119&wait=5000.")
            }
            await services.signal.wait(for: height + 1, milliseconds: try Self.wait(request))
        }
        let tip = services.chain.tip.height
        var before = tip + 1
        if let text = request.query("before") {
            guard let height = UInt64(text), height > 0 else {
                throw Problem.badRequest("before is a height.", fix: "Write ?before=120.")
            }
            before = min(height, before)
        }
        let limit = try Self.limit(request)
        let sets = deciders()
        let found = try services.store.summaries(before: before, limit: limit)
        let list = try found.map { try $0.json(deciders: Self.set(at: $0.height, of: sets)) }
        var members = JSONObject([("height", JSON(tip)), ("blocks", .array(list))])
        if let last = found.last, last.height > 1 { members["next"] = JSON(last.height) }
        return .json(.object(members))
    }

    /// The sets of representatives so far, with the first height each decided.
    private func deciders() -> [(from: UInt64, set: Representatives)] {
        services.chain.read { state in
            state.elections.map { (from: $0.actsFrom, set: $0.representatives) }
        }
    }

    private static func set(
        at height: UInt64, of sets: [(from: UInt64, set: Representatives)]
    ) -> [Representative] {
        sets.last { $0.from <= height }?.set.list ?? []
    }

    private func transactions(ofBlock request: Request) throws -> Response {
        guard let height = UInt64(request["height"]) else {
            throw Problem.badRequest("A height is a number from 1.")
        }
        let limit = try Self.limit(request)
        let after = request.query("after").map { Int($0) } ?? -1
        guard let after else { throw Problem.badRequest("after is a place in the block.") }
        _ = try explorer()
        let lines = try services.store.listed(
            block: height, from: max(after, -1) + 1, limit: limit + 1)
        let shown = lines.prefix(limit)
        var members = JSONObject([
            ("height", JSON(height)), ("transactions", .array(shown.map(\.json))),
        ])
        if lines.count > limit, let last = shown.last {
            members["next"] = JSON(last.place.position)
        }
        return .json(.object(members))
    }

    private func transactions(ofAccount request: Request) throws -> Response {
        let identity = try Self.identity(request["did"])
        var before = TransactionPlace(height: UInt64(Int64.max), position: 0)
        if let text = request.query("before") {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let height = UInt64(parts[0]), let position = Int(parts[1])
            else {
                throw Problem.badRequest(
                    "before is a height, a dot and a place in the block.",
                    fix: "Use the member next of the answer before.")
            }
            before = TransactionPlace(height: height, position: position)
        }
        let limit = try Self.limit(request)
        let places = try explorer().store.places(
            of: identity.text, before: before, from: services.store.base, limit: limit + 1)
        let shown = places.prefix(limit)
        var members = JSONObject([
            ("account", .string(identity.text)),
            ("transactions", .array(try services.store.listed(at: shown).map(\.json))),
        ])
        if places.count > limit, let last = shown.last {
            members["next"] = .string("\(last.height).\(last.position)")
        }
        return .json(.object(members))
    }

    // MARK: Uptime

    /// Of each representative now: of the newest blocks that it had to decide, how many it signed
    /// and how many it proposed.
    func uptime() throws -> JSON {
        let tip = services.chain.tip.height
        guard let explorer = services.explorer else { return try uptime(at: tip) }
        return try explorer.uptime(at: tip) { try uptime(at: tip) }
    }

    private func uptime(at tip: UInt64) throws -> JSON {
        let sets = deciders()
        let blocks = try services.store.summaries(
            before: tip + 1, limit: Int(Limits.uptimeBlocksCount))
        let judged = try blocks.map { block in
            let set = Self.set(at: block.height, of: sets)
            return (set: set, signers: try block.signers(of: set), proposer: block.proposer)
        }
        let nodes = services.chain.read { $0.representatives(at: tip + 1).list }
        let lines = nodes.map { member -> JSON in
            let due = judged.filter { $0.set.contains(where: { $0.node == member.node }) }
            let signed = due.count { $0.signers.contains(member.node.text) }
            let proposed = due.count { $0.proposer.hasSameBytes(as: member.node.text) }
            return [
                "node": .string(member.node.text), "blocks": JSON(due.count),
                "signed": JSON(signed), "proposed": JSON(proposed),
            ]
        }
        return [
            "from": JSON(blocks.last?.height ?? 0), "to": JSON(tip), "nodes": .array(lines),
        ]
    }

    // MARK: Parameters and turnout

    private func parameters() -> JSON {
        services.chain.read { state in
            [
                "height": JSON(state.tip.height), "network": .string(state.network),
                "genesis": .string(state.genesisDigest.text),
                "genesisTime": .string(services.genesis.time.rfc3339),
                "registrar": .string(state.registrar.text), "supply": JSON(amount: state.supply),
                "nextElection": JSON(state.nextElectionHeight),
                "parameters": state.parameters.json,
            ]
        }
    }

    private func turnout(_ request: Request) throws -> Response {
        var height = try explorer().store.height
        if let text = request.query("height") {
            guard let value = UInt64(text) else { throw Problem.badRequest("height is a number.") }
            height = min(height, value)
        }
        guard let turnout = try explorer().store.turnout(at: height) else {
            guard services.store.base == 1 else {
                throw services.gone(
                    "This node began with a snapshot and did not see who voted before.")
            }
            throw Problem.notFound("The lists are not made yet.", fix: "Ask again in a moment.")
        }
        return .json([
            "height": JSON(turnout.height), "accounts": JSON(turnout.accounts),
            "allowance": JSON(turnout.allowance), "voters": JSON(turnout.voters),
        ])
    }
}
