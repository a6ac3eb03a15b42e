import Cryptography
import Encoding

/// Optional parts as a flag byte, 0 or 1, and the part if the flag is 1.
extension ByteWriter {
    mutating func optionalDigest(_ digest: Digest?) {
        byte(digest == nil ? 0 : 1)
        if let digest { fixed(digest.bytes) }
    }
}

extension ByteReader {
    /// A flag byte that is 0 or 1 and nothing else.
    mutating func flag(_ name: String) throws(FormatError) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        case let other: throw FormatError(.binary, "the flag of \(name) is \(other), not 0 or 1")
        }
    }

    mutating func digest() throws(FormatError) -> Digest { try Digest(bytes: try fixed(32)) }

    mutating func optionalDigest(_ name: String) throws(FormatError) -> Digest? {
        try flag(name) ? try digest() : nil
    }

    mutating func round() throws(FormatError) -> UInt32 {
        let round = try uint32()
        guard round <= Limits.roundMaximum else {
            throw FormatError(.limit, "round \(round) is above \(Limits.roundMaximum)")
        }
        return round
    }

    /// A representative's place in the set.
    mutating func sender() throws(FormatError) -> Int {
        let place = Int(try byte())
        guard place < Limits.representativeCountMaximum else {
            throw FormatError(.limit, "no set has a representative at place \(place)")
        }
        return place
    }

    mutating func signature() throws(FormatError) -> [UInt8] {
        try fixed(Limits.signatureByteCount)
    }

    mutating func value() throws(FormatError) -> ProposedValue {
        ProposedValue(
            id: try digest(), bytes: try bytes(maximumCount: Limits.valueByteCountMaximum))
    }
}

extension ByteWriter {
    mutating func value(_ value: ProposedValue) {
        fixed(value.id.bytes)
        bytes(value.bytes)
    }
}
