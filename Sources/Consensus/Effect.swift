/// What the host has to do, in this order, after a step.
package enum Effect: Sendable, Equatable {
    /// Build a value for this round and answer with `Input.built`.
    case build(round: UInt32)
    /// Judge a value and answer with `Input.validated`.
    case validate(ProposedValue, ValueOrigin)
    /// Make the record durable, *then* sign `message.bytes`, then answer with `Input.signed`. A
    /// host that cannot do the first must not do the second.
    case sign(UnsignedMessage, record: ConsensusRecord)
    /// Send to every other representative, and to nodes that follow.
    case broadcast(SignedMessage)
    /// Send to the representative at this place, who is behind.
    case send(SignedMessage, to: Int)
    /// Answer with `Input.timeout` after this many milliseconds.
    case schedule(Timeout, milliseconds: UInt32)
    /// The height is decided. Comes once.
    case decide(ProposedValue, CommitCertificate)
    /// A representative signed two contradicting messages.
    case evidence(Equivocation)
    /// A message signed with this node's key that this machine did not sign: another process uses
    /// the key, or the record is older than the last signature. The machine signs nothing more at
    /// this height.
    case ownKeyElsewhere(SignedMessage)
    /// A message was not accepted.
    case refused(Refusal)
}

/// Why a message was not accepted.
package enum Refusal: String, Sendable, Hashable {
    case otherHeight = "the message is for another height"
    case unknownSender = "no representative has this place"
    case wrongSignature = "the signature does not verify"
    case wrongProposer = "the sender is not the proposer of this round"
    case wrongCertificate = "a certificate in the message does not verify"
    case malformed = "the message's parts do not fit each other"
    case tooFarAhead = "the proposal is for a round further ahead than is kept"
}
