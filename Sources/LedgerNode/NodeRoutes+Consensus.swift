import Consensus
import Cryptography
import Encoding
import Ledger

extension NodeRoutes {
    /// What agreement waits for, with nodes named by their did instead of by their consensus key.
    static func json(_ status: ConsensusStatus, _ deciders: Representatives) -> JSON {
        var members = status.json.objectValue ?? JSONObject([])
        func node(_ key: PublicKey) -> String {
            deciders.list.first { $0.consensusKey == key.bytes }?.node.text ?? key.did
        }
        func nodes(_ keys: [PublicKey]) -> JSON { .array(keys.map { .string(node($0)) }) }
        members["proposer"] = .string(node(status.proposer))
        members["missing"] = nodes(status.missing)
        members["prevotesMissing"] = nodes(status.prevotesMissing)
        members["precommitsMissing"] = nodes(status.precommitsMissing)
        var explanation = status.explanation
        for key in [status.proposer] + status.prevotesMissing + status.precommitsMissing {
            explanation = explanation.replacing(key.did, with: node(key))
        }
        members["explanation"] = .string(explanation)
        return .object(members)
    }
}
