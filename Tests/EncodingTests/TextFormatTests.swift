import Encoding
import TestSupport
import Testing

struct TextFormatTests {
    @Test(
        arguments: [
            ([], "", ""), ([0x66], "Zg", "66"), ([0x66, 0x6F], "Zm8", "666f"),
            ([0x66, 0x6F, 0x6F], "Zm9v", "666f6f"), ([0xFB, 0xFF, 0xBF], "-_-_", "fbffbf"),
            ([0, 0, 0, 0], "AAAAAA", "00000000"),
        ] as [([UInt8], String, String)])
    func `bytes have one text in base64url and one in hexadecimal`(
        _ bytes: [UInt8], _ base64: String, _ hexadecimal: String
    ) throws {
        #expect(Base64URL.encode(bytes) == base64)
        #expect(Base64URL.encodedCount(bytes.count) == base64.utf8.count)
        #expect(try Base64URL.decode(base64) == bytes)
        #expect(Hexadecimal.encode(bytes) == hexadecimal)
        #expect(try Hexadecimal.decode(hexadecimal) == bytes)
    }

    @Test(arguments: [
        "A", "AAAAA", "Zg==", "Zg=", "Zm8=", "Zh", "Zm9", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9+",
        "Zm9/",
        "Zm9é", "Zm9v.", "\u{0}AAA", "ＡAAA",
    ])
    func `base64url with anything left over is refused`(_ text: String) {
        #expect(throws: FormatError(.base64url, "")) { try Base64URL.decode(text) }
    }

    @Test(arguments: ["0", "0g", "0G", "AB", "aB", "0x", " 0", "0\n", "é", "００"])
    func `hexadecimal is lowercase and even`(_ text: String) {
        #expect(throws: FormatError(.hexadecimal, "")) { try Hexadecimal.decode(text) }
    }

    @Test(arguments: [
        ("", ""), ("00", "1"), ("0000", "11"), ("61", "2g"), ("626262", "a3gV"),
        ("636363", "aPEr"), ("00000000", "1111"), ("ff", "5Q"), ("0001", "12"),
        ("73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2"),
        (
            "00eb15231dfceb60925886b67d065299925915aeb172c06647",
            "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L"
        ),
        ("516b6fcd0f", "ABnLTmg"), ("bf4f89001e670274dd", "3SEo3LWLoPntC"),
        ("572e4794", "3EFU7m"), ("ecac89cad93923c02321", "EJDM8drfXA6uyA"),
        ("10c8511e", "Rt5zm"), ("ffffffffffffffffffff", "FPBt6CHo3fovdL"),
    ])
    func `base58 as Bitcoin has it`(_ hexadecimal: String, _ text: String) throws {
        #expect(Base58.encode(try Hexadecimal.decode(hexadecimal)) == text)
        #expect(try Hexadecimal.encode(Base58.decode(text)) == hexadecimal)
    }

    @Test(arguments: ["0", "O", "I", "l", "a b", "+", "é", "1\u{301}", "\u{0}"])
    func `characters outside the alphabet are refused`(_ text: String) {
        #expect(throws: FormatError(.base58, "")) { try Base58.decode(text) }
    }

    @Test func `base58 is bounded`() throws {
        _ = try Base58.decode(String(repeating: "z", count: 256))
        #expect(throws: FormatError(.limit, "")) {
            try Base58.decode(String(repeating: "z", count: 257))
        }
    }

    @Test func `every byte string comes back from every format`() throws {
        var generator = SeededGenerator(seed: 58)
        for count in 0..<150 {
            var bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            for index in 0..<min(count, count % 5) { bytes[index] = 0 }
            #expect(try Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            #expect(try Base58.decode(Base58.encode(bytes)) == bytes)
            #expect(try Hexadecimal.decode(Hexadecimal.encode(bytes)) == bytes)
        }
    }

    @Test func `a stranger's text in a message is short and harmless`() {
        #expect("a\n\u{1B}[31m\"".quotedForMessage == #""a\n\u001b[31m\"""#)
        #expect(String(repeating: "é", count: 65).quotedForMessage.hasSuffix("é…\""))
        #expect(String(repeating: "é", count: 64).quotedForMessage.hasSuffix("é\""))
    }
}
