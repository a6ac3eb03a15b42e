package import Cryptography

/// What a proposer's signature covers: everything of a proposal but the value's bytes themselves.
package struct ProposalStatement: Sendable, Hashable {
    package let height: UInt64
    package let round: UInt32
    /// The round whose proof of lock comes along, or nil for a value proposed for the first time.
    package let validRound: UInt32?
    package let valueID: Digest
    /// SHA-256 of the value's bytes.
    package let content: Digest

    package init(
        height: UInt64, round: UInt32, validRound: UInt32?, valueID: Digest, content: Digest
    ) {
        self.height = height
        self.round = round
        self.validRound = validRound
        self.valueID = valueID
        self.content = content
    }
}

/// ⟨PROPOSAL, h, round, v, validRound⟩ with the value's bytes and, for a value proposed again, the
/// proof of lock inline, so that nobody has to have seen the old round's prevotes.
package struct Proposal: Sendable, Equatable {
    package let height: UInt64
    package let round: UInt32
    package let value: ProposedValue
    package let proof: ProofOfLock?

    package init(height: UInt64, round: UInt32, value: ProposedValue, proof: ProofOfLock?) {
        self.height = height
        self.round = round
        self.value = value
        self.proof = proof
    }

    package var validRound: UInt32? { proof?.round }

    package var statement: ProposalStatement {
        ProposalStatement(
            height: height, round: round, validRound: validRound, valueID: value.id,
            content: value.content)
    }
}

/// A proposal with its proposer's place in the set and Ed25519 signature.
package struct SignedProposal: Sendable, Equatable {
    package let proposal: Proposal
    package let sender: Int
    package let signature: [UInt8]

    package init(proposal: Proposal, sender: Int, signature: [UInt8]) {
        self.proposal = proposal
        self.sender = sender
        self.signature = signature
    }
}

/// A signed proposal without the value's bytes: what evidence keeps.
package struct SignedStatement: Sendable, Hashable {
    package let statement: ProposalStatement
    package let sender: Int
    package let signature: [UInt8]
}

extension SignedProposal {
    package var signedStatement: SignedStatement {
        SignedStatement(statement: proposal.statement, sender: sender, signature: signature)
    }
}
