internal import Encoding

extension LedgerState {
    /// The first height about which the next block takes evidence; no later block takes any about
    /// earlier ones, unless the rules change. A node that drops old blocks keeps what proves an
    /// offence from here on.
    package var evidenceBegin: UInt64 { evidenceBegin(in: tip.height + 1, at: tip.time) }

    /// The first height about which the block of a height and time takes evidence.
    ///
    /// Both ages of the rules have to be exceeded. The state keeps no block's time but those of
    /// elections: age in time counts from the first election held at a height or later, so that it
    /// is never taken for greater than it is, and nobody's offence is too old in the term it was
    /// made in.
    func evidenceBegin(in height: UInt64, at time: Instant) -> UInt64 {
        let rules = parameters.evidence
        guard height > rules.maximumAgeBlocks else { return 1 }
        var (low, high) = (0, elections.count)
        while low < high {
            let middle = low + (high - low) / 2
            let isOver = elections[middle].time.map {
                time > $0.adding(milliseconds: rules.maximumAgeSeconds * 1000)
            }
            // Genesis, which has no time, held the first one.
            if isOver ?? true { low = middle + 1 } else { high = middle }
        }
        let overdue = low > 0 ? elections[low - 1].height : 0
        return max(1, min(height - rules.maximumAgeBlocks, overdue + 1))
    }
}
