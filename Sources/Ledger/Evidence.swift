package import Cryptography
package import Encoding

/// Two statements that one representative signed about one round, of which it may sign one: the
/// body of `evidence`, which anybody may send.
///
/// `{"node", "kind": "proposal" | "prevote" | "precommit", "height", "round", "first", "second"}`,
/// where each statement is `{"block"?: hex, "validRound"?, "content"?: hex, "signature":
/// base64url}`: a vote without `block` is one for none, and only proposals have `content` and
/// `validRound`.
package struct Evidence: Sendable, Hashable {
    package struct Statement: Sendable, Hashable {
        /// The block voted for or proposed; nil is a vote for none.
        package let block: Digest?
        /// Of a proposal made again: the round whose proof of lock came along.
        package let validRound: UInt32?
        /// SHA-256 of a proposal's bytes; nil in a vote.
        package let content: Digest?
        /// 64 bytes, Ed25519, by the consensus key the node acted with at that height.
        package let signature: [UInt8]

        package init(
            block: Digest?, validRound: UInt32?, content: Digest?, signature: [UInt8]
        ) {
            self.block = block
            self.validRound = validRound
            self.content = content
            self.signature = signature
        }
    }

    package let node: Identity
    package let kind: ConsensusStatement.Kind
    package let height: UInt64
    package let round: UInt32
    package let first: Statement
    package let second: Statement

    package init(
        node: Identity, kind: ConsensusStatement.Kind, height: UInt64, round: UInt32,
        first: Statement, second: Statement
    ) {
        self.node = node
        self.kind = kind
        self.height = height
        self.round = round
        self.first = first
        self.second = second
    }

    /// What a statement says, apart from its signature.
    package func said(_ statement: Statement) -> ConsensusStatement {
        ConsensusStatement(
            kind: kind, height: height, round: round, validRound: statement.validRound,
            valueID: statement.block, content: statement.content)
    }

    package var json: JSON {
        [
            "node": .string(node.text), "kind": .string(kind.name),
            "height": .number(JSONNumber(height)), "round": .number(JSONNumber(UInt64(round))),
            "first": first.json, "second": second.json,
        ]
    }

    /// - Throws: `shape`.
    package init(_ fields: inout Fields) throws {
        node = try fields.identity("node")
        let name = try fields.string("kind", maximumByteCount: 16)
        guard let kind = ConsensusStatement.Kind(name: name) else {
            throw LedgerError(.shape, "kind is proposal, prevote or precommit")
        }
        self.kind = kind
        height = try fields.exactUnsigned("height")
        guard height > 0 else {
            throw LedgerError(.shape, "height is more than 0: nobody decides genesis")
        }
        round = UInt32(try fields.int64("round", in: 0...Limits.roundMaximum))
        var inner = try fields.object("first")
        first = try Statement(&inner, kind: kind, round: round)
        inner = try fields.object("second")
        second = try Statement(&inner, kind: kind, round: round)
    }
}

extension Evidence.Statement {
    fileprivate var json: JSON {
        var object = JSONObject([])
        if let block { object["block"] = .string(block.text) }
        if let validRound { object["validRound"] = .number(JSONNumber(UInt64(validRound))) }
        if let content { object["content"] = .string(content.text) }
        object["signature"] = .string(Base64URL.encode(signature))
        return .object(object)
    }

    fileprivate init(
        _ fields: inout Fields, kind: ConsensusStatement.Kind, round: UInt32
    ) throws {
        switch kind {
        case .proposal:
            block = try fields.digest("block")
            content = try fields.digest("content")
            if let earlier = try fields.optionalUInt64("validRound") {
                guard earlier < UInt64(round) else {
                    throw LedgerError(.shape, "validRound is a round before \(round)")
                }
                validRound = UInt32(earlier)
            } else {
                validRound = nil
            }
        case .prevote, .precommit:
            block = try fields.optionalString("block", maximumByteCount: 64)
                .map { try Digest(hexadecimal: $0) }
            (validRound, content) = (nil, nil)
        }
        signature = try fields.bytes("signature", count: 64)
        try fields.end()
    }
}

extension ConsensusStatement.Kind {
    /// As documents write it.
    package var name: String {
        switch self {
        case .proposal: "proposal"
        case .prevote: "prevote"
        case .precommit: "precommit"
        }
    }

    init?(name: String) {
        switch name {
        case "proposal": self = .proposal
        case "prevote": self = .prevote
        case "precommit": self = .precommit
        default: return nil
        }
    }
}
