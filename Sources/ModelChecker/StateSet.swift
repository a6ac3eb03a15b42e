/// A set of 64-bit words that only grows: open addressing, linear probing.
struct StateSet {
    /// A word plus one; 0 is an empty place.
    private var table: [UInt64]
    private var mask: Int
    private(set) var count = 0

    init() {
        table = Array(repeating: 0, count: 1 << 16)
        mask = table.count - 1
    }

    /// Whether the word is new. The greatest word does not occur.
    mutating func insert(_ word: UInt64) -> Bool {
        if count * 3 > table.count * 2 { grow() }
        var place = Self.start(word, mask)
        while table[place] != 0 {
            if table[place] == word &+ 1 { return false }
            place = (place + 1) & mask
        }
        table[place] = word &+ 1
        count += 1
        return true
    }

    private static func start(_ word: UInt64, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> 20) & mask
    }

    private mutating func grow() {
        let old = table
        table = Array(repeating: 0, count: old.count * 2)
        mask = table.count - 1
        for entry in old where entry != 0 {
            var place = Self.start(entry &- 1, mask)
            while table[place] != 0 { place = (place + 1) & mask }
            table[place] = entry
        }
    }
}
