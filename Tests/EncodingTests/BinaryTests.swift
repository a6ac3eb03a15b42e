import Encoding
import Testing

struct BinaryTests {
    @Test func `what was written is read in the same order`() throws {
        var writer = ByteWriter()
        writer.byte(1)
        writer.uint32(0x0203_0405)
        writer.uint64(0x0607_0809_0A0B_0C0D)
        writer.fixed([14, 15])
        writer.bytes([16])
        writer.string("é")
        #expect(
            writer.bytes
                == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 1, 16]
                + [0, 0, 0, 2, 0xC3, 0xA9])
        var reader = ByteReader(writer.bytes)
        #expect(try reader.byte() == 1)
        #expect(try reader.uint32() == 0x0203_0405)
        #expect(try reader.uint64() == 0x0607_0809_0A0B_0C0D)
        #expect(try reader.fixed(2) == [14, 15])
        #expect(throws: FormatError(.binary, "")) { try reader.end() }
        #expect(try reader.bytes(maximumCount: 1) == [16])
        #expect(try reader.string(maximumByteCount: 2) == "é")
        try reader.end()
    }

    @Test func `short, long and invalid input is refused`() {
        var reader = ByteReader([0, 0, 0])
        #expect(throws: FormatError(.binary, "")) { try reader.uint32() }
        #expect(throws: FormatError(.binary, "")) { try reader.fixed(4) }
        #expect(throws: FormatError(.binary, "")) { try reader.fixed(-1) }
        var announcing = ByteReader([0xFF, 0xFF, 0xFF, 0xFF, 1])
        #expect(throws: FormatError(.limit, "")) { try announcing.bytes(maximumCount: 1 << 20) }
        var cut = ByteReader([0, 0, 0, 2, 1])
        #expect(throws: FormatError(.binary, "")) { try cut.bytes(maximumCount: 2) }
        var text = ByteReader([0, 0, 0, 1, 0xFF])
        #expect(throws: FormatError(.binary, "")) { try text.string(maximumByteCount: 1) }
    }

    @Test func `integers need all their bytes, and a failed read takes none`() throws {
        var three = ByteReader([1, 2, 3])
        #expect(throws: FormatError(.binary, "")) { try three.uint32() }
        #expect(three.remainingCount == 3)
        var seven = ByteReader([0, 0, 0, 1, 0, 0, 0])
        #expect(throws: FormatError(.binary, "")) { try seven.uint64() }
        var four = ByteReader([1, 2, 3, 4])
        #expect(try four.uint32() == 0x0102_0304)
        #expect(throws: FormatError(.binary, "")) { try four.byte() }
        var five = ByteReader([1, 2, 3, 4, 5])
        #expect(try five.uint32() == 0x0102_0304)
        #expect(try five.byte() == 5)
        try five.end()
    }

    @Test(arguments: [0, 1, 2, 3])
    func `a byte string is taken up to its limit and only when it is all there`(
        _ count: UInt8
    ) throws {
        let content = [UInt8](repeating: 7, count: Int(count))
        let bytes = [0, 0, 0, count] + content
        for limit in 0...4 {
            var copying = ByteReader(bytes)
            var sharing = ByteReader(bytes)
            if limit < count {
                #expect(throws: FormatError(.limit, "")) { try copying.bytes(maximumCount: limit) }
                #expect(throws: FormatError(.limit, "")) { try sharing.slice(maximumCount: limit) }
            } else {
                #expect(try copying.bytes(maximumCount: limit) == content)
                #expect(try sharing.slice(maximumCount: limit) == content[...])
            }
        }
        guard count > 0 else { return }
        var cut = ByteReader(Array(bytes.dropLast()))
        #expect(throws: FormatError(.binary, "")) { try cut.slice(maximumCount: 4) }
    }

    @Test func `a part of an array is read to its own end and no further`() throws {
        let bytes: [UInt8] = [9, 9, 0, 0, 0, 2, 5, 6, 0xC3, 9]
        var part = ByteReader(bytes[2..<8])
        #expect(part.remainingCount == 6)
        var inner = ByteReader(try part.slice(maximumCount: 2))
        try part.end()
        #expect(throws: FormatError(.binary, "")) { try part.byte() }
        #expect(try inner.fixed(2) == [5, 6])
        #expect(inner.remainingCount == 0)
        #expect(throws: FormatError(.binary, "")) { try inner.byte() }
        #expect(throws: FormatError(.binary, "")) { try inner.fixed(1) }
        try inner.end()
    }

    @Test func `places in messages count from where reading began`() throws {
        var part = ByteReader([9, 9, 9, 1][3...])
        _ = try part.byte()
        let refusal = #expect(throws: FormatError.self) { try part.byte() }
        #expect(refusal?.detail.contains("at byte 1") == true)
    }
}
