/// A string as CEL sees it: code points, held as UTF-8 bytes.
///
/// Swift's `String` compares by canonical equivalence and counts grapheme clusters; CEL does
/// neither, and the answer must not change with the Unicode tables of a Swift release. So strings
/// are held and compared as bytes, whose order is also the order of their code points.
package struct Text: Hashable, Sendable {
    /// Well-formed UTF-8.
    package let bytes: [UInt8]

    package init(_ string: String) {
        bytes = Array(string.utf8)
    }

    /// Takes bytes already known to be well-formed UTF-8.
    init(wellFormed bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Refuses bytes that are not well-formed UTF-8.
    package init?(validating bytes: [UInt8]) {
        guard let string = String(validating: bytes, as: UTF8.self) else { return nil }
        self.bytes = Array(string.utf8)
    }

    /// Takes any bytes: each run of those that are no UTF-8 becomes one U+FFFD.
    init(repairing bytes: [UInt8]) {
        var scalars: [Unicode.Scalar] = []
        var decoder = UTF8()
        var rest = bytes.makeIterator()
        var isInRun = false
        while true {
            switch decoder.decode(&rest) {
            case .scalarValue(let scalar):
                scalars.append(scalar)
                isInRun = false
            case .error:
                if !isInRun { scalars.append("\u{FFFD}") }
                isInRun = true
            case .emptyInput:
                self.init(scalars: scalars)
                return
            }
        }
    }

    package var string: String { String(decoding: bytes, as: UTF8.self) }

    /// How many code points there are.
    var count: Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// The code points, in order.
    var scalars: [Unicode.Scalar] { Array(string.unicodeScalars) }

    init(scalars: some Sequence<Unicode.Scalar>) {
        var bytes: [UInt8] = []
        for scalar in scalars { bytes.append(contentsOf: String(scalar).utf8) }
        self.bytes = bytes
    }

    /// A number that differs for most different texts and is the same in every run (FNV-1a).
    var fingerprint: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
    }

    func contains(_ part: Text) -> Bool { firstRange(of: part.bytes, from: 0) != nil }

    func hasPrefix(_ part: Text) -> Bool { bytes.starts(with: part.bytes) }

    func hasSuffix(_ part: Text) -> Bool {
        bytes.count >= part.bytes.count && bytes.suffix(part.bytes.count).elementsEqual(part.bytes)
    }

    /// The first byte offset at or after `start` where `part` begins. UTF-8 is self-synchronising,
    /// so a match of bytes is a match of code points.
    func firstRange(of part: [UInt8], from start: Int) -> Int? {
        guard let first = part.first else { return start <= bytes.count ? start : nil }
        guard bytes.count - start >= part.count else { return nil }
        var offset = start
        let last = bytes.count - part.count
        while offset <= last {
            if bytes[offset] == first, bytes[offset..<offset + part.count].elementsEqual(part) {
                return offset
            }
            offset += 1
        }
        return nil
    }
}

extension Text: Comparable {
    package static func < (left: Text, right: Text) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension Text: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}

/// A field name with its fingerprint, computed once.
struct FieldName: Sendable {
    let text: Text
    let fingerprint: UInt64

    init(_ text: Text) {
        self.text = text
        fingerprint = text.fingerprint
    }
}
