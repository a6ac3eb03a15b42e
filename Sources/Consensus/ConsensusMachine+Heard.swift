package import Cryptography

extension ConsensusMachine {
    /// How a representative voted in this height's newest rounds, as far as it came here: for that
    /// representative to find out, after a restart, whether it has forgotten something.
    package func heard(from key: PublicKey) -> [SignedMessage] {
        guard let place = configuration.set.index(of: key) else { return [] }
        let newest = rounds.round + 1
        let oldest = newest - min(newest, Limits.retainedRoundCount)
        var messages: [SignedMessage] = []
        for round in oldest...newest {
            for kind in [VoteKind.prevote, .precommit] {
                let votes = votes.votes(kind, round)
                if let vote = votes.first(where: { $0.sender == place }) {
                    messages.append(.vote(vote))
                }
            }
        }
        return messages
    }
}
