/// A set of code points as ranges. `\d`, `\w`, `\s` and `\b` know ASCII only, as in RE2.
struct ScalarSet: Sendable, Equatable {
    private(set) var ranges: [ClosedRange<UInt32>] = []

    static let highest: UInt32 = 0x10FFFF
    static let digits = ScalarSet([0x30...0x39])
    static let words = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let spaces = ScalarSet([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let all = ScalarSet([0...highest])
    static let allButNewline = ScalarSet([0x0A...0x0A]).inverted

    /// The classes that stand as `[:name:]` within brackets.
    static func posix(_ name: String) -> ScalarSet? {
        switch name {
        case "alnum": ScalarSet([0x30...0x39, 0x41...0x5A, 0x61...0x7A])
        case "alpha": ScalarSet([0x41...0x5A, 0x61...0x7A])
        case "ascii": ScalarSet([0...0x7F])
        case "blank": ScalarSet([0x09...0x09, 0x20...0x20])
        case "cntrl": ScalarSet([0...0x1F, 0x7F...0x7F])
        case "digit": digits
        case "graph": ScalarSet([0x21...0x7E])
        case "lower": ScalarSet([0x61...0x7A])
        case "print": ScalarSet([0x20...0x7E])
        case "punct": ScalarSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
        case "space": ScalarSet([0x09...0x0D, 0x20...0x20])
        case "upper": ScalarSet([0x41...0x5A])
        case "word": words
        case "xdigit": ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        default: nil
        }
    }

    init(_ ranges: [ClosedRange<UInt32>] = []) {
        for range in ranges { insert(range) }
    }

    mutating func insert(_ range: ClosedRange<UInt32>) {
        ranges.append(range)
    }

    mutating func insert(_ other: ScalarSet) {
        ranges += other.ranges
    }

    /// Whether a normalized set has the code point.
    func contains(_ scalar: UInt32) -> Bool {
        let place = firstPlace(endingFrom: scalar)
        return place < ranges.count && ranges[place].lowerBound <= scalar
    }

    /// The place of the first range of a normalized set that ends at the code point or after it.
    private func firstPlace(endingFrom scalar: UInt32) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The same set with its ranges in order and apart.
    var normalized: ScalarSet {
        guard zip(ranges, ranges.dropFirst()).contains(where: { $0.upperBound >= $1.lowerBound })
        else { return self }
        var result = ScalarSet()
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.ranges.last, range.lowerBound <= last.upperBound {
                let end = max(last.upperBound, range.upperBound)
                result.ranges[result.ranges.count - 1] = last.lowerBound...end
            } else {
                result.insert(range)
            }
        }
        return result
    }

    /// Every code point that is not in the set.
    var inverted: ScalarSet {
        var rest = ScalarSet()
        var next: UInt32 = 0
        for range in normalized.ranges {
            if range.lowerBound > next { rest.insert(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= Self.highest { rest.insert(next...Self.highest) }
        return rest
    }

    /// The set with the other cases of every letter in it, which for some are several: `k` has `K`
    /// and the sign of the kelvin.
    var ignoringCase: ScalarSet {
        let own = normalized
        var all = own
        for folding in UnicodeTables.foldings {
            var place = own.firstPlace(endingFrom: folding.first)
            while place < own.ranges.count, own.ranges[place].lowerBound <= folding.last {
                all.insert(own.ranges[place], foldedBy: folding)
                place += 1
            }
        }
        return all.normalized
    }

    private mutating func insert(
        _ range: ClosedRange<UInt32>, foldedBy folding: UnicodeTables.Folding
    ) {
        // Runs that leave every other code point out are walked one by one.
        var low = max(range.lowerBound, folding.first)
        low += (low - folding.first) % folding.stride
        let high = min(range.upperBound, folding.last)
        guard low <= high else { return }
        func other(_ scalar: UInt32) -> UInt32 { UInt32(Int32(scalar) + folding.distance) }
        guard folding.stride > 1 else { return insert(other(low)...other(high)) }
        for scalar in stride(from: low, through: high, by: Int(folding.stride)) {
            insert(other(scalar)...other(scalar))
        }
    }
}
