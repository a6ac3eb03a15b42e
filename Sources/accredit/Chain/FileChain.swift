import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs
import Storage
import Synchronization

/// The blocks in a file that `ledger export` wrote, one JSON document a line: what it is about, the
/// hand-overs, then the blocks in order.
final class FileChain: ChainSource {
    static let format = "accredit/chain/1"

    private let lines: LineReader
    private let opening: Opening
    private let given = Mutex<UInt64>(0)
    let name: String

    private struct Opening {
        let network: String
        let genesis: Digest
        let blocks: UInt64
        /// After the newest block; nil without blocks.
        let recordsRoot: Digest?
        let handovers: [Handover]
    }

    /// The first line of a file.
    static func opening(
        genesis: Genesis, blocks: UInt64, recordsRoot: Digest?, handovers: [Handover]
    ) -> JSON {
        var members = JSONObject([
            ("format", .string(format)), ("network", .string(genesis.network)),
            ("genesis", .string(genesis.digest.text)), ("blocks", JSON(blocks)),
            ("handovers", .array(handovers.map(\.json))),
        ])
        if let recordsRoot { members["recordsRoot"] = .string(recordsRoot.text) }
        return .object(members)
    }

    /// - Throws: `Failure` for a file of another network or none at all.
    init(path: String, genesis: Genesis) throws {
        name = path
        lines = try LineReader(path: path, lineByteCountMaximum: Limits.blockByteCountMaximum)
        do {
            guard let first = try lines.next() else {
                throw FormatError(.shape, "it is empty")
            }
            opening = try Self.read(first)
        } catch let error as FormatError {
            throw Failure(
                .failure, "chain.format", "\(path) is no exported chain", why: error.detail,
                fix: "accredit ledger export --out FILE writes one")
        }
        guard opening.genesis == genesis.digest else {
            throw Failure(
                .verification, "chain.genesis", "\(path) is the chain of another genesis file",
                why: "it is of network \(opening.network), genesis \(opening.genesis.text)")
        }
    }

    private static func read(_ line: [UInt8]) throws -> Opening {
        let json = try JSON.parse(line, limits: limits)
        var fields = try Fields(json, "chain")
        let format = try fields.string("format", maximumByteCount: 64)
        guard format.hasSameBytes(as: Self.format) else {
            throw FormatError(.shape, "its format is not \(Self.format)")
        }
        let network = try fields.string("network", maximumByteCount: 64)
        let genesis = try fields.digest("genesis")
        let blocks = try fields.uint64("blocks")
        var recordsRoot: Digest?
        if let text = try fields.optionalString("recordsRoot") {
            recordsRoot = try Digest(hexadecimal: text)
        }
        let handovers = try Handover.list(json)
        _ = try fields.json("handovers")
        try fields.end()
        return Opening(
            network: network, genesis: genesis, blocks: blocks, recordsRoot: recordsRoot,
            handovers: handovers)
    }

    private static let limits = JSONLimits(
        byteCountMaximum: Limits.blockByteCountMaximum,
        valueCountMaximum: Limits.blockValueCountMaximum)

    func newest() -> UInt64 { opening.blocks }

    func recordsRoot(_ height: UInt64) throws -> Digest {
        guard height == opening.blocks, let root = opening.recordsRoot else {
            throw missing(height)
        }
        return root
    }

    func handovers() -> [Handover] { opening.handovers }

    func block(_ height: UInt64) throws -> StoredBlock {
        let isNext = given.withLock { given in
            guard height == given + 1 else { return false }
            given = height
            return true
        }
        guard isNext, let line = try lines.next() else { throw missing(height) }
        return try StoredBlock(try JSON.parse(line, limits: Self.limits))
    }
}
