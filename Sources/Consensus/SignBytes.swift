package import Cryptography

/// The bytes under every consensus signature: `ConsensusStatement` in one network and one set.
///
/// Two messages sign the same bytes exactly when they say the same. No time is in them.
package struct SigningDomain: Sendable, Equatable {
    package let network: String
    package let set: Digest

    package init(network: String, set: Digest) {
        self.network = network
        self.set = set
    }

    package static func == (left: SigningDomain, right: SigningDomain) -> Bool {
        left.set == right.set && left.network.utf8.elementsEqual(right.network.utf8)
    }

    package func bytes(of vote: Vote) -> [UInt8] {
        vote.said.bytes(network: network, set: set)
    }

    package func bytes(of statement: ProposalStatement) -> [UInt8] {
        statement.said.bytes(network: network, set: set)
    }
}

extension Vote {
    /// The vote as it is signed.
    package var said: ConsensusStatement {
        let type: ConsensusStatement.Kind =
            switch kind {
            case .prevote: .prevote
            case .precommit: .precommit
            }
        return ConsensusStatement(
            kind: type, height: height, round: round, validRound: nil, valueID: valueID,
            content: nil)
    }
}

extension ProposalStatement {
    /// The proposal as it is signed.
    package var said: ConsensusStatement {
        ConsensusStatement(
            kind: .proposal, height: height, round: round, validRound: validRound,
            valueID: valueID, content: content)
    }
}
