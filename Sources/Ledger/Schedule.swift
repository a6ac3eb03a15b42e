package import Cryptography

extension LedgerState {
    /// Who decides the block of a height: the representatives of the newest election that acts by
    /// then. Known for every height up to two past the tip; beyond, the answer may change.
    package func representatives(at height: UInt64) -> Representatives {
        election(actingAt: height).representatives
    }

    /// The one function that says which set acts: everything else asks it. Elections act from two
    /// blocks after they were held, so that everybody knows a block's deciders before it is made.
    package func election(actingAt height: UInt64) -> Election {
        elections[place(actingAt: height)]
    }

    /// The height from which on the deciders of a height have decided every block, whatever
    /// elections confirmed them meanwhile: it stands under everything they sign.
    package func seatedSince(at height: UInt64) -> UInt64 {
        seatedSince[place(actingAt: height)]
    }

    /// Names who decides a height in what they sign (`ConsensusSeating.digest`).
    package func seats(at height: UInt64) -> Digest {
        ConsensusSeating.digest(
            genesis: genesisDigest, since: seatedSince(at: height), quorum: quorum(at: height),
            keys: representatives(at: height).list.map(\.consensusKey))
    }

    private func place(actingAt height: UInt64) -> Int {
        var (low, high) = (0, elections.count)
        while low < high {
            let middle = low + (high - low) / 2
            if elections[middle].actsFrom <= height { low = middle + 1 } else { high = middle }
        }
        return max(low - 1, 0)
    }

    /// Whether the block of this height, following the tip, ends with an election.
    func holdsElection(at height: UInt64) -> Bool {
        let last = termElection
        return height >= last.height && height - last.height >= parameters.electionInterval
    }

    /// The newest election or replacement: who acts in the last height that is decided.
    package var newestElection: Election { elections[elections.count - 1] }

    /// The election that the present term began with. Seats that changed hands since do not begin
    /// a new one.
    package var termElection: Election {
        elections.last { !$0.isReplacement } ?? elections[0]
    }

    /// The height of the next election.
    package var nextElectionHeight: UInt64 {
        // An update may have made the interval shorter than what has passed already.
        max(termElection.height + parameters.electionInterval, tip.height + 1)
    }

    /// What a node is after the tip.
    package func status(of node: Identity) -> NodeStatus {
        Branch(self, height: tip.height + 1, time: tip.time).status(of: node)
    }
}
