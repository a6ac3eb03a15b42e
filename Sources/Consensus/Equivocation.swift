import Cryptography

/// Proof that a representative signed two things of which it may sign one.
package enum Equivocation: Sendable, Hashable {
    case votes(SignedVote, SignedVote)
    case proposals(SignedStatement, SignedStatement)

    /// The offender's place in the set.
    package var sender: Int {
        switch self {
        case .votes(let first, _): first.sender
        case .proposals(let first, _): first.sender
        }
    }

    /// Whether both signatures are of one member of `set` and contradict each other.
    package func verify(
        set: RepresentativeSet, network: String,
        checking: any SignatureChecking = DirectSignatures()
    ) -> Bool {
        let domain = SigningDomain(network: network, set: set.digest)
        func hasSigned(_ bytes: [UInt8], _ signature: [UInt8], _ place: Int) -> Bool {
            set.representatives.indices.contains(place)
                && checking.verifies(signature, of: bytes, by: set.representatives[place])
        }
        switch self {
        case .votes(let first, let second):
            return first.sender == second.sender && first.vote.kind == second.vote.kind
                && first.vote.height == second.vote.height
                && first.vote.round == second.vote.round
                && first.vote.valueID != second.vote.valueID
                && hasSigned(domain.bytes(of: first.vote), first.signature, first.sender)
                && hasSigned(domain.bytes(of: second.vote), second.signature, second.sender)
        case .proposals(let first, let second):
            return first.sender == second.sender
                && first.statement.height == second.statement.height
                && first.statement.round == second.statement.round
                && first.statement != second.statement
                && hasSigned(
                    domain.bytes(of: first.statement), first.signature, first.sender)
                && hasSigned(
                    domain.bytes(of: second.statement), second.signature, second.sender)
        }
    }
}

extension Equivocation {
    /// The two messages as bytes that anybody can check without knowing this target: the signer's
    /// Ed25519 key, and each message's signed bytes with its signature.
    package struct SignedPair: Sendable, Hashable {
        package let key: [UInt8]
        package let first: [UInt8]
        package let firstSignature: [UInt8]
        package let second: [UInt8]
        package let secondSignature: [UInt8]
    }

    /// The pair in ascending order of the signed bytes, so that everybody who caught the same two
    /// messages writes the same. Nil for a sender outside the set.
    package func signedPair(set: RepresentativeSet, network: String) -> SignedPair? {
        guard set.representatives.indices.contains(sender) else { return nil }
        let domain = SigningDomain(network: network, set: set.digest)
        var pair: [(bytes: [UInt8], signature: [UInt8])]
        switch self {
        case .votes(let first, let second):
            pair = [first, second].map { (domain.bytes(of: $0.vote), $0.signature) }
        case .proposals(let first, let second):
            pair = [first, second].map { (domain.bytes(of: $0.statement), $0.signature) }
        }
        if pair[1].bytes.lexicographicallyPrecedes(pair[0].bytes) { pair.swapAt(0, 1) }
        return SignedPair(
            key: set.representatives[sender].bytes, first: pair[0].bytes,
            firstSignature: pair[0].signature, second: pair[1].bytes,
            secondSignature: pair[1].signature)
    }
}
