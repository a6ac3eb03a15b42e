import Cryptography
import Encoding
import Ledger
import Proofs
import Web

extension NodeRoutes {
    func addReceipts(_ router: inout Router) {
        router.on(
            "GET", "/v1/transactions/{id}/receipt",
            summary: "Proof that a transaction is in a block the representatives agreed on; with "
                + "?before= a time, whether it counts there"
        ) { request in
            .json(
                try receipt(
                    try Self.digest(request["id"], "The id"),
                    before: try Self.time(request, "before")
                ).json)
        }
        router.on(
            "GET", "/v1/handovers",
            summary: "The blocks in which representatives named other ones to follow, since genesis"
        ) { _ in
            let newest = services.chain.tip.height
            let list = try services.handovers.handovers(
                below: newest, chain: services.chain, store: services.store)
            return .json(["handovers": .array(list.map(\.json))])
        }
    }

    /// The query item as a time; nil when there is none.
    static func time(_ request: Request, _ name: String) throws(Problem) -> Instant? {
        guard let text = request.query(name) else { return nil }
        do { return try Instant(rfc3339: text) } catch {
            throw Problem.badRequest(
                "\(name) is a time: \(error.detail)",
                fix: "Write ?\(name)=2026-01-31T12:00:00Z.")
        }
    }

    private func receipt(_ id: Digest, before: Instant?) throws -> Receipt {
        guard let found = try services.store.transaction(id),
            let block = try services.store.block(found.height)
        else {
            throw Problem.notFound(
                "No committed transaction has the id \(id.text)"
                    + (services.store.base > 1
                        ? " in the blocks from \(services.store.base) on, which are kept here."
                        : "."),
                fix: "GET /v1/transactions/\(id.text)?wait=5000 tells when it is committed.")
        }
        let cutoff = try before.map(headers)
        let header = try BlockHeader(bytes: block.header)
        return try Receipt(
            file: try file(
                .receipt, below: max(header.height, cutoff?.newest.height ?? 0)),
            transactions: try block.transactions.map { try Transaction(compact: $0) },
            codes: block.results.map(\.code), index: found.index, header: header,
            certificate: block.certificate, cutoff: cutoff)
    }

    /// What every file begins with, with the hand-overs that lead to a height.
    func file(_ kind: ProofFile.Kind, below height: UInt64) throws -> ProofFile {
        ProofFile(
            kind: kind, network: services.genesis.network, genesis: services.genesis.digest,
            handovers: try services.handovers.handovers(
                below: height, chain: services.chain, store: services.store))
    }

    /// The headers around a moment. The later one is looked for first: once it is there, no block
    /// comes in before it.
    func headers(_ before: Instant) throws -> CutoffHeaders {
        let next = try services.store.sealed(from: before)
        if let next { try services.requireKept(next.0.height) }
        let last =
            try next.map { try services.store.sealed($0.0.height - 1) }
            ?? services.store.sealed(before: before)
        guard let last else { throw nothing(before: before) }
        try services.requireKept(last.0.height, slack: 1)
        return CutoffHeaders(
            before: before, last: last.0, next: next?.0, certificate: next?.1 ?? last.1)
    }

    /// There is no block, or it is not here.
    func nothing(before time: Instant) -> Problem {
        if services.store.base > 1 {
            return services.gone(
                "This node keeps no block from before \(time.rfc3339); it keeps them from "
                    + "\(services.store.base) on.")
        }
        return .notFound(
            "No block is earlier than \(time.rfc3339).",
            fix: "The first block's time is in GET /v1/blocks/1.")
    }
}
