/// SplitMix64: the same numbers for the same seed, on every machine.
package struct SeededGenerator: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// - Parameter bound: above 0.
    package mutating func next(below bound: UInt64) -> UInt64 { next() % bound }

    /// - Parameter range: not empty.
    mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
        let count = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int64(next(below: count))
    }

    mutating func index(below count: Int) -> Int { Int(next(below: UInt64(max(count, 1)))) }

    /// True in so many of a thousand cases.
    mutating func chance(_ perMille: Int64) -> Bool {
        perMille > 0 && Int64(next(below: 1000)) < perMille
    }

    mutating func pick<T>(_ choices: [T]) -> T? {
        choices.isEmpty ? nil : choices[index(below: choices.count)]
    }
}
