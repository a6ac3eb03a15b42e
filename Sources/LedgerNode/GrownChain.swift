import Consensus
import Cryptography
import Encoding
package import Ledger
import Replication
import Storage
package import Web

/// A chain that many representatives would have made, made by one program that has all their keys:
/// for measuring how fast a node catches up with it.
package final class GrownChain: Sendable {
    private let store: BlockStore
    private let genesis: Genesis

    /// Begins a store in an empty folder.
    /// - Throws: `StorageError`.
    package init(data: String, genesis: Genesis) throws {
        try DurableFile.makeDirectory(data)
        store = try BlockStore(path: data + "/chain.sqlite", genesis: genesis)
        self.genesis = genesis
    }

    /// Makes blocks of these transactions, each a millisecond after the one before, each certified
    /// by a bare quorum.
    /// - Parameters:
    ///   - blocks: compact transactions, block by block.
    ///   - sign: signs a message with the consensus key that has these bytes.
    package func grow(
        _ blocks: [ArraySlice<String>],
        sign: @Sendable (_ consensusKey: [UInt8], _ message: [UInt8]) throws -> [UInt8]
    ) async throws {
        let verifier = TransactionVerifier()
        var state = try store.loadState()
        for start in stride(from: 0, to: blocks.count, by: Self.pieceBlockCount) {
            let piece = blocks[start..<min(start + Self.pieceBlockCount, blocks.count)]
            // Of many blocks at once, for one alone may have too few to share among cores.
            var verified = try await verifier.verify(Array(piece.joined()))[...]
            for transactions in piece {
                try append(Array(verified.prefix(transactions.count)), to: &state, sign)
                verified = verified.dropFirst(transactions.count)
            }
            try await store.settle()
        }
    }

    private static let pieceBlockCount = 256

    private func append(
        _ transactions: [VerifiedTransaction], to state: inout LedgerState,
        _ sign: (_ consensusKey: [UInt8], _ message: [UInt8]) throws -> [UInt8]
    ) throws {
        let deciders = state.representatives(at: state.tip.height + 1).list
        let executed = try state.propose(
            pending: transactions, time: state.tip.time.adding(milliseconds: 1),
            proposer: deciders[0].node, round: 0)
        guard executed.block.transactions.count == transactions.count else {
            throw LedgerError(.block, "not all transactions could stand in their block")
        }
        let certificate = try certify(executed.block.header, state, sign)
        store.enqueue(executed, certificate, pages: store.duePages(state))
        try state.commit(executed)
    }

    private func certify(
        _ header: BlockHeader, _ state: LedgerState,
        _ sign: (_ consensusKey: [UInt8], _ message: [UInt8]) throws -> [UInt8]
    ) throws -> CommitCertificate {
        let set = try state.representativeSet(at: header.height)
        let vote = Vote(kind: .precommit, height: header.height, round: 0, valueID: header.id)
        let message = SigningDomain(network: genesis.network, set: set.digest).bytes(of: vote)
        var bitmap = [UInt8](repeating: 0, count: (set.count + 7) / 8)
        var signatures: [JSON] = []
        for place in 0..<set.quorum {
            bitmap[place / 8] |= 1 << UInt8(place % 8)
            let signature = try sign(set.representatives[place].bytes, message)
            signatures.append(.string(Base64URL.encode(signature)))
        }
        return try CommitCertificate(json: [
            "height": JSON(header.height), "round": 0, "block": .string(header.id.text),
            "bitmap": .string(Base64URL.encode(bitmap)), "signatures": .array(signatures),
        ])
    }

    /// Hands the blocks out as a node does, and nothing else.
    package func serve(_ tls: TLSIdentity) throws -> (server: HTTPServer, endpoint: String) {
        var router = Router()
        let store = store
        router.on("GET", "/v1/blocks/{height}") { request in
            guard let block = try store.block(UInt64(request["height"]) ?? 0) else {
                throw Problem.notFound("There is no such block.")
            }
            return .json(block.json)
        }
        router.on("GET", "/v1/blocks/{height}/run") { request in
            let bytes = try store.run(from: UInt64(request["height"]) ?? 0)
            guard !bytes.isEmpty else { throw Problem.notFound("There is no such block.") }
            return .bytes(bytes, contentType: "application/octet-stream")
        }
        let server = HTTPServer(
            router: router, address: try SocketAddress("127.0.0.1:0"), tls: tls)
        return (server, "https://\(try server.start())")
    }

    package func close() { store.close() }
}
