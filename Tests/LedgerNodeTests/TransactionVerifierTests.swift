import Cryptography
import Encoding
import Ledger
import TestSupport
import Testing

@testable import LedgerNode

@Suite struct TransactionVerifierTests {
    private let sender: KeyPair

    init() throws { sender = try KeyPair() }

    @Test func `what is in a block is forgotten some blocks later`() async throws {
        let verifier = TransactionVerifier()
        let blocks = try (0..<Limits.verifiedBlocksMaximum + 1).map { block in
            try (0..<2).map { place in try transaction(UInt64(2 * block + place)) }
        }
        let waiting = try transaction(1_000)
        let compacts = blocks.flatMap { $0 }.map(\.jws.compact) + [waiting.jws.compact]
        let verified = try await verifier.verify(compacts)
        #expect(verifier.count == compacts.count)
        for block in blocks.indices.dropLast() {
            verifier.forget(committed: Array(verified[2 * block..<2 * block + 2]))
            #expect(verifier.count == compacts.count)
        }
        verifier.forget(committed: Array(verified.suffix(3).prefix(2)))
        #expect(verifier.count == compacts.count - 2)
        // Of the first block, and no other: what waits above all is still known.
        _ = try verifier.verify(waiting)
        _ = try verifier.verify(blocks[1][0])
        #expect(verifier.count == compacts.count - 2)
        _ = try verifier.verify(blocks[0][0])
        #expect(verifier.count == compacts.count - 1)
    }

    private func transaction(_ sequence: UInt64) throws -> Transaction {
        try TransactionDraft(
            network: "net", sequence: sequence, notAfter: Instant(seconds: 2_000_000_000),
            body: .transfer(to: Identity(sender.publicKey), amount: 1)
        ).sign(sender.key)
    }
}
