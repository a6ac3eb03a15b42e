import Consensus
import Cryptography
import Encoding
import Ledger

/// Why there is no block: who is missing for which step of which round, and since when. Made of
/// plain values that were read at one moment; spans are milliseconds before that moment.
struct Standstill: Sendable {
    /// A decider of the next block, as this node sees it.
    struct Decider: Sendable {
        var node: Identity
        var endpoint: String
        var consensusKey: [UInt8]
        var isSelf = false
        /// How long ago anything came from it; nil when nothing has since this node started.
        var heardAgo: Int64?
        var spokeOf: (height: UInt64, round: UInt32)?
        /// Why it does not take what it is sent, and for how long.
        var silence: (reason: String, ago: Int64)?
        /// It is left out for so much longer.
        var excludedFor: Int64?
        var clockLead: Int64?
        /// Why it was not admitted lately.
        var refusal: String?
    }

    /// Everything that goes into it.
    struct Facts: Sendable {
        var now = Instant(milliseconds: 0)
        var tip: UInt64 = 0
        /// How long ago the newest block came here, or the node started.
        var blockAgo: Int64 = 0
        var startedAgo: Int64 = 0
        var heartbeat: Int64 = 0
        var consensus: ConsensusStatus?
        /// How long agreement has waited for what it waits for now.
        var waitedFor: Int64 = 0
        var deciders: [Decider] = []
        var isSynchronised = true
        /// The height that others credibly speak of.
        var heightSpokenOf: UInt64 = 0
        var withheld: String?
        var failure: String?
        /// The ledger knows this node with another consensus key.
        var hasOtherKey = false
        var freeBytes: UInt64?
        var late: String?
        /// Why blocks could not be fetched, by endpoint.
        var fetchFailures: [(endpoint: String, reason: String)] = []
    }

    struct Reason: Sendable, Equatable {
        /// Stable, for machines.
        enum Code: String, Sendable {
            case stopped, disk, synchronising, behind, withheld, clock
            case otherKey = "other-key"
            case keyElsewhere = "key-elsewhere"
            case cutOff = "cut-off"
            case silent, unreachable, refused, excluded
            case proposal, prevotes, precommits, value, verdict, late
            case noDecider = "no-decider"
            case fetching, interval
        }

        let code: Code
        let text: String
        var node: Identity?
        /// For how long, in milliseconds.
        var ago: Int64?
        /// Whether an operator should do something, or somebody is not doing what it should.
        var isTrouble = true
    }

    let facts: Facts
    /// The most telling first.
    let reasons: [Reason]

    init(_ facts: Facts) {
        self.facts = facts
        reasons =
            Self.ownTrouble(facts) + Self.step(facts) + Self.others(facts) + Self.clocks(facts)
            + Self.lateness(facts)
    }

    var hasTrouble: Bool { reasons.contains(where: \.isTrouble) }

    /// One paragraph for an operator.
    var text: String {
        let told = hasTrouble ? reasons.filter(\.isTrouble) : Array(reasons.prefix(1))
        guard !told.isEmpty else { return "Nothing is missing." }
        return told.map { $0.text + "." }.joined(separator: " ")
    }

    // MARK: This node

    private static func ownTrouble(_ facts: Facts) -> [Reason] {
        var reasons: [Reason] = []
        if let failure = facts.failure {
            reasons.append(Reason(code: .stopped, text: "This node has stopped: \(failure)"))
        }
        if let free = facts.freeBytes, free < Limits.diskSpaceByteCountMinimum {
            reasons.append(
                Reason(
                    code: .disk,
                    text: "The disk of this node's data folder has \(free >> 20) MiB left"))
        }
        if facts.heightSpokenOf > facts.tip + 2 {
            let count = facts.heightSpokenOf - facts.tip - 1
            reasons.append(
                Reason(
                    code: .behind,
                    text: "This node is \(count) blocks behind the others and fetches them"))
        } else if !facts.isSynchronised {
            reasons.append(
                Reason(
                    code: .synchronising,
                    text: "This node has not compared its chain with the others' yet",
                    ago: facts.startedAgo,
                    isTrouble: facts.startedAgo > Limits.patienceMilliseconds))
        }
        if let withheld = facts.withheld {
            reasons.append(Reason(code: .withheld, text: "This node signs nothing: \(withheld)"))
        }
        if facts.hasOtherKey {
            reasons.append(
                Reason(
                    code: .otherKey,
                    text: "This node signs nothing: the ledger knows it with another consensus "
                        + "key than the one in its configuration"))
        }
        // A node that only watches signs nothing either, and `withheld` says why.
        if facts.withheld == nil, let consensus = facts.consensus, !consensus.isSigning {
            reasons.append(
                Reason(
                    code: .keyElsewhere,
                    text: "This node signs nothing at height \(consensus.height): another process "
                        + "uses its consensus key"))
        }
        return reasons
    }

