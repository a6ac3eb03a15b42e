package import Cryptography

/// What one height's machine has to know. It never changes while the height lasts.
package struct ConsensusConfiguration: Sendable {
    package let network: String
    package let height: UInt64
    package let set: RepresentativeSet
    /// This node's consensus key. Nil, or a key outside the set, makes an observer: it follows the
    /// votes and decides with the others, and signs nothing.
    package let ownKey: PublicKey?
    /// Shifts the order of proposers, from one term to the next.
    package let offset: UInt64
    package let timeouts: TimeoutSchedule
    let signatures: any SignatureChecking

    package init(
        network: String, height: UInt64, set: RepresentativeSet, ownKey: PublicKey?,
        offset: UInt64 = 0, timeouts: TimeoutSchedule = .standard,
        signatures: any SignatureChecking = DirectSignatures()
    ) {
        self.network = network
        self.height = height
        self.set = set
        self.ownKey = ownKey
        self.offset = offset
        self.timeouts = timeouts
        self.signatures = signatures
    }

    var domain: SigningDomain { SigningDomain(network: network, set: set.digest) }

    /// Whether the member at `place` signed `message`; false for a place outside the set.
    func hasSigned(_ message: [UInt8], _ signature: [UInt8], _ place: Int) -> Bool {
        set.representatives.indices.contains(place)
            && signatures.verifies(signature, of: message, by: set.representatives[place])
    }

    /// Who proposes in a round of this height: a place in the set.
    package func proposer(_ round: UInt32) -> Int {
        set.proposer(height: height, round: round, offset: offset)
    }
}
