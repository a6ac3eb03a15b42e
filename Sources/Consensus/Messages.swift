/// Something to be signed with this node's consensus key, and the exact bytes to sign.
package struct UnsignedMessage: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case proposal(Proposal)
        case vote(Vote)
    }

    package let content: Content
    /// This node's place in the set.
    package let sender: Int
    /// What the Ed25519 signature covers.
    package let bytes: [UInt8]

    init(_ content: Content, sender: Int, domain: SigningDomain) {
        self.content = content
        self.sender = sender
        switch content {
        case .proposal(let proposal): bytes = domain.bytes(of: proposal.statement)
        case .vote(let vote): bytes = domain.bytes(of: vote)
        }
    }

    /// The message with its signature, to be fed back as `Input.signed`.
    package func signed(_ signature: [UInt8]) -> SignedMessage {
        switch content {
        case .proposal(let proposal):
            .proposal(SignedProposal(proposal: proposal, sender: sender, signature: signature))
        case .vote(let vote):
            .vote(SignedVote(vote: vote, sender: sender, signature: signature))
        }
    }

    var round: UInt32 {
        switch content {
        case .proposal(let proposal): proposal.round
        case .vote(let vote): vote.round
        }
    }
}

/// What representatives send each other.
package enum SignedMessage: Sendable, Equatable {
    case proposal(SignedProposal)
    case vote(SignedVote)
    /// Shows that a value may be locked, to whoever missed the prevotes or saw different ones.
    case proofOfLock(ProofOfLock)
    /// Ends a height for whoever missed its precommits; the value comes along where the receiver
    /// may lack it.
    case decision(CommitCertificate, ProposedValue?)

    package var height: UInt64 {
        switch self {
        case .proposal(let signed): signed.proposal.height
        case .vote(let signed): signed.vote.height
        case .proofOfLock(let proof): proof.height
        case .decision(let certificate, _): certificate.height
        }
    }

    /// Who signed it; nil for certificates, which anybody may pass on.
    package var sender: Int? {
        switch self {
        case .proposal(let signed): signed.sender
        case .vote(let signed): signed.sender
        case .proofOfLock, .decision: nil
        }
    }

    /// Whether it helps to send this again in later rounds.
    var isPrecommitForValue: Bool {
        guard case .vote(let signed) = self else { return false }
        return signed.vote.kind == .precommit && signed.vote.valueID != nil
    }
}
