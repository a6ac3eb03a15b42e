import Credentials
import Encoding
import Web

/// Where status lists come from.
enum StatusSource: Sendable {
    case asked(HTTPClient)
    case given([StatusList])

    func list(_ entry: StatusEntry, issuer: String) async throws -> StatusList {
        switch self {
        case .asked(let http):
            // The list's address is below the issuer's: reading the credential made sure of it.
            let auditor = Service(noun: "the auditor", base: issuer, http: http)
            let path = String(
                decoding: entry.list.utf8.dropFirst(issuer.utf8.count), as: UTF8.self)
            return try StatusList(
                String(decoding: try await auditor.bytes(path), as: UTF8.self))
        case .given(let lists):
            guard let list = lists.first(where: { $0.id.hasSameBytes(as: entry.list) }) else {
                throw Failure(
                    .notFound, "status.missing", "no --status-list is the list \(entry.list)",
                    fix: "get it from there, and give it with --status-list")
            }
            return list
        }
    }
}

extension Checks {
    /// Whether a credential was revoked or suspended since it was issued.
    /// - Parameter now: asked once a list is here, for it may have been signed on being asked for:
    ///   a moment from before that is too early for it.
    mutating func checkStatus(
        of claims: CredentialClaims, _ set: AuditorSet, _ source: StatusSource,
        now: () throws -> Instant
    ) async throws {
        if claims.status.isEmpty {
            return add("status", true, "its auditor publishes none for it")
        }
        for entry in claims.status {
            let name = "\(claims.issuer): \(entry.purpose.rawValue)"
            do {
                let list = try await source.list(entry, issuer: claims.issuer)
                try set.verify(list, at: now())
                let isSet = try entry.isSet(in: list)
                let state =
                    switch entry.purpose {
                    case .revocation: isSet ? "revoked" : "not revoked"
                    case .suspension: isSet ? "suspended" : "not suspended"
                    }
                add(name, !isSet, "\(state), by the list of \(list.issuedAt.rfc3339)")
            } catch let error as CredentialError {
                add(name, false, error.detail)
            } catch let failure as Failure {
                add(name, false, [failure.what, failure.why ?? ""].joined(separator: " "))
            }
        }
    }
}
