package import Consensus
package import Ledger

/// Messages for the heights after the next one: claims until their height begins.
///
/// They are bounded together, and a node that brings more than others pays for it itself: where
/// there is no room, one goes of whoever has brought the most. So a flood, whatever seats it speaks
/// for, pushes out nothing but itself.
package struct EarlyMessages: Sendable {
    private struct Kept: Sendable {
        let message: SignedMessage
        let carrier: Identity?
    }

    /// In the order they came.
    private var kept: [Kept] = []

    package init() {}

    package var messages: [SignedMessage] { kept.map(\.message) }

    /// Keeps a message; everybody's newest stay, being sent again each second.
    /// - Parameter carrier: the node that brought it, which need not be the one that signed it.
    package mutating func keep(_ message: SignedMessage, from carrier: Identity?) {
        let isKnown = kept.contains { $0.carrier == carrier && $0.message == message }
        guard !isKnown else { return }
        kept.append(Kept(message: message, carrier: carrier))
        let blocks = kept.count(where: \.message.carriesBlock)
        if blocks > Limits.futureBlocksMaximum { dropOne(where: \.message.carriesBlock) }
        if kept.count > Limits.futureMessagesMaximum { dropOne { _ in true } }
    }

    /// What there is of a height that begins; nothing up to there is kept any longer.
    package mutating func take(_ height: UInt64) -> [SignedMessage] {
        let due = kept.filter { $0.message.height == height }.map(\.message)
        kept.removeAll { $0.message.height <= height }
        return due
    }

    package func reach(beyond height: UInt64) -> Bool {
        kept.contains { $0.message.height > height }
    }

    /// Of whoever has the most of these, the one of the farthest height that came first: claims
    /// about heights far ahead push out nothing that is needed soon.
    private mutating func dropOne(where isCounted: (Kept) -> Bool) {
        var counts: [Identity?: Int] = [:]
        for each in kept where isCounted(each) { counts[each.carrier, default: 0] += 1 }
        var chosen: (index: Int, count: Int, height: UInt64)?
        for (index, each) in kept.enumerated() where isCounted(each) {
            let (count, height) = (counts[each.carrier] ?? 0, each.message.height)
            if let chosen, (count, height) <= (chosen.count, chosen.height) { continue }
            chosen = (index, count, height)
        }
        if let chosen { kept.remove(at: chosen.index) }
    }
}
