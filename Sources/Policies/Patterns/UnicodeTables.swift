/// What Unicode says of code points, frozen in tables of our own: a pattern means the same
/// whichever Swift release it runs on.
enum UnicodeTables {
    /// Code points that are the same letter as others `distance` away.
    struct Folding: Sendable {
        let first: UInt32
        let last: UInt32
        let stride: UInt32
        let distance: Int32
    }

    /// The code points of a general category such as `Lu`, of all that begin with `L`, or of a
    /// script such as `Greek`; nil when nothing has this name.
    static func set(_ name: String) -> ScalarSet? { sets[Text(name)] }

    static let foldings: [Folding] = folding.split(separator: ";").compactMap { run in
        let parts = run.split(separator: ",")
        guard parts.count == 4, let first = UInt32(parts[0], radix: 16),
            let count = UInt32(parts[1], radix: 16), let stride = UInt32(parts[2]),
            let distance = Int32(parts[3], radix: 16)
        else { return nil }
        return Folding(
            first: first, last: first + (count - 1) * stride, stride: stride, distance: distance)
    }

    private static let sets: [Text: ScalarSet] = {
        let surrogates: ClosedRange<UInt32> = 0xD800...0xDFFF
        var sets: [Text: ScalarSet] = ["Any": ScalarSet.all, "Cs": ScalarSet([surrogates])]
        let byCategory = parse(categories, names: categoryNames)
        for (name, set) in byCategory {
            sets[Text(name)] = set
            sets[Text(String(name.prefix(1))), default: ScalarSet()].insert(set)
        }
        sets["C", default: ScalarSet()].insert(surrogates)
        for (name, set) in parse(scripts, names: scriptNames) { sets[Text(name)] = set }
        return sets.mapValues(\.normalized)
    }()

    /// Reads runs such as `Ah26`: the two letters number a name, the digits say how many code points
    /// have it, one without digits. `-` stands for those that have none.
    private static func parse(_ runs: String, names: String) -> [String: ScalarSet] {
        let names = names.split(separator: " ").map(String.init)
        var sets = Array(repeating: ScalarSet(), count: names.count)
        var place: UInt32 = 0
        var bytes = runs.utf8[...]
        while let letter = bytes.popFirst() {
            var number: Int?
            if letter != UInt8(ascii: "-"), let second = bytes.popFirst() {
                number = Int(letter - UInt8(ascii: "A")) * 26 + Int(second - UInt8(ascii: "a"))
            }
            let digits = bytes.prefix(while: \.isDigit)
            bytes = bytes.dropFirst(digits.count)
            let count = digits.isEmpty ? 1 : digits.reduce(0) { $0 * 10 + UInt32($1 - 0x30) }
            if let number { sets[number].insert(place...place + count - 1) }
            place += count
        }
        return Dictionary(uniqueKeysWithValues: zip(names, sets))
    }
}
