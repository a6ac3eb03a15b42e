import Credentials
import Cryptography
import Encoding
import Storage
import Web

/// The status lists as everybody may read and keep them for a minute.
struct StatusListRoutes: Sendable {
    let service: AuditorService
    let clock: @Sendable () -> Instant

    func add(to router: inout Router) {
        router.on(
            "GET", "/v1/status-lists/{number}",
            summary: "A signed list of revoked (odd) or suspended (even) credentials"
        ) { try await list($0) }
    }

    private func list(_ request: Request) async throws -> Response {
        guard let number = StatusListNumber(request["number"]),
            let token = try await signed(number)
        else {
            throw Problem.notFound(
                "This auditor has no status list \(request["number"].quotedForMessage).",
                fix: "A credential names its lists under credentialStatus.")
        }
        let bytes = Array(token.utf8)
        let tag = "\"\(Digest.sha256(bytes).text)\""
        let headers = [
            ("etag", tag), ("cache-control", "public, max-age=\(Limits.statusListCacheSeconds)"),
        ]
        if let known = request.header("if-none-match"), known.utf8.elementsEqual(tag.utf8) {
            return Response(status: 304, headers: headers)
        }
        return .bytes(bytes, contentType: "application/vc+jwt", headers: headers)
    }

    private func signed(_ number: StatusListNumber) async throws -> String? {
        do {
            return try await service.statusList(number, at: clock())
        } catch let error as StorageError {
            throw Problem(
                type: "storage", title: "No list can be signed", status: 503,
                detail: error.detail)
        } catch let error as AuditorError {
            throw Problem(
                type: error.code.rawValue, title: "No list can be signed", status: 503,
                detail: error.detail, fix: "Activate another signing key.")
        }
    }
}
