package import Cryptography

/// What a transaction asks for.
package enum TransactionBody: Sendable, Hashable {
    case transfer(to: Identity, amount: UInt64)
    /// Locks `amount` of the sender for one auditor (its issuer URL) and one node.
    case depositPay(auditor: String, node: Identity, amount: UInt64)
    /// Sends a deposit back to the account that paid it. Hexadecimal id of the `deposit.pay`.
    case depositRefund(deposit: Digest)
    case candidateAdd([CandidateEntry])
    case candidateRemove(node: Identity)
    case voterEnroll(account: Identity, allowance: UInt64)
    case vote([VoteChange])
    case data(content: String)
    case parametersUpdate(ParametersUpdate)
    /// A bundle (compact, `vp+jwt`) that renews what admitted a listed candidate.
    case candidateRenew(node: Identity, bundle: String)
    case credentialRevoke(CredentialRevocation)
    /// An `AuditorRotation`, compact, sent by the auditor's account.
    case auditorRotate(rotation: String)
    case auditorSetUpdate(AuditorSetUpdate)
    indirect case evidence(Evidence)

    /// The member `type` of the payload.
    package var type: String {
        switch self {
        case .transfer: "transfer"
        case .depositPay: "deposit.pay"
        case .depositRefund: "deposit.refund"
        case .candidateAdd: "candidate.add"
        case .candidateRemove: "candidate.remove"
        case .voterEnroll: "voter.enroll"
        case .vote: "vote"
        case .data: "data"
        case .parametersUpdate: "parameters.update"
        case .candidateRenew: "candidate.renew"
        case .credentialRevoke: "credential.revoke"
        case .auditorRotate: "auditor.rotate"
        case .auditorSetUpdate: "auditorset.update"
        case .evidence: "evidence"
        }
    }
}

/// One candidate of a `candidate.add`.
package struct CandidateEntry: Sendable, Hashable {
    package let node: Identity
    /// 32 bytes, Ed25519: what the node will sign consensus messages with.
    package let consensusKey: [UInt8]
    /// 64 bytes: see `ConsensusKeyProof`.
    package let proof: [UInt8]
    /// `https://host:port` of the node's own server.
    package let endpoint: String
    /// Compact JWS (`vp+jwt`).
    package let bundle: String

    package init(
        node: Identity, consensusKey: [UInt8], proof: [UInt8], endpoint: String, bundle: String
    ) {
        self.node = node
        self.consensusKey = consensusKey
        self.proof = proof
        self.endpoint = endpoint
        self.bundle = bundle
    }
}

/// One line of a `vote`: so many votes more, or fewer when negative.
package struct VoteChange: Sendable, Hashable {
    package let candidate: Identity
    /// Never zero; within ±`Limits.allowanceMaximum`.
    package let votes: Int64

    package init(candidate: Identity, votes: Int64) {
        self.candidate = candidate
        self.votes = votes
    }
}
