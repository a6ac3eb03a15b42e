/// What happened, as one number, and as lines for whoever reads them.
struct Trace {
    /// FNV-1a over everything noted.
    private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var lines: [String] = []
    let isKept: Bool

    mutating func note(
        _ time: Int64, _ node: Int, _ what: StaticString, _ numbers: UInt64...,
        text: @autoclosure () -> String = ""
    ) {
        mix(UInt64(bitPattern: time))
        mix(UInt64(node))
        mix(UInt64(what.utf8CodeUnitCount))
        for number in numbers { mix(number) }
        guard isKept else { return }
        let detail = text()
        let rest = detail.isEmpty ? numbers.map { "\($0)" }.joined(separator: " ") : detail
        lines.append("\(time) ms  node \(node)  \(what)  \(rest)")
    }

    private mutating func mix(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            digest = (digest ^ (value >> shift & 0xFF)) &* 0x100_0000_01B3
        }
    }
}
