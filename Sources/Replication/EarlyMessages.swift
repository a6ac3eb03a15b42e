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
        let height: UInt64
        let carriesBlock: Bool
    }

    /// What one node has brought, in the order it came.
    private struct Load: Sendable {
        let carrier: Identity?
        var kept: [Kept] = []
        var blockCount = 0

        /// The one of the farthest height that came first: claims about heights far ahead push out
        /// nothing that is needed soon.
        func farthest(isBlock: Bool) -> (index: Int, height: UInt64)? {
            var found: (index: Int, height: UInt64)?
            for (index, each) in kept.enumerated() where each.carriesBlock || !isBlock {
                if let found, each.height <= found.height { continue }
                found = (index, each.height)
            }
            return found
        }
    }

    private var loads: [Load] = []

    package init() {}

    package var messages: [SignedMessage] { loads.flatMap { $0.kept.map(\.message) } }

    /// Keeps a message; everybody's newest stay, being sent again each second.
    /// - Parameter carrier: the node that brought it, which need not be the one that signed it.
    package mutating func keep(_ message: SignedMessage, from carrier: Identity?) {
        let new = Kept(
            message: message, height: message.height, carriesBlock: message.carriesBlock)
        if let index = loads.firstIndex(where: { $0.carrier == carrier }) {
            let isKnown = loads[index].kept.contains {
                $0.height == new.height && $0.message == message
            }
            guard !isKnown else { return }
            loads[index].kept.append(new)
            loads[index].blockCount += new.carriesBlock ? 1 : 0
        } else {
            let count = new.carriesBlock ? 1 : 0
            loads.append(Load(carrier: carrier, kept: [new], blockCount: count))
        }
        if loads.reduce(0, { $0 + $1.blockCount }) > Limits.futureBlocksMaximum {
            dropOne(isBlock: true)
        }
        if loads.reduce(0, { $0 + $1.kept.count }) > Limits.futureMessagesMaximum {
            dropOne(isBlock: false)
        }
    }

    /// What there is of a height that begins; nothing up to there is kept any longer.
    package mutating func take(_ height: UInt64) -> [SignedMessage] {
        var due: [SignedMessage] = []
        for index in loads.indices {
            for each in loads[index].kept where each.height == height { due.append(each.message) }
            loads[index].kept.removeAll { $0.height <= height }
            loads[index].blockCount = loads[index].kept.count(where: \.carriesBlock)
        }
        loads.removeAll { $0.kept.isEmpty }
        return due
    }

    package func reach(beyond height: UInt64) -> Bool {
        loads.contains { $0.kept.contains { $0.height > height } }
    }

    /// Drops the farthest of whoever has the most of these.
    private mutating func dropOne(isBlock: Bool) {
        let counts = loads.map { isBlock ? $0.blockCount : $0.kept.count }
        let most = counts.max() ?? 0
        var chosen: (load: Int, index: Int, height: UInt64)?
        for load in loads.indices where counts[load] == most {
            guard let found = loads[load].farthest(isBlock: isBlock) else { continue }
            if let chosen, found.height <= chosen.height { continue }
            chosen = (load, found.index, found.height)
        }
        guard let chosen else { return }
        let gone = loads[chosen.load].kept.remove(at: chosen.index)
        loads[chosen.load].blockCount -= gone.carriesBlock ? 1 : 0
        if loads[chosen.load].kept.isEmpty { loads.remove(at: chosen.load) }
    }
}
