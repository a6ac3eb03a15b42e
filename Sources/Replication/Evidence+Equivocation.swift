package import Consensus
internal import Cryptography
package import Ledger

extension Evidence {
    /// What agreement caught, as the ledger takes it.
    package init(_ equivocation: Equivocation, by node: Identity) {
        switch equivocation {
        case .votes(let first, let second):
            self.init(
                node: node, kind: first.vote.said.kind, height: first.vote.height,
                round: first.vote.round, first: Statement(first.vote.said, first.signature),
                second: Statement(second.vote.said, second.signature))
        case .proposals(let first, let second):
            self.init(
                node: node, kind: .proposal, height: first.statement.height,
                round: first.statement.round,
                first: Statement(first.statement.said, first.signature),
                second: Statement(second.statement.said, second.signature))
        }
    }

    /// Whatever a node signed twice at one height is one offence.
    package func isSameOffence(as other: Evidence) -> Bool {
        node == other.node && height == other.height
    }
}

extension Evidence.Statement {
    fileprivate init(_ said: ConsensusStatement, _ signature: [UInt8]) {
        self.init(
            block: said.valueID, validRound: said.validRound, content: said.content,
            signature: signature)
    }
}
