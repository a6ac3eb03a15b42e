import Consensus
import Cryptography
import Encoding
import Ledger
import Web

/// What nodes that join fetch.
extension NodeRoutes {
    func addSnapshots(_ router: inout Router) {
        router.on("GET", "/v1/snapshots", summary: "The snapshots of the state, newest last") { _ in
            let entries = try services.snapshots.refreshed()
            return .json([
                "snapshots": .array(
                    entries.map {
                        [
                            "height": JSON($0.manifest.height), "id": .string($0.id.text),
                            "chunks": JSON($0.manifest.chunks.count),
                            "bytes": JSON($0.manifest.byteCount),
                        ]
                    })
            ])
        }
        router.on(
            "GET", "/v1/snapshots/{height}",
            summary: "A snapshot's header, the digests of its chunks, and who certified the header"
        ) { request in
            let entry = try snapshot(request)
            return .json([
                "manifest": entry.manifest.json, "certificate": entry.certificate.json,
            ])
        }
        router.on(
            "GET", "/v1/snapshots/{height}/chunks/{number}", summary: "A part of a snapshot"
        ) { request in
            guard let number = Int(request["number"]),
                let bytes = services.snapshots.chunk(number, of: try snapshot(request))
            else { throw Problem.notFound("There is no such chunk.") }
            return .bytes(bytes, contentType: "application/octet-stream")
        }
        router.on(
            "GET", "/v1/election-proofs",
            summary: "Proofs of the elections ?after= a number, with the headers they stand in"
        ) { request in
            guard let after = UInt64(request.query("after") ?? "0") else {
                throw Problem.badRequest("after is the number of an election.")
            }
            return .json(["elections": .array(try seals(after: after).map(\.json))])
        }
    }

    private func snapshot(_ request: Request) throws -> SnapshotShelf.Entry {
        guard let height = UInt64(request["height"]),
            let entry = services.snapshots.entry(height)
        else {
            throw Problem.notFound(
                "There is no snapshot of this height.", fix: "GET /v1/snapshots lists them.")
        }
        return entry
    }

    private func seals(after number: UInt64) throws -> [SnapshotImport.Seal] {
        let elections = services.chain.read { state in
            state.elections.dropFirst(Int(clamping: number)).dropFirst()
                .prefix(Limits.electionSealsMaximum).map { ($0.number, $0.height) }
        }
        var seals: [SnapshotImport.Seal] = []
        for (number, height) in elections {
            // The newest may not be stored yet.
            guard let proof = try services.store.electionProof(number),
                let (header, certificate) = try services.store.sealed(height)
            else { break }
            seals.append(
                SnapshotImport.Seal(
                    number: number, header: header, certificate: certificate, proof: proof))
        }
        return seals
    }
}
