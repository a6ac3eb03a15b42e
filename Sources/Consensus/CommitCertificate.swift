package import Cryptography
package import Encoding

/// A quorum of precommits for one value in one round: the proof that a height is decided, for
/// everybody who knows the set.
package struct CommitCertificate: Sendable, Hashable {
    let quorum: SignedQuorum

    /// The certificate that these precommits make. Nothing is checked; `verify` does that.
    package init(height: UInt64, round: UInt32, valueID: Digest, votes: [SignedVote], count: Int) {
        self.init(
            SignedQuorum(height: height, round: round, valueID: valueID, votes: votes, count: count)
        )
    }

    init(_ quorum: SignedQuorum) { self.quorum = quorum }

    package var height: UInt64 { quorum.height }
    package var round: UInt32 { quorum.round }
    package var valueID: Digest { quorum.valueID }
    var signatures: QuorumSignatures { quorum.signatures }

    /// The vote that every signer made.
    package var vote: Vote { quorum.vote(.precommit) }

    /// The signers' places in the set, in ascending order.
    package var signers: [Int] { signatures.signers }

    /// Checks that a quorum of `set` precommitted exactly this value at this height.
    ///
    /// - Throws: `.certificate`, saying what does not fit.
    package func verify(
        set: RepresentativeSet, network: String, height: UInt64, valueID: Digest,
        checking: any SignatureChecking = DirectSignatures()
    ) throws(ConsensusError) {
        guard self.height == height else {
            throw ConsensusError(.certificate, "it is for height \(self.height), not \(height)")
        }
        guard self.valueID == valueID else {
            throw ConsensusError(
                .certificate, "it is for value \(self.valueID.text), not \(valueID.text)")
        }
        try signatures.verify(vote, set: set, network: network, checking: checking)
    }
}

extension CommitCertificate {
    /// `{"height","round","block": hex,"bitmap": base64url,"signatures":[base64url]}`
    package var json: JSON {
        [
            "height": JSON(height), "round": JSON(UInt64(round)), "block": JSON(valueID.text),
            "bitmap": JSON(Base64URL.encode(signatures.bitmap)),
            "signatures": .array(signatures.signatures.map { JSON(Base64URL.encode($0)) }),
        ]
    }

    /// Reads the JSON form. Nothing is verified yet.
    package init(json: JSON, path: String = "certificate") throws(FormatError) {
        var fields = try Fields(json, path)
        let height = try fields.uint64("height")
        let round = try fields.uint64("round")
        guard round <= UInt64(Limits.roundMaximum) else {
            throw FormatError(.limit, "\(path).round is above \(Limits.roundMaximum)")
        }
        let valueID = try fields.digest("block")
        let bitmap = try fields.bytes("bitmap")
        let texts = try fields.array(
            "signatures", maximumCount: Limits.representativeCountMaximum)
        var signatures: [[UInt8]] = []
        for json in texts {
            guard let text = json.stringValue else {
                throw fields.error("signatures", "has to be a list of base64url strings")
            }
            signatures.append(try Base64URL.decode(text))
        }
        quorum = SignedQuorum(
            height: height, round: UInt32(round), valueID: valueID,
            signatures: try QuorumSignatures(bitmap: bitmap, signatures: signatures))
        try fields.end()
    }

    /// The binary form, as messages carry it.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// Reads the binary form. Nothing is verified yet.
    package init(decoding bytes: [UInt8]) throws(FormatError) {
        var reader = ByteReader(bytes)
        try self.init(reading: &reader)
        try reader.end()
    }

    func write(to writer: inout ByteWriter) { quorum.write(to: &writer) }

    init(reading reader: inout ByteReader) throws(FormatError) {
        quorum = try SignedQuorum(reading: &reader)
    }
}
