package import Cryptography
package import Encoding

/// One proven offence, kept for ever, so that it counts once: whatever a node signed twice at one
/// height is one.
package struct Offence: Sendable, Hashable {
    package let node: Identity
    /// Height and round that it signed twice for.
    package let height: UInt64
    package let round: UInt32
    package let kind: ConsensusStatement.Kind
    /// Height of the block that has the evidence.
    package let recorded: UInt64
    /// Id of the `evidence` transaction.
    package let transaction: Digest

    /// The name of its record: SHA-256 of the did, `#` and the height in decimal.
    package static func name(_ node: Identity, height: UInt64) -> Digest {
        Digest.sha256(Array("\(node.text)#\(height)".utf8))
    }

    /// `{"node","height","round","kind","recorded","transaction"}`.
    package var json: JSON {
        [
            "node": .string(node.text), "height": .number(JSONNumber(height)),
            "round": .number(JSONNumber(UInt64(round))), "kind": .string(kind.name),
            "recorded": .number(JSONNumber(recorded)), "transaction": .string(transaction.text),
        ]
    }

    init(_ evidence: Evidence, recorded: UInt64, transaction: Digest) {
        node = evidence.node
        height = evidence.height
        round = evidence.round
        kind = evidence.kind
        self.recorded = recorded
        self.transaction = transaction
    }

    init(_ json: JSON) throws {
        var fields = try Fields(json, "offence")
        node = try fields.identity("node")
        height = try fields.exactUnsigned("height")
        round = UInt32(try fields.int64("round", in: 0...Limits.roundMaximum))
        guard let kind = ConsensusStatement.Kind(name: try fields.string("kind")) else {
            throw LedgerError(.records, "an offence is of an unknown kind")
        }
        self.kind = kind
        recorded = try fields.exactUnsigned("recorded")
        transaction = try fields.digest("transaction")
        try fields.end()
    }
}

/// A node with at least one proven offence.
package struct Offender: Sendable, Hashable {
    package let node: Identity
    /// The consensus key it signed with, 32 bytes.
    package let consensusKey: [UInt8]
    /// How many offences were proven.
    package let count: UInt64
    /// The one proven last: suspension and hold count from the block that has it.
    package let last: Offence

    /// `{"node","consensusKey","count","last"}`.
    package var json: JSON {
        [
            "node": .string(node.text), "consensusKey": .string(Base64URL.encode(consensusKey)),
            "count": .number(JSONNumber(count)), "last": last.json,
        ]
    }

    init(_ last: Offence, consensusKey: [UInt8], count: UInt64) {
        node = last.node
        self.consensusKey = consensusKey
        self.count = count
        self.last = last
    }

    init(_ json: JSON) throws {
        var fields = try Fields(json, "offender")
        node = try fields.identity("node")
        consensusKey = try fields.bytes("consensusKey", count: 32)
        count = try fields.exactUnsigned("count")
        last = try Offence(try fields.json("last"))
        try fields.end()
    }

    /// Whether the node may not stand in a block of `height`.
    package func isSuspended(at height: UInt64, _ rules: EvidenceRules) -> Bool {
        rules.suspend && Self.lasts(rules.suspensionBlocks, from: last.recorded, to: height)
    }

    /// Whether the deposits for the node stay where they are in a block of `height`.
    package func isHolding(at height: UInt64, _ rules: EvidenceRules) -> Bool {
        rules.holdDeposit && Self.lasts(rules.holdBlocks, from: last.recorded, to: height)
    }

    /// The first height at which the node may stand again; nil while none is known.
    package func suspendedUntil(_ rules: EvidenceRules) -> UInt64? {
        rules.suspensionBlocks == 0 ? nil : last.recorded &+ rules.suspensionBlocks
    }

    /// The first height at which its deposits may be sent back; nil while none is known.
    package func holdsUntil(_ rules: EvidenceRules) -> UInt64? {
        rules.holdBlocks == 0 ? nil : last.recorded &+ rules.holdBlocks
    }

    private static func lasts(_ blocks: UInt64, from start: UInt64, to height: UInt64) -> Bool {
        blocks == 0 || height < start || height - start < blocks
    }
}
