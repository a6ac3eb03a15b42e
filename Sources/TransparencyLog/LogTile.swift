internal import Cryptography
internal import Encoding

/// A part of a log as it is served: 256 hashes of one level, or 256 entries (C2SP tlog-tiles).
package struct LogTile: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        /// Hashes of subtrees of 256^level entries.
        case hashes(level: Int)
        case entries
    }

    package static let width = 256

    package let content: Content
    /// The place of the tile in its level.
    package let index: UInt64
    /// How many there are; fewer than `width` only in the last tile.
    package let count: Int

    package init?(_ content: Content, index: UInt64, count: Int) {
        guard (1...Self.width).contains(count) else { return nil }
        if case .hashes(let level) = content, !(0...7).contains(level) { return nil }
        self.content = content
        self.index = index
        self.count = count
    }

    /// Reads the path under the log's address, `tile/0/x001/234.p/17` for example.
    package init?(path: String) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts.removeFirst() == "tile" else { return nil }
        let kind = parts.removeFirst()
        if kind == "entries" {
            content = .entries
        } else {
            guard let level = Int(kind), (0...7).contains(level), String(level) == kind else {
                return nil
            }
            content = .hashes(level: level)
        }
        count = Self.takeWidth(&parts)
        guard count > 0, let index = Self.index(parts) else { return nil }
        self.index = index
    }

    package var path: String {
        var groups = [Self.threeDigits(index % 1000)]
        var rest = index / 1000
        while rest > 0 {
            groups.insert("x" + Self.threeDigits(rest % 1000), at: 0)
            rest /= 1000
        }
        let kind =
            switch content {
            case .entries: "entries"
            case .hashes(let level): String(level)
            }
        let width = count == Self.width ? "" : ".p/\(count)"
        return "tile/\(kind)/" + groups.joined(separator: "/") + width
    }

    /// How many hashes or entries the tile has once the log has `size` entries; nil when it is
    /// not there yet.
    package func available(size: UInt64) -> Int? {
        let level = if case .hashes(let level) = content { level } else { 0 }
        let total = size >> UInt64(8 * level)
        let (start, overflow) = index.multipliedReportingOverflow(by: UInt64(Self.width))
        guard !overflow, total > start else { return nil }
        return Int(min(total - start, UInt64(Self.width)))
    }

    /// Takes `.p/W` off the end: the number of elements, 0 when it is no number of them.
    private static func takeWidth(_ parts: inout [String]) -> Int {
        guard parts.count >= 2, parts[parts.count - 2].hasSuffix(".p") else { return width }
        let text = parts.removeLast()
        parts[parts.count - 1].removeLast(2)
        guard let count = Int(text), (1..<width).contains(count), String(count) == text else {
            return 0
        }
        return count
    }

    private static func index(_ parts: [String]) -> UInt64? {
        guard let last = parts.last, parts.count <= 7 else { return nil }
        var value: UInt64 = 0
        for (place, part) in parts.enumerated() {
            let isLast = place == parts.count - 1
            guard isLast || part.hasPrefix("x") else { return nil }
            let digits = isLast ? last : String(part.dropFirst())
            guard digits.utf8.count == 3, digits.utf8.allSatisfy({ (48...57).contains($0) }),
                let number = UInt64(digits)
            else { return nil }
            // One index, one path: no leading group of zeros.
            guard place > 0 || isLast || number > 0 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 1000)
            let (sum, carry) = product.addingReportingOverflow(number)
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    private static func threeDigits(_ number: UInt64) -> String {
        let text = String(number)
        return String(repeating: "0", count: 3 - text.utf8.count) + text
    }
}

/// Entries of a tile as they are served: each after its length in two bytes, big-endian.
package enum EntryBundle {
    /// - Throws: `limit` when an entry is too long.
    package static func encode(_ entries: [[UInt8]]) throws(LogError) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            guard entry.count <= Limits.entryByteCountMaximum else {
                throw LogError(
                    .limit, "an entry has at most \(Limits.entryByteCountMaximum) bytes")
            }
            bytes += [UInt8(entry.count >> 8), UInt8(entry.count & 255)]
            bytes += entry
        }
        return bytes
    }

    /// - Throws: `malformed` when the bytes end within an entry.
    package static func decode(_ bytes: [UInt8]) throws(LogError) -> [[UInt8]] {
        var reader = ByteReader(bytes)
        var entries: [[UInt8]] = []
        do {
            while reader.remainingCount > 0 {
                let high = try reader.byte()
                let low = try reader.byte()
                entries.append(try reader.fixed(Int(high) << 8 | Int(low)))
            }
        } catch {
            throw LogError(.malformed, "a bundle of entries ends within an entry")
        }
        return entries
    }
}
