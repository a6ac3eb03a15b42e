import Credentials
import Cryptography
package import Encoding

extension ReviewDossier {
    package var json: JSON {
        [
            "kind": .string(Self.kind), "version": 1, "issuer": .string(issuer),
            "network": .string(network), "application": .string(application),
            "received": .string(received.rfc3339), "policy": .string(policy),
            "facts": .string(facts), "reviewers": .array(reviewers.map(\.json)),
            "creditSources": .array(
                creditSources.map { ["name": .string($0.name), "jwk": $0.key.jwk] }),
            "decisions": .array(
                decisions.map {
                    [
                        "decision": .string($0.compact), "received": .string($0.received.rfc3339),
                    ]
                }),
            "claims": .array(
                claims.map {
                    ["reviewer": .string($0.reviewer), "until": .string($0.until.rfc3339)]
                }),
            "earlier": .array(earlier.map(\.json)), "state": .string(state),
            "told": .string(told.rfc3339),
        ]
    }

    /// - Throws: `dossier` for what is no such document.
    package init(json: JSON) throws(AuditingError) {
        do {
            self = try Self.read(json)
        } catch let error as FormatError {
            throw AuditingError(.dossier, error.detail)
        } catch {
            throw AuditingError(.dossier, "a key in it cannot be read: \(error)")
        }
    }

    private static func read(_ json: JSON) throws -> ReviewDossier {
        var fields = try Fields(json, "case")
        guard try fields.string("kind").hasSameBytes(as: kind), try fields.int64("version") == 1
        else { throw fields.error("kind", "has to be \(kind), version 1") }
        let count = Limits.reviewListCountMaximum
        let dossier = ReviewDossier(
            issuer: try fields.string("issuer"), network: try fields.string("network"),
            application: try fields.string(
                "application", maximumByteCount: Limits.reviewTextByteCountMaximum),
            received: try fields.instant("received"),
            policy: try fields.string(
                "policy", maximumByteCount: Limits.policyByteCountMaximum),
            facts: try fields.string(
                "facts", maximumByteCount: Limits.reviewFactsByteCountMaximum),
            reviewers: try fields.objects("reviewers", maximumCount: count).map {
                try Reviewer($0)
            },
            creditSources: try fields.objects("creditSources", maximumCount: count).map { source in
                var source = source
                return CreditSource(
                    name: try source.string("name"), key: try PublicKey(jwk: source.json("jwk")))
            },
            decisions: try fields.objects("decisions", maximumCount: count).map { entry in
                var entry = entry
                return Entry(
                    compact: try entry.string(
                        "decision", maximumByteCount: Limits.reviewTextByteCountMaximum),
                    received: try entry.instant("received"))
            },
            claims: try fields.objects("claims", maximumCount: count).map { claim in
                var claim = claim
                return Claim(
                    reviewer: try claim.string("reviewer"), until: try claim.instant("until"))
            },
            earlier: try fields.objects("earlier", maximumCount: count).map { try Earlier($0) },
            state: try fields.string("state"), told: try fields.instant("told"))
        try fields.end()
        return dossier
    }
}

extension Reviewer {
    package var json: JSON {
        var members: [(String, JSON)] = [
            ("did", .string(did)), ("name", .string(name)),
            ("roles", .array(roles.map(JSON.string))),
        ]
        if let organisation { members.append(("organisation", .string(organisation))) }
        return .object(JSONObject(members))
    }

    /// - Throws: `FormatError`; the did is not read as a key here.
    package init(_ fields: Fields) throws(FormatError) {
        var fields = fields
        did = try fields.string("did")
        name = try fields.string("name")
        roles =
            try fields.optionalStrings(
                "roles", maximumCount: Limits.reviewListCountMaximum) ?? []
        organisation = try fields.optionalString("organisation")
        try fields.end()
    }
}

extension ReviewDossier.Earlier {
    fileprivate var json: JSON {
        var members: [(String, JSON)] = [
            ("application", .string(application.text)), ("received", .string(received.rfc3339)),
            ("outcome", .string(outcome)),
        ]
        if let reason { members.append(("reason", .string(reason))) }
        return .object(JSONObject(members))
    }

    fileprivate init(_ fields: Fields) throws(FormatError) {
        var fields = fields
        application = try fields.digest("application")
        received = try fields.instant("received")
        outcome = try fields.string("outcome")
        reason = try fields.optionalString("reason")
        try fields.end()
    }
}
