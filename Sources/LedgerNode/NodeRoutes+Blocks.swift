import Consensus
import Cryptography
import Encoding
import Ledger
import Web

extension NodeRoutes {
    func addBlocks(_ router: inout Router) {
        router.on(
            "GET", "/v1/blocks/{height}",
            summary: "A block with its certificate; ?wait= holds the answer until it is there"
        ) { request in
            let height = try Self.height(request)
            let patience = try Self.wait(request)
            let tip = services.chain.tip.height
            if height == tip + 1 {
                await services.signal.wait(for: height, milliseconds: patience)
            }
            try services.requireKept(height)
            guard let block = try services.store.block(height) else {
                throw Problem(
                    type: "not-found", title: "Not found", status: 404,
                    detail: "There is no block \(height) yet; the newest is \(tip).",
                    extra: [("height", JSON(tip))])
            }
            return .json(block.json)
        }
        addPartsOfBlocks(&router)
        router.on("GET", "/v1/genesis", summary: "The genesis file as it was read") { _ in
            .bytes(services.genesis.bytes, contentType: "application/json")
        }
        router.on("GET", "/v1/status", summary: "Height, role, and why there is no block") { _ in
            .json(status())
        }
    }

    private func addPartsOfBlocks(_ router: inout Router) {
        router.on(
            "GET", "/v1/blocks/{height}/run",
            summary: "Blocks from a height on, as many as are sent at once, for nodes behind"
        ) { request in
            let height = try Self.height(request)
            try services.requireKept(height)
            let bytes = try services.store.run(from: height)
            guard !bytes.isEmpty else { throw Problem.notFound("There is no such block yet.") }
            return .bytes(bytes, contentType: "application/octet-stream")
        }
        router.on(
            "GET", "/v1/blocks/{height}/certificate",
            summary: "A block's header and who certified it, which stay as long as evidence does"
        ) { request in
            let height = try Self.height(request)
            guard let (header, certificate) = try services.store.sealed(height) else {
                try services.requireKept(height)
                throw Problem.notFound("There is no such block yet.")
            }
            return .json([
                "header": .string(String(decoding: header.bytes, as: UTF8.self)),
                "certificate": certificate.json,
            ])
        }
        router.on(
            "GET", "/v1/blocks/{height}/roots",
            summary: "The two roots that a block's state root is made of"
        ) { request in
            if let height = UInt64(request["height"]) {
                try services.requireKept(height, slack: 1)
            }
            guard let height = UInt64(request["height"]),
                let roots = try services.store.roots(height: height)
            else { throw Problem.notFound("There is no such block.") }
            return .json([
                "height": JSON(height), "records": .string(roots.records.text),
                "tallies": .string(roots.tallies.text),
            ])
        }
    }

    private static func height(_ request: Request) throws -> UInt64 {
        guard let height = UInt64(request["height"]), height > 0 else {
            throw Problem.badRequest(
                "A height is a number from 1.",
                fix: "GET /v1/status tells the newest; GET /v1/genesis is where it begins.")
        }
        return height
    }

    private func status() -> JSON {
        let view = services.board.view
        let (tip, role, deciders, next, nextElection) = services.chain.read { state in
            (
                state.tip, state.status(of: services.identity),
                state.representatives(at: state.tip.height + 1),
                state.representatives(at: state.tip.height + 2), state.nextElectionHeight
            )
        }
        func nodes(_ list: Representatives) -> JSON {
            .array(list.list.map { .string($0.node.text) })
        }
        var members: [(String, JSON)] = [
            ("network", .string(services.genesis.network)), ("height", JSON(tip.height)),
            ("time", .string(tip.time.rfc3339)), ("block", .string(tip.block.text)),
            ("node", .string(services.identity.text)), ("nodeStatus", .string(role.rawValue)),
            ("representatives", nodes(deciders)), ("nextRepresentatives", nodes(next)),
            ("nextElection", JSON(nextElection)),
            ("pending", JSON(services.mempool.count)),
            ("synchronised", JSON(view.isSynchronised && !view.isBehind)),
        ]
        members.append(("recount", services.recounter.json))
        if let consensus = view.consensus {
            members.append(("consensus", Self.json(consensus, deciders)))
        }
        if services.store.base > 1 { members.append(("keptFrom", JSON(services.store.base))) }
        if let withheld = view.withheld { members.append(("withheld", .string(withheld))) }
        if let stale = services.staleness() { members.append(("late", .string(stale))) }
        let standstill = services.standstill()
        members.append(("why", standstill.json))
        members.append(("deciders", standstill.deciders))
        let unreachable = services.peers.unreachable.map { peer -> JSON in
            ["endpoint": .string(peer.endpoint), "reason": .string(peer.reason)]
        }
        members.append(
            (
                "peers",
                [
                    "known": .array(services.deciderEndpoints.map { .string($0) }),
                    "unreachable": .array(unreachable),
                ]
            ))
        return .object(JSONObject(members))
    }
}
