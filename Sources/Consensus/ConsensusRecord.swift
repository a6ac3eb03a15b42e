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

    /// The first byte: whether the values stand in the record or are only named.
    private enum Form: UInt8 {
        case complete = 1
        case naming = 2
    }

    /// The record with its values in it.
    package func encoded() -> [UInt8] { encoded(.complete) }

    /// The record with its values only named, by id and content. Values are blocks, and the same
    /// from one record to the next: whoever stores records keeps `values` apart, and each once.
    package func encodedNamingValues() -> [UInt8] { encoded(.naming) }

    private func encoded(_ form: Form) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(form.rawValue)
        writer.string(network)
        writer.uint64(height)
        writer.fixed(set.bytes)
        writer.bytes(signer)
        writer.uint32(round)
        writer.byte(step.rawValue)
        // The locked, the valid and the proposed value are mostly one and the same: each is written
        // once, and named by its place.
        let table = values
        writer.byte(UInt8(clamping: table.count))
        for value in table {
            switch form {
            case .complete: writer.value(value)
            case .naming:
                writer.fixed(value.id.bytes)
                writer.fixed(value.content.bytes)
            }
        }
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

    /// The locked, the valid and the proposed value, each once.
    package var values: [ProposedValue] {
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
    /// - Parameter values: what a record that only names its values is completed with.
    /// - Throws: FormatError for bytes that are no record, or a damaged one, or when a value that
    ///   it names is missing. A node with such a record must not sign at this height.
    package init(
        decoding bytes: [UInt8], values: [ProposedValue] = []
    ) throws(FormatError) {
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        guard let form = Form(rawValue: version) else {
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
        let table = try Self.table(&reader, form, values)
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

    private static func table(
        _ reader: inout ByteReader, _ form: Form, _ known: [ProposedValue]
    ) throws(FormatError) -> [ProposedValue] {
        let count = Int(try reader.byte())
        guard count <= Limits.recordedValueCountMaximum else {
            throw FormatError(.limit, "the record has \(count) values")
        }
        var table: [ProposedValue] = []
        for _ in 0..<count {
            switch form {
            case .complete: table.append(try reader.value())
            case .naming:
                let (id, content) = (try reader.digest(), try reader.digest())
                guard let value = known.first(where: { $0.id == id && $0.content == content })
                else { throw FormatError(.binary, "the record's value \(id.text) is missing") }
                table.append(value)
            }
        }
        return table
    }
}
