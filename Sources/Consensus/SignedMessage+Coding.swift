package import Encoding

/// The binary form: a version byte, a type byte, then the fields. Every length is bounded before
/// anything is copied, and no two byte strings stand for the same message.
extension SignedMessage {
    private static let version: UInt8 = 1

    private enum Kind: UInt8 {
        case proposal = 1
        case prevote = 2
        case precommit = 3
        case proofOfLock = 4
        case decision = 5
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: usualByteCount)
        writer.byte(Self.version)
        switch self {
        case .proposal(let signed):
            writer.byte(Kind.proposal.rawValue)
            signed.proposal.write(to: &writer)
            writer.byte(UInt8(clamping: signed.sender))
            writer.fixed(signed.signature)
        case .vote(let signed):
            writer.byte(signed.vote.kind.rawValue)
            signed.write(to: &writer)
        case .proofOfLock(let proof):
            writer.byte(Kind.proofOfLock.rawValue)
            proof.write(to: &writer)
        case .decision(let certificate, let value):
            writer.byte(Kind.decision.rawValue)
            certificate.write(to: &writer)
            writer.byte(value == nil ? 0 : 1)
            if let value { writer.value(value) }
        }
        return writer.bytes
    }

    /// The value sent along and room for what stands around it: growing by and by, a message as
    /// large as a block would be copied each time.
    private var usualByteCount: Int {
        switch self {
        case .proposal(let signed): signed.proposal.value.bytes.count + 1024
        case .decision(_, let value): (value?.bytes.count ?? 0) + 1024
        case .vote, .proofOfLock: 0
        }
    }

    package init(decoding bytes: [UInt8]) throws(FormatError) {
        try self.init(decoding: bytes[...])
    }

    /// Reads a message and checks its shape and bounds. No signature is verified yet.
    package init(decoding bytes: ArraySlice<UInt8>) throws(FormatError) {
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        guard version == Self.version else {
            throw FormatError(.binary, "consensus message version \(version) is not known")
        }
        let type = try reader.byte()
        guard let kind = Kind(rawValue: type) else {
            throw FormatError(.binary, "consensus message type \(type) is not known")
        }
        switch kind {
        case .proposal:
            let proposal = try Proposal(reading: &reader)
            self = .proposal(
                SignedProposal(
                    proposal: proposal, sender: try reader.sender(),
                    signature: try reader.signature()))
        case .prevote:
            self = .vote(try SignedVote(reading: &reader, kind: .prevote))
        case .precommit:
            self = .vote(try SignedVote(reading: &reader, kind: .precommit))
        case .proofOfLock:
            self = .proofOfLock(try ProofOfLock(reading: &reader))
        case .decision:
            let certificate = try CommitCertificate(reading: &reader)
            let value = try reader.flag("the decided value") ? try reader.value() : nil
            if let value, value.id != certificate.valueID {
                throw FormatError(.binary, "the value sent along is not the decided one")
            }
            self = .decision(certificate, value)
        }
        try reader.end()
    }
}

extension Proposal {
    func write(to writer: inout ByteWriter) {
        writer.uint64(height)
        writer.uint32(round)
        writer.value(value)
        writer.byte(proof == nil ? 0 : 1)
        proof?.write(to: &writer)
    }

    /// - Throws: `.binary` where the proof is not one for this value in an earlier round.
    init(reading reader: inout ByteReader) throws(FormatError) {
        height = try reader.uint64()
        round = try reader.round()
        value = try reader.value()
        proof = try reader.flag("the proof of lock") ? try ProofOfLock(reading: &reader) : nil
        guard let proof else { return }
        guard proof.height == height, proof.round < round, proof.valueID == value.id else {
            throw FormatError(
                .binary, "the proof of lock is not for this value in an earlier round")
        }
    }
}

extension Vote {
    func write(to writer: inout ByteWriter) {
        writer.uint64(height)
        writer.uint32(round)
        writer.optionalDigest(valueID)
    }

    init(reading reader: inout ByteReader, kind: VoteKind) throws(FormatError) {
        self.kind = kind
        height = try reader.uint64()
        round = try reader.round()
        valueID = try reader.optionalDigest("the vote's value")
    }
}

extension SignedVote {
    func write(to writer: inout ByteWriter) {
        vote.write(to: &writer)
        writer.byte(UInt8(clamping: sender))
        writer.fixed(signature)
    }

    init(reading reader: inout ByteReader, kind: VoteKind) throws(FormatError) {
        vote = try Vote(reading: &reader, kind: kind)
        sender = try reader.sender()
        signature = try reader.signature()
    }
}
