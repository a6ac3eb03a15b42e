import Cryptography
import Encoding
import Ledger
import Web

/// Deposits, one and many, and what an auditor has to know before it sends one back.
extension NodeRoutes {
    func addDeposits(_ router: inout Router) {
        router.on("GET", "/v1/deposits/{id}", summary: "One deposit") { request in
            try deposit(try Self.digest(request["id"], "The id"))
        }
        router.on(
            "GET", "/v1/deposits",
            summary:
                "The deposits for ?node=, of one ?auditor= if given; or a page of an ?auditor='s, "
                + "of a ?state= held, refunded or due, ?after= an id, ?limit=; or those of ?ids= "
                + "with commas, and which of them are missing"
        ) { request in
            if let ids = request.query("ids") { return try deposits(ids: ids) }
            if let node = request.query("node") { return try deposits(ofNode: node, request) }
            return try deposits(page: request)
        }
        router.on(
            "GET", "/v1/applications/{digest}",
            summary: "The node that an application made a candidate"
        ) { request in
            try application(try Self.digest(request["digest"], "The digest"))
        }
    }

    private func deposit(_ id: Digest) throws -> Response {
        let (found, height) = try services.chain.readRecords { state in
            (state.deposit(id).map { Self.json($0, state) }, state.tip.height)
        }
        guard let found else {
            throw Problem.notFound(
                "There is no deposit \(id.text) at height \(height).",
                fix: "A deposit's id is the id of its deposit.pay transaction.")
        }
        return .json(found)
    }

    private func deposits(ids text: String) throws -> Response {
        let texts = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard texts.count <= Limits.depositsPerRequestMaximum else {
            throw Problem.badRequest(
                "More than \(Limits.depositsPerRequestMaximum) ids are asked for at once.")
        }
        let ids = try texts.map { try Self.digest(String(decoding: $0, as: UTF8.self), "Each id") }
        return try services.chain.readRecords { state in
            var (found, missing): ([JSON], [JSON]) = ([], [])
            for id in ids {
                if let deposit = state.deposit(id) {
                    found.append(Self.json(deposit, state))
                } else {
                    missing.append(.string(id.text))
                }
            }
            return .json([
                "deposits": .array(found), "missing": .array(missing),
                "height": JSON(state.tip.height),
            ])
        }
    }

    private func deposits(ofNode node: String, _ request: Request) throws -> Response {
        let identity = try Self.identity(node)
        let auditor = request.query("auditor")
        return try services.chain.readRecords { state in
            let list = state.deposits(node: identity, auditor: auditor).map {
                Self.json($0, state)
            }
            return .json(["deposits": .array(list), "height": JSON(state.tip.height)])
        }
    }

    /// What a page may ask for. `due`: held, not on hold for an offence, and the node is ordinary,
    /// so that a refund would be applied now.
    private enum Wanted: String {
        case held, refunded, due
    }

    private func deposits(page request: Request) throws -> Response {
        guard let auditor = request.query("auditor") else {
            throw Problem.badRequest(
                "Neither node nor auditor is given.",
                fix: "Write ?node=did:key:… or ?auditor=https://…")
        }
        let wanted = try request.query("state").map { text in
            guard let wanted = Wanted(rawValue: text) else {
                throw Problem.badRequest("state is held, refunded or due.")
            }
            return wanted
        }
        let last = try request.query("after").map { try Self.digest($0, "after") }
        let limit = try Self.limit(request)
        let ids = try services.store.deposits(
            auditor: auditor, isHeld: wanted.map { $0 != .refunded }, after: last, limit: limit)
        return try services.chain.readRecords { state in
            // The index may be a block ahead of the state.
            let list = ids.compactMap(state.deposit).filter { deposit in
                wanted != .due
                    || deposit.state == .held && state.status(of: deposit.node) == .ordinary
                        && !state.isOnHold(deposit)
            }
            var members = JSONObject([
                ("deposits", .array(list.map { Self.json($0, state) })),
                ("height", JSON(state.tip.height)),
            ])
            if ids.count == limit, let end = ids.last { members["next"] = .string(end.text) }
            return .json(.object(members))
        }
    }

    private func application(_ digest: Digest) throws -> Response {
        let (node, height) = try services.chain.readRecords {
            ($0.applicant(digest), $0.tip.height)
        }
        guard let node else {
            throw Problem.notFound(
                "Application \(digest.text) made no node a candidate up to height \(height).")
        }
        return .json([
            "application": .string(digest.text), "node": .string(node.text),
            "height": JSON(height),
        ])
    }

    private static func json(_ deposit: Deposit, _ state: LedgerState) -> JSON {
        var members = JSONObject([
            ("id", .string(deposit.id.text)), ("payer", .string(deposit.payer.text)),
            ("auditor", .string(deposit.auditor)), ("node", .string(deposit.node.text)),
            ("amount", JSON(amount: deposit.amount)), ("state", .string(deposit.state.rawValue)),
            ("height", JSON(deposit.height)),
            ("nodeStatus", .string(state.status(of: deposit.node).rawValue)),
        ])
        if let height = deposit.refundedAt { members["refundedAt"] = JSON(height) }
        if deposit.state == .held, state.isOnHold(deposit),
            let offender = state.offender(deposit.node)
        {
            var hold = JSONObject([
                ("reason", "equivocation"), ("height", JSON(offender.last.height)),
                ("recorded", JSON(offender.last.recorded)),
            ])
            if let end = offender.holdsUntil(state.parameters.evidence) {
                hold["until"] = JSON(end)
            }
            members["hold"] = .object(hold)
        }
        return .object(members)
    }
}
