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

    package init(
        network: String, height: UInt64, set: RepresentativeSet, ownKey: PublicKey?,
        offset: UInt64 = 0, timeouts: TimeoutSchedule = .standard
    ) {
        self.network = network
        self.height = height
        self.set = set
        self.ownKey = ownKey
        self.offset = offset
        self.timeouts = timeouts
    }

    var domain: SigningDomain { SigningDomain(network: network, set: set.digest) }

    /// Who proposes in a round of this height: a place in the set.
    package func proposer(_ round: UInt32) -> Int {
        set.proposer(height: height, round: round, offset: offset)
    }
}
