import Consensus
import Cryptography
import Encoding
import Ledger
import Storage

extension NodeServices {
    /// Why there is no block, as of now.
    func standstill() -> Standstill {
        let clock = SystemClock.monotonicMilliseconds()
        let view = board.view
        let directory = directory
        let (tip, heartbeat) = chain.read { ($0.tip.height, $0.parameters.heartbeat) }
        let own = keys.consensus.publicKey.bytes
        var facts = Standstill.Facts()
        facts.now = now()
        facts.tip = tip
        facts.blockAgo = clock - view.committedAt
        facts.startedAgo = clock - startedAt
        facts.heartbeat = heartbeat
        facts.consensus = view.consensus
        facts.waitedFor = clock - view.stepSince
        facts.deciders = deciders(directory, at: clock)
        facts.isSynchronised = view.isSynchronised
        facts.heightSpokenOf = book.heightSpokenOf(directory)
        facts.withheld = view.withheld
        facts.failure = view.failure
        facts.hasOtherKey = directory.deciders.contains {
            $0.node == identity && $0.consensusKey != own
        }
        facts.freeBytes = DiskSpace.free(at: configuration.data)
        facts.late = staleness()
        facts.fetchFailures = view.fetchFailures.sorted { $0.key < $1.key }.map { ($0, $1) }
        return Standstill(facts)
    }

    private func deciders(_ directory: PeerDirectory, at clock: Int64) -> [Standstill.Decider] {
        let silences = peers.unreachable
        let refusals = refused.since(clock - Limits.refusalLogMilliseconds)
        return directory.deciders.map { member in
            var decider = Standstill.Decider(
                node: member.node, endpoint: member.endpoint, consensusKey: member.consensusKey)
            decider.isSelf = member.node == identity
            decider.silence = silences.first { $0.endpoint == member.endpoint }
                .map { ($0.reason, clock - $0.since) }
            let entry = book.entry(member.node)
            decider.heardAgo = entry?.heardAt.map { clock - $0 }
            decider.spokeOf = entry?.spokeOf
            decider.clockLead = entry?.clockLead
            decider.excludedFor = entry?.excludedUntil.flatMap { $0 > clock ? $0 - clock : nil }
            decider.refusal =
                refusals.last { refusal in
                    guard refusal.caller == member.node.text else { return false }
                    return (entry?.heardAt ?? .min) < refusal.at
                }?.reason
            return decider
        }
    }
}
