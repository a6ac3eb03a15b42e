/// Reads DEFLATE data (RFC 1951), every kind of block. Output beyond a bound named by the caller is
/// refused while it is made, so that a small input cannot fill the memory.
struct Inflate {
    private let input: [UInt8]
    /// Bytes of the input taken so far; the rest of the last one is in `bits`.
    private(set) var position: Int
    private var bits: UInt32 = 0
    private var bitCount = 0
    private(set) var output: [UInt8] = []
    private let maximumByteCount: Int

    /// - Parameter start: where in the input the data begins.
    init(_ input: [UInt8], from start: Int, maximumByteCount: Int) {
        self.input = input
        position = start
        self.maximumByteCount = maximumByteCount
    }

    /// Reads to the end of the last block; `position` is after it then.
    /// - Throws: `binary` for data that is cut off or contradicts itself, `limit`.
    mutating func run() throws(FormatError) {
        while true {
            let isLast = try take(1) == 1
            switch try take(2) {
            case 0: try stored()
            case 1: try block(Self.fixedLiterals(), Self.fixedDistances())
            case 2:
                let (literals, distances) = try dynamicTables()
                try block(literals, distances)
            default: throw Self.broken("a block of an unknown kind")
            }
            if isLast { return }
        }
    }

    static func broken(_ what: String) -> FormatError {
        FormatError(.binary, "the compressed data has \(what)")
    }

    // MARK: - Bits

    private mutating func take(_ count: Int) throws(FormatError) -> Int {
        while bitCount < count {
            guard position < input.count else { throw Self.broken("no end") }
            bits |= UInt32(input[position]) << UInt32(bitCount)
            position += 1
            bitCount += 8
        }
        let value = Int(bits & ((1 << UInt32(count)) - 1))
        bits >>= UInt32(count)
        bitCount -= count
        return value
    }

    private mutating func emit(_ byte: UInt8) throws(FormatError) {
        guard output.count < maximumByteCount else {
            throw FormatError(
                .limit, "the data has more than \(maximumByteCount) bytes when it is unpacked")
        }
        output.append(byte)
    }

    // MARK: - Blocks

    private mutating func stored() throws(FormatError) {
        bits = 0
        bitCount = 0
        let length = try take(16)
        guard try take(16) == length ^ 0xFFFF else { throw Self.broken("a wrong length") }
        for _ in 0..<length { try emit(UInt8(try take(8))) }
    }

    private mutating func symbol(_ table: PrefixCode) throws(FormatError) -> Int {
        var code = 0
        var first = 0
        var index = 0
        for length in 1...PrefixCode.lengthMaximum {
            code |= try take(1)
            let count = table.counts[length]
            if code - first < count { return table.symbols[index + code - first] }
            index += count
            first = (first + count) << 1
            code <<= 1
        }
        throw Self.broken("a code that stands for nothing")
    }

    private mutating func block(
        _ literals: PrefixCode, _ distances: PrefixCode
    ) throws(FormatError) {
        while true {
            let value = try symbol(literals)
            if value == DeflateTables.endOfBlock { return }
            if value < DeflateTables.endOfBlock {
                try emit(UInt8(value))
                continue
            }
            let length = value - DeflateTables.endOfBlock - 1
            guard length < DeflateTables.lengths.count else { throw Self.broken("a wrong length") }
            let count =
                DeflateTables.lengths[length].base + (try take(DeflateTables.lengths[length].extra))
            let code = try symbol(distances)
            guard code < DeflateTables.distances.count else {
                throw Self.broken("a wrong distance")
            }
            let distance =
                DeflateTables.distances[code].base
                + (try take(DeflateTables.distances[code].extra))
            guard distance <= output.count else {
                throw Self.broken("a reference to before its beginning")
            }
            for _ in 0..<count { try emit(output[output.count - distance]) }
        }
    }

    private mutating func dynamicTables() throws(FormatError) -> (PrefixCode, PrefixCode) {
        let literalCount = try take(5) + 257
        let distanceCount = try take(5) + 1
        let lengthCount = try take(4) + 4
        guard literalCount <= 286, distanceCount <= 30 else {
            throw Self.broken("more codes than there are")
        }
        var order = [Int](repeating: 0, count: DeflateTables.order.count)
        for index in 0..<lengthCount { order[DeflateTables.order[index]] = try take(3) }
        let code = try PrefixCode(lengths: order[...])
        var lengths: [Int] = []
        while lengths.count < literalCount + distanceCount {
            let value = try symbol(code)
            let (repeated, count): (Int, Int)
            switch value {
            case 0...15: (repeated, count) = (value, 1)
            case 16:
                guard let last = lengths.last else { throw Self.broken("nothing to repeat") }
                (repeated, count) = (last, 3 + (try take(2)))
            case 17: (repeated, count) = (0, 3 + (try take(3)))
            default: (repeated, count) = (0, 11 + (try take(7)))
            }
            guard lengths.count + count <= literalCount + distanceCount else {
                throw Self.broken("more lengths than codes")
            }
            lengths += [Int](repeating: repeated, count: count)
        }
        guard lengths[DeflateTables.endOfBlock] > 0 else { throw Self.broken("no end of block") }
        return (
            try PrefixCode(lengths: lengths[..<literalCount]),
            try PrefixCode(lengths: lengths[literalCount...])
        )
    }

    private static func fixedLiterals() throws(FormatError) -> PrefixCode {
        var lengths = [Int](repeating: 8, count: 288)
        for symbol in 144..<256 { lengths[symbol] = 9 }
        for symbol in 256..<280 { lengths[symbol] = 7 }
        return try PrefixCode(lengths: lengths[...])
    }

    private static func fixedDistances() throws(FormatError) -> PrefixCode {
        try PrefixCode(lengths: [Int](repeating: 5, count: 30)[...])
    }
}

/// A canonical prefix code (RFC 1951 section 3.2.2): how many codes there are of each length, and
/// their symbols in order.
struct PrefixCode {
    static let lengthMaximum = 15
    private(set) var counts = [Int](repeating: 0, count: lengthMaximum + 1)
    private(set) var symbols: [Int] = []

    /// - Parameter lengths: the code length of each symbol; 0 for one that does not occur.
    /// - Throws: `binary` when the lengths need more codes than there are.
    init(lengths: ArraySlice<Int>) throws(FormatError) {
        for length in lengths { counts[length] += 1 }
        counts[0] = 0
        var left = 1
        for length in 1...Self.lengthMaximum {
            left = left * 2 - counts[length]
            guard left >= 0 else { throw Inflate.broken("codes that contradict each other") }
        }
        for length in 1...Self.lengthMaximum {
            for (symbol, own) in lengths.enumerated() where own == length { symbols.append(symbol) }
        }
    }
}

/// The constants of RFC 1951 section 3.2.5 and 3.2.7.
enum DeflateTables {
    static let endOfBlock = 256

    static let lengths: [(base: Int, extra: Int)] = {
        let extra = [
            0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5,
        ]
        var base = 3
        var result: [(base: Int, extra: Int)] = []
        for bits in extra {
            result.append((base, bits))
            base += 1 << bits
        }
        // The longest length has a code of its own, not the last of the row before.
        result.append((258, 0))
        return result
    }()

    static let distances: [(base: Int, extra: Int)] = {
        var base = 1
        var result: [(base: Int, extra: Int)] = []
        for code in 0..<30 {
            let bits = max(0, code / 2 - 1)
            result.append((base, bits))
            base += 1 << bits
        }
        return result
    }()

    static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
}
