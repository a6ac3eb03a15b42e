package import Cryptography
package import Encoding

/// The header of a block, with the very bytes that were hashed.
package struct BlockHeader: Sendable, Hashable {
    package let network: String
    package let height: UInt64
    /// Integer milliseconds since 1970, above the previous block's.
    package let time: Instant
    /// Id of the previous block; of the genesis file at height 1.
    package let previous: Digest
    /// RFC 9162 tree over the compact transactions.
    package let transactionsRoot: Digest
    /// Leaves under `transactionsRoot` and `resultsRoot`: without it, a path would fit more than
    /// one place in more than one tree.
    package let transactionCount: UInt64
    /// Root of the records after this block.
    package let stateRoot: Digest
    /// RFC 9162 tree over `TransactionResult.leaf`.
    package let resultsRoot: Digest
    /// Digest of the representatives who decide this height.
    package let representatives: Digest
    /// Digest of the representatives who decide the next height: a header in which it differs from
    /// `representatives` hands over, signed by those who leave.
    package let nextRepresentatives: Digest
    package let proposer: Identity
    /// The round the block was built for.
    package let round: UInt64
    /// What makes the id begin with zeros (`ProofOfWork`); 0 in a network without.
    package let work: UInt64
    /// The header as it was hashed.
    package let bytes: [UInt8]

    /// SHA-256 of `bytes`.
    package var id: Digest { Digest.sha256(bytes) }

    /// Whether other representatives decide the next height than this one.
    package var handsOver: Bool { representatives != nextRepresentatives }

    /// The values of a header before it has bytes.
    struct Draft {
        var network: String
        var height: UInt64
        var time: Instant
        var previous: Digest
        var transactionsRoot: Digest
        var transactionCount: UInt64
        var stateRoot: Digest
        var resultsRoot: Digest
        var representatives: Digest
        var nextRepresentatives: Digest
        var proposer: Identity
        var round: UInt64
        var work: UInt64 = 0
    }

    init(_ draft: Draft) {
        network = draft.network
        height = draft.height
        time = draft.time
        previous = draft.previous
        transactionsRoot = draft.transactionsRoot
        transactionCount = draft.transactionCount
        stateRoot = draft.stateRoot
        resultsRoot = draft.resultsRoot
        representatives = draft.representatives
        nextRepresentatives = draft.nextRepresentatives
        proposer = draft.proposer
        round = draft.round
        work = draft.work
        bytes = Self.encode(draft)
    }

    /// Reads header bytes. One header has one spelling: members in order, nothing unknown, no
    /// white space.
    /// - Throws: `block`.
    package init(bytes: [UInt8]) throws(LedgerError) {
        do {
            let limits = JSONLimits(byteCountMaximum: Limits.headerByteCountMaximum)
            var fields = try Fields(try JSON.parse(bytes, limits: limits), "header")
            let draft = Draft(
                network: try fields.string(
                    "network", maximumByteCount: Limits.networkNameByteCountMaximum),
                height: try fields.exactUnsigned("height"),
                time: Instant(
                    milliseconds: try fields.int64("time", in: 0...Limits.exactIntegerMaximum)),
                previous: try fields.digest("previous"),
                transactionsRoot: try fields.digest("transactionsRoot"),
                transactionCount: try fields.exactUnsigned("transactionCount"),
                stateRoot: try fields.digest("stateRoot"),
                resultsRoot: try fields.digest("resultsRoot"),
                representatives: try fields.digest("representatives"),
                nextRepresentatives: try fields.digest("nextRepresentatives"),
                proposer: try fields.identity("proposer"),
                round: try fields.exactUnsigned("round"),
                work: try fields.exactUnsigned("work"))
            try fields.end()
            self.init(draft)
        } catch let error as LedgerError {
            throw LedgerError(.block, "header: \(error.detail)")
        } catch {
            throw LedgerError(.block, "\(error)")
        }
        guard self.bytes == bytes else {
            throw LedgerError(
                .block, "a header is compact JSON with its members in the order of the format")
        }
    }

    /// The same header with other work.
    func worked(_ work: UInt64) -> BlockHeader {
        BlockHeader(
            Draft(
                network: network, height: height, time: time, previous: previous,
                transactionsRoot: transactionsRoot, transactionCount: transactionCount,
                stateRoot: stateRoot, resultsRoot: resultsRoot, representatives: representatives,
                nextRepresentatives: nextRepresentatives, proposer: proposer, round: round,
                work: work))
    }

    private static func encode(_ draft: Draft) -> [UInt8] {
        let json: JSON = [
            "network": .string(draft.network),
            "height": .number(JSONNumber(draft.height)),
            "time": .number(JSONNumber(draft.time.milliseconds)),
            "previous": .string(draft.previous.text),
            "transactionsRoot": .string(draft.transactionsRoot.text),
            "transactionCount": .number(JSONNumber(draft.transactionCount)),
            "stateRoot": .string(draft.stateRoot.text),
            "resultsRoot": .string(draft.resultsRoot.text),
            "representatives": .string(draft.representatives.text),
            "nextRepresentatives": .string(draft.nextRepresentatives.text),
            "proposer": .string(draft.proposer.text),
            "round": .number(JSONNumber(draft.round)),
            "work": .number(JSONNumber(draft.work)),
        ]
        return json.bytes
    }
}