    // MARK: The step

    private static func step(_ facts: Facts) -> [Reason] {
        guard let consensus = facts.consensus else { return following(facts) }
        let place = "at height \(consensus.height), round \(consensus.round)"
        let span = seconds(facts.waitedFor)
        let isLong = facts.waitedFor > Limits.patienceMilliseconds || consensus.round > 0
        func reason(_ code: Reason.Code, _ text: String, isTrouble: Bool) -> Reason {
            Reason(code: code, text: text, ago: facts.waitedFor, isTrouble: isTrouble)
        }
        switch consensus.waiting {
        case .nothing: return []
        case .start:
            return [
                reason(
                    .interval,
                    "Height \(consensus.height) is not due yet: a block comes for a transaction, "
                        + "and at least every \(seconds(facts.heartbeat))", isTrouble: false)
            ]
        case .verdict:
            return [
                reason(.verdict, "Judging the proposal \(place) for \(span)", isTrouble: isLong)
            ]
        case .certifiedValue:
            return [
                reason(
                    .value,
                    "The others have decided \(place), and this node has waited \(span) for a "
                        + "block it accepts", isTrouble: isLong)
            ]
        case .proposal:
            return [
                reason(
                    .proposal,
                    "Waiting for the proposal \(place) for \(span): none from "
                        + names(consensus.missing.map(\.bytes), facts), isTrouble: isLong)
            ]
        case .prevotes:
            return [
                reason(
                    .prevotes, votes("prevotes", place, span, consensus, facts), isTrouble: isLong)
            ]
        case .precommits:
            return [
                reason(
                    .precommits, votes("precommits", place, span, consensus, facts),
                    isTrouble: isLong)
            ]
        }
    }

    private static func votes(
        _ votes: String, _ place: String, _ span: String, _ consensus: ConsensusStatus,
        _ facts: Facts
    ) -> String {
        let missing = consensus.missing
        let here = consensus.count - missing.count
        guard here < consensus.quorum else {
            return "\(here) of \(consensus.count) \(votes) \(place) are here since \(span), but no "
                + "\(consensus.quorum) of them agree"
        }
        return "\(here) of the \(consensus.quorum) \(votes) needed \(place) are here, for \(span): "
            + "none from " + names(missing.map(\.bytes), facts)
    }

    /// A node that does not decide waits for those who do.
    private static func following(_ facts: Facts) -> [Reason] {
        var reasons: [Reason] = []
        if !facts.deciders.contains(where: \.isSelf) {
            reasons.append(
                Reason(
                    code: .noDecider,
                    text: "This node does not decide height \(facts.tip + 1); it fetches the "
                        + "blocks that \(facts.deciders.count) others make, the newest "
                        + "\(seconds(facts.blockAgo)) ago", isTrouble: false))
        }
        let isOverdue = facts.blockAgo > facts.heartbeat + Limits.patienceMilliseconds
        for failure in facts.fetchFailures {
            reasons.append(
                Reason(
                    code: .fetching,
                    text: "No block from \(failure.endpoint): \(failure.reason)",
                    isTrouble: isOverdue))
        }
        return reasons
    }

    private static func names(_ keys: [[UInt8]], _ facts: Facts) -> String {
        keys.map { key in
            guard let decider = facts.deciders.first(where: { $0.consensusKey == key }) else {
                return "a key that no decider has"
            }
            return "\(decider.node) (\(decider.isSelf ? "this node" : state(decider)))"
        }.joined(separator: ", ")
    }

