import Cryptography
import Encoding
import Testing

struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 as FIPS 180-4 has it`(_ text: String, _ digest: String) throws {
        #expect(Digest.sha256(Array(text.utf8)).text == digest)
        let parts = text.utf8.map { [$0] } + [[]]
        #expect(Digest.sha256(of: parts).text == digest)
        #expect(try Digest(hexadecimal: digest) == Digest.sha256(Array(text.utf8)))
    }

    @Test func `a digest keeps its bytes and is ordered by them`() throws {
        let digests = (0..<64 as Range<UInt8>).map { Digest.sha256([$0]) }
        for digest in digests {
            #expect(try Digest(bytes: digest.bytes) == digest)
            for other in digests {
                #expect((digest < other) == digest.bytes.lexicographicallyPrecedes(other.bytes))
            }
        }
        #expect(Digest.zero.bytes == Array(repeating: 0, count: 32))
    }

    @Test func `anything but 32 bytes is refused`() throws {
        for count in [0, 31, 33, 64] {
            #expect(throws: FormatError(.binary, "")) {
                try Digest(bytes: Array(repeating: 0, count: count))
            }
        }
        let text = Digest.zero.text
        for bad in ["", String(text.dropLast()), text + "0", String(text.dropLast()) + "G"] {
            #expect(throws: FormatError(.hexadecimal, "")) { try Digest(hexadecimal: bad) }
        }
        var form = try Fields(["d": .string(text), "bad": "00"], "form")
        #expect(try form.digest("d") == .zero)
        #expect(throws: FormatError(.hexadecimal, "")) { try form.digest("bad") }
        #expect(throws: FormatError(.shape, "")) { try form.digest("missing") }
    }

    @Test func `random values have their shape and do not repeat`() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
        let uuid = Array(SecureRandom.uuid().utf8)
        #expect(uuid.count == 36 && uuid[14] == UInt8(ascii: "4"))
        #expect("89ab".utf8.contains(uuid[19]))
        #expect(SecureRandom.uuid() != SecureRandom.uuid())
        #expect(SecureRandom.uint64(below: 0) == 0)
        #expect(SecureRandom.uint64(below: 1) == 0)
        let drawn = Set((0..<1000).map { _ in SecureRandom.uint64(below: 3) })
        #expect(drawn == [0, 1, 2])
        #expect(SecureRandom.uint64(below: .max) < .max)
    }

    @Test func `secrets are compared and wiped`() {
        #expect(Secret.isEqual([], []) && Secret.isEqual([1, 2], [1, 2]))
        #expect(!Secret.isEqual([1, 2], [1, 3]) && !Secret.isEqual([1], [1, 2]))
        var secret: [UInt8] = [1, 2, 3]
        Secret.cleanse(&secret)
        #expect(secret.isEmpty)
    }
}
