package import Encoding
import Cryptography

/// Everything a restarted node needs so as never to contradict what it signed and never to forget a
/// lock. It has to be durable before the signature it comes with is made; the newest one counts.
///
/// It holds the messages of the current round unsigned: Ed25519 is deterministic and no time is in
/// them, so signing them again gives the same bytes.
package struct ConsensusRecord: Sendable, Equatable {
    package let network: String
    package let height: UInt64
    let set: Digest
    /// The signing key's 32 bytes.
    let signer: [UInt8]
    package let round: UInt32
    package let step: Step
    let locked: LockedValue?
    let valid: ValidValue?
    /// The votes that led into the round.
    let reason: [SignedVote]
    /// What was signed, or was about to be, in this round.
    let messages: [UnsignedMessage.Content]

    private static let version: UInt8 = 1

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.string(network)
        writer.uint64(height)
        writer.fixed(set.bytes)
        writer.bytes(signer)
        writer.uint32(round)
        writer.byte(step.rawValue)
        // The locked, the valid and the proposed value are mostly one and the same: each is written
        // once, and named by its place.
        let table = distinctValues
        writer.byte(UInt8(clamping: table.count))
        for value in table { writer.value(value) }
        func place(_ value: ProposedValue) -> UInt8 {
            UInt8(clamping: table.firstIndex(of: value) ?? 0)
        }
        writer.byte(locked == nil ? 0 : 1)
        if let locked {
            writer.byte(place(locked.value))
            writer.uint32(locked.round)
        }
        writer.byte(valid == nil ? 0 : 1)
        if let valid {
            writer.byte(place(valid.value))
            valid.proof.write(to: &writer)
        }
        writer.byte(UInt8(clamping: reason.count))
        for signed in reason {
            writer.byte(signed.vote.kind.rawValue)
            signed.write(to: &writer)
        }
        writer.byte(UInt8(clamping: messages.count))
        for message in messages {
            switch message {
            case .proposal(let proposal):
                writer.byte(1)
                writer.byte(place(proposal.value))
                writer.byte(proposal.proof == nil ? 0 : 1)
                proposal.proof?.write(to: &writer)
            case .vote(let vote):
                writer.byte(vote.kind.rawValue)
                writer.optionalDigest(vote.valueID)
            }
        }
        return writer.bytes
    }

    private var distinctValues: [ProposedValue] {
        var table: [ProposedValue] = []
        var all = [locked?.value, valid?.value]
        for message in messages {
            if case .proposal(let proposal) = message { all.append(proposal.value) }
        }
        for value in all.compactMap({ $0 }) where !table.contains(value) { table.append(value) }
        return table
    }
}

extension ConsensusRecord {
    /// - Throws: FormatError for bytes that are no record, or a damaged one. A node with such a
    ///   record must not sign at this height.
    package init(decoding bytes: [UInt8]) throws(FormatError) {
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        guard version == Self.version else {
            throw FormatError(.binary, "consensus record version \(version) is not known")
        }
        network = try reader.string(maximumByteCount: Limits.networkByteCountMaximum)
        height = try reader.uint64()
        set = try reader.digest()
        signer = try reader.bytes(maximumCount: 32)
        round = try reader.round()
        guard let step = Step(rawValue: try reader.byte()) else {
            throw FormatError(.binary, "the record's step is not known")
        }
        self.step = step
        let table = try Self.table(&reader)
        func value(_ place: UInt8) throws(FormatError) -> ProposedValue {
            guard table.indices.contains(Int(place)) else {
                throw FormatError(.binary, "the record has no value at place \(place)")
            }
            return table[Int(place)]
        }
        var locked: LockedValue?
        if try reader.flag("the lock") {
            locked = LockedValue(value: try value(reader.byte()), round: try reader.round())
        }
        self.locked = locked
        var valid: ValidValue?
        if try reader.flag("the valid value") {
            let proven = try value(reader.byte())
            valid = ValidValue(value: proven, proof: try ProofOfLock(reading: &reader))
        }
        self.valid = valid
        reason = try Self.reason(&reader)
        var messages: [UnsignedMessage.Content] = []
        let count = Int(try reader.byte())
        guard count <= Limits.recordedMessageCountMaximum else {
            throw FormatError(.limit, "the record has \(count) messages")
        }
        for _ in 0..<count {
            let type = try reader.byte()
            if type == 1 {
                let proposed = try value(reader.byte())
                let proof =
                    try reader.flag("the proof of lock") ? try ProofOfLock(reading: &reader) : nil
                messages.append(
                    .proposal(
                        Proposal(height: height, round: round, value: proposed, proof: proof)))
            } else if let kind = VoteKind(rawValue: type) {
                let id = try reader.optionalDigest("the vote's value")
                messages.append(
                    .vote(Vote(kind: kind, height: height, round: round, valueID: id)))
            } else {
                throw FormatError(.binary, "the record's message type \(type) is not known")
            }
        }
        self.messages = messages
        try reader.end()
    }

    private static func reason(_ reader: inout ByteReader) throws(FormatError) -> [SignedVote] {
        let count = Int(try reader.byte())
        guard count <= Limits.representativeCountMaximum else {
            throw FormatError(.limit, "the record has \(count) votes")
        }
        var votes: [SignedVote] = []
        for _ in 0..<count {
            guard let kind = VoteKind(rawValue: try reader.byte()) else {
                throw FormatError(.binary, "the record's vote is of no known kind")
            }
            votes.append(try SignedVote(reading: &reader, kind: kind))
        }
        return votes
    }

    private static func table(_ reader: inout ByteReader) throws(FormatError) -> [ProposedValue] {
        let count = Int(try reader.byte())
        guard count <= Limits.recordedValueCountMaximum else {
            throw FormatError(.limit, "the record has \(count) values")
        }
        var table: [ProposedValue] = []
        for _ in 0..<count { table.append(try reader.value()) }
        return table
    }
}
