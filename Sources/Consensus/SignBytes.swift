package import Cryptography
import Encoding

/// The bytes under every consensus signature: domain tag ‖ network ‖ height ‖ set digest ‖ type ‖
/// round ‖ validRound ‖ value id, and for proposals the digest of the value's bytes.
///
/// Two messages sign the same bytes exactly when they say the same. No time is in them.
package struct SigningDomain: Sendable, Equatable {
    package let network: String
    package let set: Digest

    package init(network: String, set: Digest) {
        self.network = network
        self.set = set
    }

    package static func == (left: SigningDomain, right: SigningDomain) -> Bool {
        left.set == right.set && left.network.utf8.elementsEqual(right.network.utf8)
    }

    package func bytes(of vote: Vote) -> [UInt8] {
        var writer = header(height: vote.height, type: vote.kind.rawValue, round: vote.round)
        writer.optionalRound(nil)
        writer.optionalDigest(vote.valueID)
        return writer.bytes
    }

    package func bytes(of statement: ProposalStatement) -> [UInt8] {
        var writer = header(
            height: statement.height, type: Self.proposalType, round: statement.round)
        writer.optionalRound(statement.validRound)
        writer.optionalDigest(statement.valueID)
        writer.fixed(statement.content.bytes)
        return writer.bytes
    }

    private static let proposalType: UInt8 = 1

    private func header(height: UInt64, type: UInt8, round: UInt32) -> ByteWriter {
        var writer = ByteWriter()
        writer.string("accredit/v1/consensus")
        writer.string(network)
        writer.uint64(height)
        writer.fixed(set.bytes)
        writer.byte(type)
        writer.uint32(round)
        return writer
    }
}
