/// Changes to inputs: small slips, pieces in wrong places, and what grows without end.
struct Mutation {
    var chance: Chance
    let corpus: [[UInt8]]
    private static let byteCountMaximum = 20_000

    mutating func input() -> [UInt8] {
        var bytes = chance.happens(oneIn: 20) ? noise() : chance.pick(corpus)
        for _ in 0..<chance.below(6) {
            change(&bytes)
            if bytes.count > Self.byteCountMaximum { bytes.removeLast(bytes.count / 2) }
        }
        return bytes
    }

    private mutating func noise() -> [UInt8] {
        (0..<chance.below(60)).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = chance.below(bytes.count + 1)
        switch chance.below(12) {
        case 0:
            if place < bytes.count { bytes[place] ^= 1 << UInt8(chance.below(8)) }
        case 1:
            if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: chance.next()) }
        case 2:
            bytes.insert(UInt8(truncatingIfNeeded: chance.next()), at: place)
        case 3:
            bytes.removeSubrange(place..<min(bytes.count, place + 1 + chance.below(8)))
        case 4:
            bytes.insert(contentsOf: repeated(slice(of: bytes)), at: place)
        case 5:
            bytes.insert(contentsOf: slice(of: chance.pick(corpus)), at: place)
        case 6:
            bytes = Array(bytes[..<place]) + slice(of: chance.pick(corpus))
        case 7:
            bytes = nested(bytes)
        case 8:
            bytes = joined(bytes)
        default:
            bytes.insert(contentsOf: chance.pick(Corpus.pieces), at: place)
        }
    }

    private mutating func slice(of bytes: [UInt8]) -> [UInt8] {
        let start = chance.below(bytes.count + 1)
        return Array(bytes[start..<min(bytes.count, start + 1 + chance.below(30))])
    }

    private mutating func repeated(_ bytes: [UInt8]) -> [UInt8] {
        let count = chance.happens(oneIn: 4) ? 1 + chance.below(400) : 1 + chance.below(4)
        return Array(repeatElement(bytes, count: count).joined())
    }

    /// The input within many pairs of something.
    private mutating func nested(_ bytes: [UInt8]) -> [UInt8] {
        let pairs: [(String, String)] = [
            ("(", ")"), ("[", "]"), ("{1:", "}"), ("!", ""), ("-", ""), ("true ? 1 : ", ""),
            ("l.map(e, ", ")"), ("l.all(e, ", ")"), ("l.exists(e, ", ")"),
            ("[", "].map(e, e + e)[0]"),
            ("[", "].map(e, [e, e])"), ("cel.bind(v, ", ", v + v)"), ("optional.of(", ")"),
            ("string(", ")"), ("size([", "])"), ("", ".a"), ("", "[0]"), ("x.?", ""),
            ("{\"a\":", "}"),
            ("(?:", ")*"), ("(", "){3}"), ("", " && true"), ("", " + 1"),
        ]
        let (before, after) = chance.pick(pairs)
        let count = chance.happens(oneIn: 3) ? chance.below(2_000) : chance.below(12)
        return Array(repeatElement(Array(before.utf8), count: count).joined()) + bytes
            + Array(repeatElement(Array(after.utf8), count: count).joined())
    }

    /// Two inputs by an operator between.
    private mutating func joined(_ bytes: [UInt8]) -> [UInt8] {
        let operators = [" + ", " == ", " && ", " || ", " < ", " in ", ", ", " ? 1 : ", "|", "\n"]
        return bytes + Array(chance.pick(operators).utf8) + chance.pick(corpus)
    }
}
