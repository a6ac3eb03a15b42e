package import Encoding

/// The bits of a status list; the first is the highest of the first byte (Bitstring Status List
/// 1.0, section 3.3).
package struct StatusBits: Sendable, Hashable {
    /// As many as the specification asks for at least, so that a reader hides in a crowd.
    package static let count = 131_072

    private var bytes: [UInt8]

    package init() { bytes = [UInt8](repeating: 0, count: Self.count / 8) }

    package var count: Int { bytes.count * 8 }

    /// Whether a bit is set; nil beyond the list's end.
    package subscript(_ index: Int) -> Bool? {
        guard index >= 0, index < count else { return nil }
        return bytes[index / 8] & (0x80 >> UInt8(index % 8)) != 0
    }

    /// An index beyond the end changes nothing.
    package mutating func set(_ index: Int) {
        guard index >= 0, index < count else { return }
        bytes[index / 8] |= 0x80 >> UInt8(index % 8)
    }

    /// Multibase base64url of the GZIP of the bits.
    package var encoded: String { "u" + Base64URL.encode(Gzip.compress(bytes)) }

    /// - Throws: `base64url`, `binary`, or `limit` for a list that is too short or too long.
    package init(encoded: String) throws(FormatError) {
        guard encoded.utf8.first == UInt8(ascii: "u") else {
            throw FormatError(.shape, "an encoded list has to begin with u, for base64url")
        }
        let packed = try Base64URL.decode(String(decoding: encoded.utf8.dropFirst(), as: UTF8.self))
        bytes = try Gzip.decompress(
            packed, maximumByteCount: Limits.statusListBitCountMaximum / 8)
        guard bytes.count * 8 >= Self.count else {
            throw FormatError(.shape, "a status list has at least \(Self.count) bits")
        }
    }
}
