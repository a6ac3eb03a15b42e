import Credentials
import Cryptography
import Encoding
import Ledger
import Web

/// Who judges nodes here, how that changed, and what the ledger knows of what they signed.
extension NodeRoutes {
    func addAuditorSet(_ router: inout Router) {
        router.on("GET", "/v1/auditor-set", summary: "Auditors, their keys and the quorum") { _ in
            .json(services.chain.read(\.auditorSet.json))
        }
        router.on(
            "GET", "/v1/auditor-set/changes",
            summary: "How the auditor set came to its version and those before, newest first"
        ) { _ in .json(try auditorSetChanges()) }
        router.on(
            "GET", "/v1/credentials/{id}",
            summary: "When the ledger first saw the credential of ?issuer= with this jti, a UUID, "
                + "and whether it was taken back"
        ) { request in try credential(request) }
    }

    /// `{"height","version","changes": [{"version","height","transaction","digest","set"}]}`.
    private func auditorSetChanges() throws -> JSON {
        try services.chain.readRecords { state in
            let changes = state.auditorSetChanges(limit: Limits.auditorSetChangeCountMaximum)
            return [
                "height": JSON(state.tip.height), "version": JSON(state.auditorSet.version),
                "changes": .array(
                    changes.map { change -> JSON in
                        [
                            "version": JSON(change.set.version), "height": JSON(change.height),
                            "transaction": .string(change.transaction.text),
                            "digest": .string(change.set.digest.text), "set": change.set.json,
                        ]
                    }),
            ]
        }
    }

    private func credential(_ request: Request) throws -> Response {
        guard let issuer = request.query("issuer") else {
            throw Problem.badRequest(
                "A credential is named by its jti and its auditor: add ?issuer=URL.")
        }
        let id = request["id"]
        let record = try services.chain.readRecords { $0.credential(auditor: issuer, id) }
        guard let record else {
            throw Problem.notFound(
                "The ledger neither saw credential \(id.quotedForMessage) of "
                    + "\(issuer.quotedForMessage) nor was told that it is taken back.",
                fix: "It is seen once a candidate.add or candidate.renew with it is accepted.")
        }
        return .json(record.json)
    }
}
