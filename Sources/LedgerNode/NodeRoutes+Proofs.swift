import Consensus
import Cryptography
import Encoding
import Ledger
import Web

extension NodeRoutes {
    func addProofs(_ router: inout Router) {
        router.on(
            "GET", "/v1/proofs/{kind}/{id}",
            summary: "A record after the newest block, or that there is none, with its proof: "
                + "accounts, candidates, deposits or elections by id, auditor-set/current or by "
                + "version from the first change on, parameters/current; tallies by candidate, "
                + "of ?height= if given"
        ) { request in
            if request["kind"] == "tallies" { return try tally(request) }
            return try record(try Self.recordName(request["kind"], request["id"]))
        }
    }

    private static func recordName(_ kind: String, _ id: String) throws(Problem) -> RecordName {
        switch (kind, id) {
        case ("accounts", _): return .account(try identity(id))
        case ("candidates", _): return .candidate(try identity(id))
        case ("deposits", _): return .deposit(try digest(id, "The id"))
        case ("auditor-set", "current"): return .auditorSet
        case ("auditor-set", _):
            guard let version = UInt64(id), String(version).hasSameBytes(as: id) else {
                throw Problem.badRequest(
                    "An auditor set is named by its version, or as current.")
            }
            return .auditorSetChange(version)
        case ("parameters", "current"): return .parameters
        case ("elections", _):
            guard let number = UInt64(id) else {
                throw Problem.badRequest("An election is named by its number, from 0.")
            }
            return .election(number)
        case (_, _):
            throw Problem.notFound(
                "There are no proofs of \(kind.quotedForMessage)/\(id.quotedForMessage).",
                fix: "Ask for accounts/{did}, candidates/{did}, deposits/{id}, elections/{n}, "
                    + "auditor-set/current, parameters/current or tallies/{did}.")
        }
    }

    /// `{"height","key","value","proof","header","certificate"}`.
    private func record(_ name: RecordName) throws -> Response {
        let (height, value, proof) = try services.chain.recordProof(of: name)
        return .json(
            try withHeader(
                height,
                [
                    ("height", JSON(height)), ("key", .string(Base64URL.encode(name.bytes))),
                    ("value", value.map { .string(Base64URL.encode($0)) } ?? nil),
                    ("proof", proof.json),
                ]))
    }

    /// `{"height","proof","header","certificate"}`.
    private func tally(_ request: Request) throws -> Response {
        let node = try Self.identity(request["id"])
        var height = services.chain.tip.height
        if let text = request.query("height") {
            guard let wanted = UInt64(text) else {
                throw Problem.badRequest("A height is a number from 1.")
            }
            height = wanted
        }
        try services.requireKept(height, slack: 1)
        guard let proof = try services.store.tallyProof(candidate: node, height: height) else {
            throw Problem.notFound(
                "\(node) had not stood as a candidate by height \(height).",
                fix: "GET /v1/candidates lists those that stand, GET /v1/status tells the height.")
        }
        return .json(
            try withHeader(height, [("height", JSON(height)), ("proof", proof.json)]))
    }

    /// Adds what the proof is held against: the block's header, and the certificate that the
    /// representatives agreed on it.
    private func withHeader(_ height: UInt64, _ members: [(String, JSON)]) throws -> JSON {
        guard let (header, certificate) = try services.store.sealed(height) else {
            throw Problem.notFound(
                "There is no block yet, so nobody has agreed on a state.",
                fix: "Ask again after the first block.")
        }
        return .object(
            JSONObject(
                members + [
                    ("header", .string(String(decoding: header.bytes, as: UTF8.self))),
                    ("certificate", certificate.json),
                ]))
    }
}
