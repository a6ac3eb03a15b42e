import Encoding
import TestSupport
import Testing

@Suite struct GzipTests {
    private func bytes(_ text: String) throws -> [UInt8] { try Base64URL.decode(text) }

    private func code<T>(_ body: () throws(FormatError) -> T) -> FormatError.Code? {
        do throws(FormatError) {
            _ = try body()
            return nil
        } catch {
            return error.code
        }
    }

    /// Bitstring Status List 1.0, section 3.1 (without its multibase letter).
    private static let specification =
        "H4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"

    @Test func `the list of the specification's example is 16 KiB of zeros`() throws {
        let list = try Gzip.decompress(try bytes(Self.specification), maximumByteCount: 16_384)
        #expect(list == [UInt8](repeating: 0, count: 16_384))
    }

    @Test func `the lists of the Token Status List examples are read`() throws {
        let one = try Zlib.decompress(try bytes("eNrbuRgAAhcBXQ"), maximumByteCount: 16)
        #expect(one == [0xB9, 0xA3])
        let two = try Zlib.decompress(try bytes("eNo76fITAAPfAgc"), maximumByteCount: 16)
        #expect(two == [0xC9, 0x44, 0xF9])
    }

    @Test func `a block with codes of its own is read`() throws {
        let packed = try bytes(
            "eNp9kl0KwCAMg6_i1QRlDMaE6Xb-sVZIMLqXUmr7mf7UHFuId9pbeErL4SypmyOnLV_u1y-LA933QtQYAhx67"
                + "gV4Y5rnTfhSpUSPmEBLW7K4B8UoTVQu-7d_WSrUSLRi3mxXQgec7EFmSw2QuPlq-T8Ypsn8cQ2z2I9onA"
                + "dp407GHVPaC1809p8")
        let text = try Zlib.decompress(packed, maximumByteCount: 676)
        #expect(text.count == 676)
        #expect(text.starts(with: Array("seat audit ".utf8)))
        let list = try Gzip.decompress(
            try bytes(
                "H4sIAAAAAAACA-3QAREAAAQEMN-c5nJwW4RNFwAAAAAAAAAAAAAAz0QBAAAAwDVZrxDDXQBAAAA"),
            maximumByteCount: 16_384)
        let set = list.indices.filter { list[$0] != 0 }
        #expect(set == [0, 1, 11_820, 16_383])
    }

    @Test func `whatever is packed is unpacked`() throws {
        var generator = SeededGenerator(seed: 7)
        var samples: [[UInt8]] = [[], [0], [1, 1], [255, 255, 255], [UInt8](0...255)]
        for run in [3, 4, 257, 258, 259, 260, 261, 262, 516, 517, 518, 519, 66_000] {
            samples.append([UInt8](repeating: 9, count: run))
        }
        for count in [100, 65_536] {
            samples.append((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
            samples.append((0..<count).map { _ in UInt8.random(in: 0...1, using: &generator) })
        }
        for sample in samples {
            let packed = Gzip.compress(sample)
            #expect(
                try Gzip.decompress(packed, maximumByteCount: sample.count) == sample,
                "\(sample.count) bytes")
            #expect(packed.count <= sample.count + 18 + 5 * (1 + sample.count / 65_535))
        }
    }

    @Test func `an empty list is small`() {
        #expect(Gzip.compress([UInt8](repeating: 0, count: 16_384)).count < 200)
    }

    @Test func `a small file that would fill the memory is stopped`() throws {
        let bomb = Gzip.compress([UInt8](repeating: 0, count: 1 << 20))
        #expect(
            code { () throws(FormatError) in
                try Gzip.decompress(bomb, maximumByteCount: (1 << 20) - 1)
            } == .limit)
        #expect(
            code { () throws(FormatError) in
                try Gzip.decompress(bomb, maximumByteCount: 1 << 20)
            } == nil)
    }

    @Test func `every cut and every altered byte is noticed`() throws {
        let file = Gzip.compress(Array("abcabcabc aaaaaaaaaaaaaaaaaaaaaaaaaaaa".utf8))
        for end in file.indices {
            #expect(
                code { () throws(FormatError) in
                    try Gzip.decompress(Array(file[..<end]), maximumByteCount: 1_000)
                } != nil)
        }
        // Bytes 4 to 9 are time, level and system: nobody reads them.
        for index in file.indices where !(4..<10).contains(index) {
            for bit in 0..<8 {
                var altered = file
                altered[index] ^= 1 << UInt8(bit)
                let read = try? Gzip.decompress(altered, maximumByteCount: 1_000)
                // A flag may add a part to the header that swallows nothing but itself.
                #expect(read == nil || index == 3 || read?.count == 38, "\(index).\(bit)")
            }
        }
        #expect(
            code { () throws(FormatError) in
                try Gzip.decompress(file + [0], maximumByteCount: 1_000)
            } == .binary)
    }

    @Test func `the optional parts of a header are passed over`() throws {
        let plain = Gzip.compress([1, 2, 3])
        let head = Array(plain[..<3]) + [0x1E] + plain[4..<10]
        let extra: [UInt8] =
            [2, 0, 7, 7] + Array("name".utf8) + [0] + Array("why".utf8) + [0, 5, 5]
        let file = head + extra + plain[10...]
        #expect(try Gzip.decompress(file, maximumByteCount: 3) == [1, 2, 3])
        #expect(
            code { () throws(FormatError) in
                try Gzip.decompress(Array(plain[..<3]) + [0x20] + plain[4...], maximumByteCount: 3)
            } == .binary)
    }

    @Test func `random bytes never do harm`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<3_000 {
            let count = Int.random(in: 0...60, using: &generator)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? Gzip.decompress(
                [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + noise, maximumByteCount: 10_000)
            _ = try? Zlib.decompress([0x78, 0xDA] + noise, maximumByteCount: 10_000)
        }
    }
}