    /// What is known of a decider that is waited for.
    private static func state(_ decider: Decider) -> String {
        var parts = [decider.endpoint]
        if let ago = decider.heardAgo {
            parts.append("last heard \(seconds(ago)) ago")
        } else {
            parts.append("not heard since this node started")
        }
        if let refusal = decider.refusal { parts.append("not admitted: \(refusal)") }
        if let silence = decider.silence {
            parts.append("takes nothing for \(seconds(silence.ago)): \(silence.reason)")
        }
        return parts.joined(separator: "; ")
    }

    // MARK: The others

    private static func others(_ facts: Facts) -> [Reason] {
        guard facts.deciders.contains(where: \.isSelf) else { return [] }
        let others = facts.deciders.filter { !$0.isSelf }
        let patience = facts.heartbeat + Limits.patienceMilliseconds
        let silent = others.filter { ($0.heardAgo ?? facts.startedAgo) > patience }
        var reasons: [Reason] = []
        if silent.count == others.count, !others.isEmpty {
            let span = silent.map { $0.heardAgo ?? facts.startedAgo }.min() ?? 0
            reasons.append(
                Reason(
                    code: .cutOff,
                    text: "No other decider was heard for \(seconds(span)): this node is cut off, "
                        + "or all of them are down", ago: span))
        }
        for decider in silent where silent.count < others.count {
            let span = decider.heardAgo ?? facts.startedAgo
            reasons.append(
                Reason(
                    code: .silent,
                    text: "\(decider.node) was not heard for \(seconds(span)) "
                        + "(\(decider.endpoint))", node: decider.node, ago: span))
        }
        for decider in others {
            if let silence = decider.silence, silence.ago > Limits.patienceMilliseconds,
                !silent.contains(where: { $0.node == decider.node })
            {
                reasons.append(
                    Reason(
                        code: .unreachable,
                        text: "\(decider.node) is heard, and takes nothing for "
                            + "\(seconds(silence.ago)): \(silence.reason)", node: decider.node,
                        ago: silence.ago))
            }
            if let refusal = decider.refusal {
                reasons.append(
                    Reason(
                        code: .refused, text: "\(decider.node) was not admitted: \(refusal)",
                        node: decider.node))
            }
            if let left = decider.excludedFor {
                reasons.append(
                    Reason(
                        code: .excluded,
                        text: "\(decider.node) is left out for \(seconds(left)) more, for what it "
                            + "sent", node: decider.node))
            }
        }
        return reasons
    }

    private static func clocks(_ facts: Facts) -> [Reason] {
        let known = facts.deciders.filter { !$0.isSelf && $0.clockLead != nil }
        let leads = known.compactMap(\.clockLead).sorted()
        guard !leads.isEmpty else { return [] }
        let own = leads[leads.count / 2]
        if leads.count >= 2, abs(own) > Limits.clockDifferenceMilliseconds {
            return [
                Reason(
                    code: .clock,
                    text: "This node's clock is \(seconds(abs(own))) "
                        + "\(own > 0 ? "behind" : "ahead of") those of most others")
            ]
        }
        return known.compactMap { decider in
            guard let lead = decider.clockLead, abs(lead) > Limits.clockDifferenceMilliseconds
            else { return nil }
            return Reason(
                code: .clock,
                text: "The clock of \(decider.node) is \(seconds(abs(lead))) "
                    + "\(lead > 0 ? "ahead of" : "behind") this node's", node: decider.node)
        }
    }

    private static func lateness(_ facts: Facts) -> [Reason] {
        guard let late = facts.late else { return [] }
        return [
            Reason(
                code: .late, text: late.hasSuffix(".") ? String(late.dropLast()) : late,
                ago: facts.blockAgo)
        ]
    }

    /// `850 ms`, `12.3 s`, `7 min`.
    static func seconds(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<1_000: "\(max(0, milliseconds)) ms"
        case ..<120_000: "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
        case _: "\(milliseconds / 60_000) min"
        }
    }
}
