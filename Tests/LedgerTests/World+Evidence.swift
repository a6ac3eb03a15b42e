import Cryptography
import Encoding
import Simulator

@testable import Ledger

extension World {
    /// What a person signs about a height with its consensus key, in the set that acts then unless
    /// another is given.
    func statement(
        _ said: ConsensusStatement, by person: Person, network: String = World.network,
        set: Digest? = nil, key: Person? = nil
    ) throws -> Evidence.Statement {
        let set = set ?? state.seats(at: said.height)
        let signer = try key ?? Self.consensusKey(of: person)
        return Evidence.Statement(
            block: said.valueID, validRound: said.validRound, content: said.content,
            signature: try signer.key.sign(said.bytes(network: network, set: set)))
    }

    /// What names the deciders of a height under their signatures, with other parts if given.
    func seats(
        at height: UInt64, genesis: Digest? = nil, since: UInt64? = nil
    ) throws -> Digest {
        ConsensusSeating.digest(
            genesis: genesis ?? state.genesisDigest,
            since: since ?? state.seatedSince(at: height), quorum: state.quorum(at: height),
            keys: state.representatives(at: height).list.map(\.consensusKey))
    }

    static func said(
        _ kind: ConsensusStatement.Kind, _ height: UInt64, round: UInt32 = 0,
        _ block: String?
    ) -> ConsensusStatement {
        ConsensusStatement(
            kind: kind, height: height, round: round, validRound: nil,
            valueID: block.map { .sha256(Array($0.utf8)) },
            content: kind == .proposal ? .sha256(Array("\(block ?? "")!".utf8)) : nil)
    }

    /// Evidence that a person signed for both blocks at a height; nil is no block.
    func evidence(
        against person: Person, _ kind: ConsensusStatement.Kind = .prevote, at height: UInt64,
        round: UInt32 = 0, _ blocks: (String?, String?) = ("a", "b")
    ) throws -> Evidence {
        Evidence(
            node: person.identity, kind: kind, height: height, round: round,
            first: try statement(
                Self.said(kind, height, round: round, blocks.0), by: person),
            second: try statement(
                Self.said(kind, height, round: round, blocks.1), by: person))
    }

    /// Sends evidence in a block of its own.
    mutating func charge(
        _ person: Person, _ kind: ConsensusStatement.Kind = .prevote, at height: UInt64
    ) throws -> ResultCode {
        let evidence = try evidence(against: person, kind, at: height)
        return try run(voters[0], .evidence(evidence)).code
    }
}
