import Encoding
import Storage
import TransparencyLog
import Web

/// The log as witnesses, monitors and everybody else read it (C2SP tlog-tiles).
struct LogRoutes: Sendable {
    let keeper: LogKeeper
    let store: AuditorStore

    private var database: Database { store.database }

    func add(to router: inout Router) {
        router.on(
            "GET", "/v1/log/peers", summary: "The newest heads seen of other auditors' logs"
        ) { _ in .json(["heads": .array(try store.peerHeads().map(\.json))]) }
        router.on("GET", "/v1/log", summary: "The log: its verifier key and size") { _ in
            .json([
                "origin": JSON(keeper.key.name), "key": JSON(keeper.key.text),
                "size": JSON(Int64(try database.read { try AuditLog.size($0) })),
            ])
        }
        router.on("GET", "/v1/log/checkpoint", summary: "The newest signed head") { _ in
            do {
                return .bytes(
                    try await keeper.checkpoint(), contentType: "text/plain; charset=utf-8")
            } catch let error as StorageError {
                throw Problem(
                    type: "storage", title: "No head can be signed", status: 503,
                    detail: error.detail)
            }
        }
        // Enough groups of three digits for 2^40 entries, with and without `.p/W`.
        let names = ["{kind}", "{a}", "{b}", "{c}", "{d}", "{e}"]
        for count in 2...names.count {
            let pattern = "/v1/log/tile/" + names.prefix(count).joined(separator: "/")
            router.on("GET", pattern, summary: "A tile of hashes or entries") { request in
                try tile(names.prefix(count).map { request[String($0.dropFirst().dropLast())] })
            }
        }
    }

    private func tile(_ segments: [String]) throws -> Response {
        let path = "tile/" + segments.joined(separator: "/")
        guard let tile = LogTile(path: path) else {
            throw Problem.notFound(
                "\(path) is no tile.", fix: "A tile is tile/LEVEL/INDEX or tile/entries/INDEX.")
        }
        guard let bytes = try database.read({ try AuditLog.tile(tile, $0) }) else {
            throw Problem.notFound("The log does not reach \(path) yet.")
        }
        var response = Response.bytes(bytes, contentType: "application/octet-stream")
        // What is in the log never changes.
        response.headers.append(("cache-control", "public, max-age=31536000, immutable"))
        return response
    }
}
