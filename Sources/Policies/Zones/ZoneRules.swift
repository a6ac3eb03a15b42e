/// When a time zone changes its offset from UTC: the content of a TZif file (RFC 9636).
struct ZoneRules: Sendable {
    /// Moments of change in ascending order, in seconds since 1970, with the offset from then on.
    private let changes: [(moment: Int64, offset: Int64)]
    /// The offset before the first change.
    private let initial: Int64
    /// The rule for all moments after the last change.
    private let footer: ZoneFooter?

    /// The seconds east of UTC at a moment.
    func offset(at moment: Int64) -> Int64 {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].moment <= moment { low = middle + 1 } else { high = middle }
        }
        if low == changes.count, let footer { return footer.offset(at: moment) }
        return low == 0 ? initial : changes[low - 1].offset
    }

    /// Refuses what is no TZif file of version 2 or later.
    init?(file: [UInt8]) {
        var reader = Reader(bytes: file)
        guard let narrow = Header(&reader), narrow.version >= UInt8(ascii: "2"),
            // The first block has the same with moments of 32 bits.
            reader.skip(narrow.blockByteCount(momentByteCount: 4)),
            let header = Header(&reader), header.typeCount > 0
        else { return nil }
        var moments: [Int64] = []
        for _ in 0..<header.changeCount {
            guard let moment = reader.number(8) else { return nil }
            guard moments.last.map({ $0 < moment }) ?? true else { return nil }
            moments.append(moment)
        }
        var kinds: [Int] = []
        for _ in 0..<header.changeCount {
            guard let kind = reader.number(1) else { return nil }
            kinds.append(Int(kind & 0xFF))
        }
        var offsets: [Int64] = []
        for _ in 0..<header.typeCount {
            guard let offset = reader.number(4), (-90_000...93_600).contains(offset),
                reader.skip(2)
            else { return nil }
            offsets.append(offset)
        }
        guard kinds.allSatisfy({ $0 < offsets.count }),
            reader.skip(header.bytesAfterTypes(momentByteCount: 8)),
            let line = reader.line()
        else { return nil }
        changes = zip(moments, kinds).map { ($0, offsets[$1]) }
        initial = offsets[0]
        if line.isEmpty {
            footer = nil
        } else {
            guard let parsed = ZoneFooter(line) else { return nil }
            footer = parsed
        }
    }

    private struct Header {
        let version: UInt8
        let indicatorCount: Int
        let standardCount: Int
        let leapCount: Int
        let changeCount: Int
        let typeCount: Int
        let nameByteCount: Int

        init?(_ reader: inout Reader) {
            guard let magic = reader.number(4), magic == 0x545A_6966,
                let version = reader.number(1), reader.skip(15)
            else { return nil }
            var counts: [Int] = []
            for _ in 0..<6 {
                guard let count = reader.number(4),
                    (0...Int64(Limits.zoneFileByteCountMaximum)).contains(count)
                else { return nil }
                counts.append(Int(count))
            }
            self.version = UInt8(truncatingIfNeeded: version)
            indicatorCount = counts[0]
            standardCount = counts[1]
            leapCount = counts[2]
            changeCount = counts[3]
            typeCount = counts[4]
            nameByteCount = counts[5]
        }

        func bytesAfterTypes(momentByteCount: Int) -> Int {
            nameByteCount + leapCount * (momentByteCount + 4) + standardCount + indicatorCount
        }

        func blockByteCount(momentByteCount: Int) -> Int {
            changeCount * (momentByteCount + 1) + typeCount * 6
                + bytesAfterTypes(momentByteCount: momentByteCount)
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        /// A big-endian number in two's complement.
        mutating func number(_ count: Int) -> Int64? {
            guard count <= bytes.count - place else { return nil }
            var value: Int64 = 0
            for byte in bytes[place..<place + count] { value = value << 8 | Int64(byte) }
            place += count
            return count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : value
        }

        mutating func skip(_ count: Int) -> Bool {
            guard count <= bytes.count - place else { return false }
            place += count
            return true
        }

        /// What stands between two line feeds at the end.
        mutating func line() -> ArraySlice<UInt8>? {
            guard number(1) == 0x0A else { return nil }
            let line = bytes[place...].prefix { $0 != 0x0A }
            return place + line.count < bytes.count ? line : nil
        }
    }
}
