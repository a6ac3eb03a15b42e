import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

/// Signatures and keys whose numbers are not those of an honest signer.
@Suite struct TokenAttackSignatureTests {
    let world: SignedWorld

    init() throws { world = try SignedWorld() }

    /// n, the order of P-256.
    private static let order: [UInt8] =
        Array(repeating: 0xFF, count: 4) + Array(repeating: 0, count: 4)
        + Array(repeating: 0xFF, count: 8)
        + [
            0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63,
            0x25, 0x51,
        ]

    private func signature(_ kind: SignedKind) throws -> (r: [UInt8], s: [UInt8]) {
        let raw = try world.signer(kind).key.sign(Array(world.token(kind).input.utf8))
        return (Array(raw[..<32]), Array(raw[32...]))
    }

    private func expectRefused(
        _ kind: SignedKind, _ signature: [UInt8], at location: SourceLocation = #_sourceLocation
    ) {
        #expect(
            world.refusal(kind, world.token(kind).signed(with: signature))
                == kind.code(.signature), sourceLocation: location)
    }

    @Test(arguments: SignedKind.allCases)
    func `r and s of zero, n and beyond are refused`(_ kind: SignedKind) throws {
        let (r, s) = try signature(kind)
        let zero = [UInt8](repeating: 0, count: 32)
        let beyond = Array(Self.order.dropLast()) + [0x52]
        let most = [UInt8](repeating: 0xFF, count: 32)
        let one = Array(zero.dropLast()) + [1]
        for number in [zero, Self.order, beyond, most] {
            expectRefused(kind, number + number)
            expectRefused(kind, r + number)
            expectRefused(kind, number + s)
        }
        expectRefused(kind, one + one)
        expectRefused(kind, s + r)
    }

    @Test(arguments: SignedKind.allCases)
    func `a signature of another length is refused`(_ kind: SignedKind) throws {
        let (r, s) = try signature(kind)
        let raw = r + s
        for other in [
            Array(raw.dropLast()), Array(raw.dropFirst()), raw + [0], [0] + raw, r, raw + raw,
            [0] + r + [0] + s, [], [0],
            // As another curve would write it.
            Array(repeating: 0, count: 16) + r + Array(repeating: 0, count: 16) + s,
        ] {
            expectRefused(kind, other)
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `a signature in DER is refused`(_ kind: SignedKind) throws {
        let (r, s) = try signature(kind)
        func integer(_ number: [UInt8]) -> [UInt8] {
            let digits = Array(number.drop { $0 == 0 })
            let sign: [UInt8] = (digits.first ?? 0) & 0x80 == 0 ? [] : [0]
            return [2, UInt8(sign.count + digits.count)] + sign + digits
        }
        let content = integer(r) + integer(s)
        expectRefused(kind, [0x30, UInt8(content.count)] + content)
        expectRefused(kind, [0x30, 0x06, 2, 1, 1, 2, 1, 1])
    }

    @Test func `n minus s signs the same content, and names no second document`() throws {
        // JOSE does not ask for the lower s. So nothing is named by its signature: applications
        // and transactions are named by what was signed, credentials by issuer and jti.
        for kind in SignedKind.allCases {
            let (r, s) = try signature(kind)
            var other = s
            var borrow = 0
            for index in (0..<32).reversed() {
                let difference = Int(Self.order[index]) - Int(s[index]) - borrow
                other[index] = UInt8(truncatingIfNeeded: difference)
                borrow = difference < 0 ? 1 : 0
            }
            let twin = world.token(kind).signed(with: r + other)
            let first = try JWS(world.token(kind).signed(with: r + s), maximumByteCount: .max)
            #expect(world.refusal(kind, twin) == nil)
            #expect(try JWS(twin, maximumByteCount: .max).digest == first.digest)
        }
    }

    // MARK: Ed25519

    /// An application of a node with an Ed25519 key, to be signed by whatever is said.
    private func application(node did: String) -> HandMadeToken {
        let token = world.token(.application).with([
            ("alg", "\"Ed25519\""), ("kid", "\"\(did)\""),
        ])
        let own = world.candidacy.node.did
        return token.replacing(own, did).replacing(own, did)
    }

    @Test func `S beyond the order is refused`() throws {
        let pair = try KeyPair(.ed25519)
        let token = application(node: pair.did)
        let raw = try pair.key.sign(Array(token.input.utf8))
        #expect(world.refusal(.application, token.signed(with: raw)) == nil)
        // L, little-endian.
        let order: [UInt8] =
            [
                0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9,
                0xDE, 0x14,
            ] + Array(repeating: 0, count: 15) + [0x10]
        var sum = raw
        var carry = 0
        for index in 0..<32 {
            let digit = Int(raw[32 + index]) + Int(order[index]) + carry
            sum[32 + index] = UInt8(digit & 0xFF)
            carry = digit >> 8
        }
        for other in [
            sum, Array(raw[..<32]) + order, Array(raw[..<32]) + Array(repeating: 0xFF, count: 32),
            Array(repeating: 0, count: 64), Array(raw[..<32]), raw + [0], Array(raw.reversed()),
        ] {
            #expect(world.refusal(.application, token.signed(with: other)) == "bad-signature")
        }
    }

    @Test func `points of small order and other spellings of points are no keys`() throws {
        let zero = [UInt8](repeating: 0, count: 32)
        let one: [UInt8] = [1] + Array(repeating: 0, count: 31)
        let negative: [UInt8] = [1] + Array(repeating: 0, count: 30) + [0x80]
        // p − 1 and everything from p up, with and without the sign.
        var points = [zero, one, negative, Array(zero.dropLast()) + [0x80]]
        for first in UInt8(0xEC)...0xFF {
            for last: UInt8 in [0x7F, 0xFF] {
                points.append([first] + Array(repeating: 0xFF, count: 30) + [last])
            }
        }
        for point in points {
            let did = "did:key:z" + Base58.encode([0xED, 0x01] + point)
            let token = application(node: did)
            // A lax verifier takes the identity and zero for a signature of everything.
            #expect(world.refusal(.application, token.signed(with: one + zero)) == "malformed")
        }
    }

    @Test func `a first half that is another spelling of its point is refused`() throws {
        let pair = try KeyPair(.ed25519)
        let token = application(node: pair.did)
        let raw = try pair.key.sign(Array(token.input.utf8))
        for first in UInt8(0xED)...0xFF {
            let point = [first] + Array(repeating: 0xFF, count: 30) + [0x7F]
            #expect(
                world.refusal(.application, token.signed(with: point + raw[32...]))
                    == "bad-signature")
        }
    }

    // MARK: Keys

    @Test func `weak and foreign kinds of keys are no nodes`() {
        for (codec, count): ([UInt8], Int) in [
            ([0xE7, 0x01], 33),  // secp256k1
            ([0x81, 0x24], 49),  // P-384
            ([0x82, 0x24], 67),  // P-521
            ([0xEC, 0x01], 32),  // X25519
            ([0x80, 0x24], 32), ([0x80, 0x24], 65), ([0xED, 0x01], 31), ([0x00], 32),
        ] {
            let did =
                "did:key:z" + Base58.encode(codec + [2] + Array(repeating: 7, count: count - 1))
            let token = application(node: did)
            #expect(
                world.refusal(.application, token.signed(with: Array(repeating: 1, count: 64)))
                    == "malformed")
        }
        // An RSA key is longer than any identifier of ours.
        let rsa = "did:key:z" + Base58.encode([0x85, 0x24] + Array(repeating: 7, count: 140))
        #expect(
            world.refusal(.application, application(node: rsa).signed(with: [1])) == "limit")
    }

    @Test func `weak and foreign kinds of keys are no auditors`() throws {
        let set = world.candidacy.set.json
        let modulus = JSON.string(HandMadeToken.base64URL(Array(repeating: 0xC5, count: 128)))
        let x = JSON.string(HandMadeToken.base64URL(Array(repeating: 1, count: 32)))
        let keys: [JSON] = [
            ["kty": "RSA", "n": modulus, "e": "AQAB"], ["kty": "oct", "k": x],
            ["kty": "EC", "crv": "secp256k1", "x": x, "y": x],
            ["kty": "EC", "crv": "P-192", "x": x, "y": x],
            ["kty": "EC", "crv": "P-256", "x": x, "y": x],
            ["kty": "OKP", "crv": "X25519", "x": x], ["kty": "OKP", "crv": "Ed25519", "x": "AA"],
            ["kty": "none"], [:],
        ]
        for key in keys {
            let text = set.text
            let own = world.candidacy.auditors[0].pair.publicKey.jwk.text
            let changed = text.replacing(own, with: key.text)
            #expect(changed != text)
            #expect(
                code { () throws(CredentialError) in try AuditorSet(bytes: Array(changed.utf8)) }
                    == .malformed, "\(key.text)")
        }
    }
}
