/// A point in time the host was asked to report.
package struct Timeout: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// No acceptable proposal came (L57).
        case propose
        /// Prevotes came, but none won (L61).
        case prevote
        /// Precommits came, but none won (L65).
        case precommit
        /// Time to send the newest own messages again; not of any round.
        case rebroadcast
    }

    package let kind: Kind
    package let height: UInt64
    package let round: UInt32

    package init(kind: Kind, height: UInt64, round: UInt32) {
        self.kind = kind
        self.height = height
        self.round = round
    }
}

/// How long each step waits, in milliseconds: base + round × delta, never above the cap. Timeouts
/// that double have left networks waiting for an hour; these never do.
package struct TimeoutSchedule: Sendable, Hashable {
    package let propose: UInt32
    package let prevote: UInt32
    package let precommit: UInt32
    /// Added per round.
    package let delta: UInt32
    package let cap: UInt32
    package let rebroadcast: UInt32

    package static let standard = TimeoutSchedule(
        unchecked: 1000, prevote: 500, precommit: 500, delta: 250, cap: 15_000, rebroadcast: 1000)

    /// - Throws: `.setting` for a zero, or for more than an hour.
    package init(
        propose: UInt32, prevote: UInt32, precommit: UInt32, delta: UInt32, cap: UInt32,
        rebroadcast: UInt32
    ) throws(ConsensusError) {
        for value in [propose, prevote, precommit, delta, cap, rebroadcast]
        where value == 0 || value > Limits.timeoutMillisecondMaximum {
            throw ConsensusError(
                .setting,
                "a timeout of \(value) ms; 1 to \(Limits.timeoutMillisecondMaximum) ms are allowed")
        }
        self.init(
            unchecked: propose, prevote: prevote, precommit: precommit, delta: delta, cap: cap,
            rebroadcast: rebroadcast)
    }

    private init(
        unchecked propose: UInt32, prevote: UInt32, precommit: UInt32, delta: UInt32, cap: UInt32,
        rebroadcast: UInt32
    ) {
        self.propose = propose
        self.prevote = prevote
        self.precommit = precommit
        self.delta = delta
        self.cap = cap
        self.rebroadcast = rebroadcast
    }

    /// How long to wait in milliseconds.
    package func milliseconds(_ kind: Timeout.Kind, round: UInt32) -> UInt32 {
        let base: UInt32
        switch kind {
        case .propose: base = propose
        case .prevote: base = prevote
        case .precommit: base = precommit
        case .rebroadcast: return rebroadcast
        }
        let total = UInt64(base) + UInt64(round) * UInt64(delta)
        return UInt32(min(total, UInt64(cap)))
    }
}
