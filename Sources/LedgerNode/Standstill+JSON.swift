import Consensus
import Cryptography
import Encoding
import Ledger

extension Standstill {
    /// `{"trouble", "text", "reasons": [{"code", "text", "trouble", "node"?, "since"?}], "step"?}`.
    /// `step`, of a node that decides, is `{"height", "round", "waitingFor", "since", "quorum",
    /// "heard": [did], "missing": [{"node", "endpoint", "lastHeard"?, "reason"?}]}`.
    var json: JSON {
        var members: [(String, JSON)] = [
            ("trouble", JSON(hasTrouble)), ("text", .string(text)),
            ("reasons", .array(reasons.map(json))),
        ]
        if let step { members.append(("step", step)) }
        return .object(JSONObject(members))
    }

    private func json(_ reason: Reason) -> JSON {
        var members: [(String, JSON)] = [
            ("code", .string(reason.code.rawValue)), ("text", .string(reason.text)),
            ("trouble", JSON(reason.isTrouble)),
        ]
        if let node = reason.node { members.append(("node", .string(node.text))) }
        if let ago = reason.ago { members.append(("since", moment(ago))) }
        return .object(JSONObject(members))
    }

    private var step: JSON? {
        guard let consensus = facts.consensus else { return nil }
        let missing = consensus.missing.map(\.bytes)
        let heard: [PublicKey] =
            switch consensus.waiting {
            case .prevotes: others(than: consensus.prevotesMissing)
            case .precommits: others(than: consensus.precommitsMissing)
            case .start, .proposal, .verdict, .certifiedValue, .nothing: []
            }
        return [
            "height": JSON(consensus.height), "round": JSON(UInt64(consensus.round)),
            "waitingFor": .string(Self.name(consensus.waiting)), "since": moment(facts.waitedFor),
            "quorum": JSON(consensus.quorum),
            "heard": .array(heard.map { .string(name($0.bytes)) }),
            "missing": .array(missing.map(absent)),
        ]
    }

    private func others(than missing: [PublicKey]) -> [PublicKey] {
        facts.deciders.compactMap { decider in
            try? PublicKey(algorithm: .ed25519, bytes: decider.consensusKey)
        }.filter { !missing.contains($0) }
    }

    private func name(_ key: [UInt8]) -> String {
        facts.deciders.first { $0.consensusKey == key }?.node.text ?? ""
    }

    private func absent(_ key: [UInt8]) -> JSON {
        guard let decider = facts.deciders.first(where: { $0.consensusKey == key }) else {
            return .object(JSONObject([]))
        }
        var members: [(String, JSON)] = [
            ("node", .string(decider.node.text)), ("endpoint", .string(decider.endpoint)),
        ]
        if let ago = decider.heardAgo { members.append(("lastHeard", moment(ago))) }
        if let reason = decider.refusal ?? decider.silence?.reason {
            members.append(("reason", .string(reason)))
        }
        return .object(JSONObject(members))
    }

    /// The deciders of the next block as this node sees them.
    var deciders: JSON {
        .array(
            facts.deciders.map { decider in
                var members: [(String, JSON)] = [
                    ("node", .string(decider.node.text)), ("endpoint", .string(decider.endpoint)),
                    ("self", JSON(decider.isSelf)),
                ]
                if let ago = decider.heardAgo { members.append(("lastHeard", moment(ago))) }
                if let last = decider.spokeOf {
                    members.append(("height", JSON(last.height)))
                    members.append(("round", JSON(UInt64(last.round))))
                }
                if let silence = decider.silence {
                    members.append(
                        (
                            "unreachable",
                            ["reason": .string(silence.reason), "since": moment(silence.ago)]
                        ))
                }
                if let refusal = decider.refusal { members.append(("refused", .string(refusal))) }
                if let left = decider.excludedFor {
                    members.append(("excludedMilliseconds", .number(JSONNumber(left))))
                }
                if let lead = decider.clockLead {
                    members.append(("clockLeadMilliseconds", .number(JSONNumber(lead))))
                }
                return .object(JSONObject(members))
            })
    }

    private func moment(_ ago: Int64) -> JSON {
        .string(facts.now.adding(milliseconds: -ago).rfc3339)
    }

    private static func name(_ waiting: ConsensusStatus.Waiting) -> String {
        switch waiting {
        case .start: "start"
        case .proposal: "proposal"
        case .verdict: "verdict"
        case .prevotes: "prevotes"
        case .precommits: "precommits"
        case .certifiedValue: "block"
        case .nothing: "nothing"
        }
    }
}
