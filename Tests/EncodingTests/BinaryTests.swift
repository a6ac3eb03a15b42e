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
}
