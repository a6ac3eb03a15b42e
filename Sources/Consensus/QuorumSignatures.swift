import Cryptography
import Encoding

/// Who signed, as a bitmap over the set, and their signatures in the same order. Bit i stands in
/// byte i/8 at value 1 << (i mod 8).
struct QuorumSignatures: Sendable, Hashable {
    let bitmap: [UInt8]
    let signatures: [[UInt8]]

    /// The signatures of one and the same vote, in order of their senders.
    init(_ votes: [SignedVote], count: Int) {
        var bitmap = [UInt8](repeating: 0, count: (count + 7) / 8)
        var signatures: [[UInt8]] = []
        for vote in votes where (0..<count).contains(vote.sender) {
            bitmap[vote.sender / 8] |= 1 << UInt8(vote.sender % 8)
            signatures.append(vote.signature)
        }
        self.bitmap = bitmap
        self.signatures = signatures
    }

    /// - Throws: `.limit` for more than 21 signers, `.binary` where bitmap and signatures disagree.
    init(bitmap: [UInt8], signatures: [[UInt8]]) throws(FormatError) {
        guard bitmap.count <= Limits.bitmapByteCountMaximum,
            signatures.count <= Limits.representativeCountMaximum
        else {
            throw FormatError(
                .limit, "a certificate has at most \(Limits.representativeCountMaximum) signatures")
        }
        let signers = bitmap.reduce(0) { $0 + $1.nonzeroBitCount }
        guard signers == signatures.count else {
            throw FormatError(
                .binary, "the bitmap names \(signers) signers for \(signatures.count) signatures")
        }
        for signature in signatures where signature.count != Limits.signatureByteCount {
            throw FormatError(.binary, "a signature has \(signature.count) bytes, not 64")
        }
        self.bitmap = bitmap
        self.signatures = signatures
    }

    /// The signers' places in ascending order.
    var signers: [Int] {
        (0..<bitmap.count * 8).filter { bitmap[$0 / 8] & (1 << UInt8($0 % 8)) != 0 }
    }

    /// The votes that these signatures stand for.
    func votes(for vote: Vote) -> [SignedVote] {
        zip(signers, signatures).map { SignedVote(vote: vote, sender: $0, signature: $1) }
    }

    /// Checks that a quorum of the set signed this vote.
    ///
    /// - Parameters:
    ///   - quorum: how many signatures it takes; the set's own quorum unless said otherwise.
    ///   - isKnown: tells which signatures were verified before and need no second look.
    func verify(
        _ vote: Vote, set: RepresentativeSet, network: String, quorum: Int? = nil,
        checking: any SignatureChecking = DirectSignatures(),
        isKnown: (SignedVote) -> Bool = { _ in false }
    ) throws(ConsensusError) {
        guard bitmap.count == (set.count + 7) / 8, signers.allSatisfy({ $0 < set.count }) else {
            throw ConsensusError(
                .certificate, "its bitmap does not fit a set of \(set.count) representatives")
        }
        let quorum = quorum ?? set.quorum
        guard signatures.count >= quorum else {
            throw ConsensusError(
                .certificate, "\(signatures.count) signatures; \(quorum) make a quorum")
        }
        let message = SigningDomain(network: network, set: set.digest).bytes(of: vote)
        for signed in votes(for: vote) where !isKnown(signed) {
            let key = set.representatives[signed.sender]
            guard checking.verifies(signed.signature, of: message, by: key) else {
                throw ConsensusError(
                    .certificate, "the signature of \(key.did) does not verify")
            }
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.bytes(bitmap)
        writer.byte(UInt8(clamping: signatures.count))
        for signature in signatures { writer.fixed(signature) }
    }

    init(reading reader: inout ByteReader) throws(FormatError) {
        let bitmap = try reader.bytes(maximumCount: Limits.bitmapByteCountMaximum)
        let count = Int(try reader.byte())
        guard count <= Limits.representativeCountMaximum else {
            throw FormatError(.limit, "\(count) signatures are announced")
        }
        var signatures: [[UInt8]] = []
        for _ in 0..<count { signatures.append(try reader.signature()) }
        try self.init(bitmap: bitmap, signatures: signatures)
    }
}
