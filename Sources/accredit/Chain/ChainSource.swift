import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs

/// Where the blocks of a chain come from: a node that is not trusted, a node's store, or a file.
/// Blocks are asked for in order.
protocol ChainSource: Sendable {
    /// For messages: where they come from.
    var name: String { get }

    /// Height of the newest block.
    func newest() async throws -> UInt64

    /// The first block that the source has; 1 unless it dropped some or began with a snapshot.
    func base() async throws -> UInt64

    func block(_ height: UInt64) async throws -> StoredBlock

    /// Checks the records that the source has itself against the header of the newest block; does
    /// nothing when it has none.
    func checkState(_ newest: BlockHeader) async throws

    /// Root of the records beside the tallies after the newest block, as the source tells it.
    func recordsRoot(_ height: UInt64) async throws -> Digest

    /// The hand-overs since genesis, as the source tells them.
    func handovers() async throws -> [Handover]
}

extension ChainSource {
    func base() async throws -> UInt64 { 1 }

    func checkState(_ newest: BlockHeader) async throws {}

    func missing(_ height: UInt64) -> Failure {
        Failure(.notFound, "chain.missing", "\(name) has no block \(height)")
    }
}

/// The blocks of a ledger node, fetched a few at a time.
final class NodeChain: ChainSource {
    private let service: Service

    init(_ service: Service) { self.service = service }

    var name: String { service.base }

    func newest() async throws -> UInt64 {
        try await service.get("/v1/status")["height"]?.uint64Value ?? 0
    }

    func base() async throws -> UInt64 {
        try await service.get("/v1/status")["keptFrom"]?.uint64Value ?? 1
    }

    func block(_ height: UInt64) async throws -> StoredBlock {
        try StoredBlock(
            try await service.get(
                "/v1/blocks/\(height)", maximumByteCount: Limits.blockByteCountMaximum))
    }

    func recordsRoot(_ height: UInt64) async throws -> Digest {
        let json = try await service.get("/v1/blocks/\(height)/roots")
        return try Digest(hexadecimal: json["records"]?.stringValue ?? "")
    }

    func handovers() async throws -> [Handover] {
        let json = try await service.get(
            "/v1/handovers", maximumByteCount: Limits.proofByteCountMaximum)
        return try Handover.list(json)
    }
}

/// The blocks in a node's folder, which the node may be using.
struct ArchiveChain: ChainSource {
    private let archive: ChainArchive
    let name: String

    /// - Throws: `Failure` for a store of another network.
    init(data: String, genesis: Genesis) throws {
        archive = try ChainArchive(data: data)
        name = data
        guard archive.genesis == genesis.digest else {
            throw Failure(
                .verification, "chain.genesis", "\(data) holds the chain of another genesis file",
                why: "it is of network \(archive.network), genesis \(archive.genesis.text); the "
                    + "file given is \(genesis.network), \(genesis.digest.text)")
        }
    }

    func newest() throws -> UInt64 { try archive.height() }

    func base() throws -> UInt64 { try archive.base() }

    func checkState(_ newest: BlockHeader) throws {
        let state = try archive.state()
        guard state.stateRoot == newest.stateRoot else {
            throw Failure(
                .verification, "chain.state",
                "the records in \(name) are not those after block \(newest.height)")
        }
    }

    func block(_ height: UInt64) throws -> StoredBlock {
        guard let block = try archive.block(height) else { throw missing(height) }
        return block
    }

    func recordsRoot(_ height: UInt64) throws -> Digest {
        guard let root = try archive.recordsRoot(height) else { throw missing(height) }
        return root
    }

    func handovers() throws -> [Handover] { try archive.handovers() }
}
