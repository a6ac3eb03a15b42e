import Cryptography
import Encoding
import Testing

struct PublicKeyTests {
    private static let p256: JSON = [
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    ]

    private func p256(_ name: String, _ value: JSON?) throws -> JSON {
        var object = try #require(Self.p256.objectValue)
        object[name] = value
        return .object(object)
    }

    @Test func `one key in all its forms is equal to itself`() throws {
        let key = try PublicKey(jwk: Self.p256)
        #expect(key.bytes.count == 33)
        let x = try Base64URL.decode(#require(Self.p256["x"]?.stringValue))
        let y = try Base64URL.decode(#require(Self.p256["y"]?.stringValue))
        #expect(try PublicKey(algorithm: .es256, bytes: [4] + x + y) == key)
        #expect(try PublicKey(algorithm: .es256, bytes: key.bytes) == key)
        #expect(try PublicKey(did: key.did) == key)
        #expect(try PublicKey(did: key.did).jwk == Self.p256)
        #expect(Set([key, try PublicKey(did: key.did)]).count == 1)
    }

    @Test func `points off the curve and in other encodings are refused`() throws {
        let key = try PublicKey(jwk: Self.p256)
        let x = Array(key.bytes.dropFirst())
        let y = try Base64URL.decode(#require(Self.p256["y"]?.stringValue))
        var offCurve = y
        offCurve[31] ^= 1
        let prime = try Hexadecimal.decode(
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")
        for bytes in [
            [], [0], [4], x, [4] + x, [4] + x + offCurve, [6] + x + y, [7] + x + y, [5] + x,
            [4] + x + y + [0], [2] + x + [0], [2] + prime,
            [2] + Array(repeating: 0xFF, count: 32),
            [4] + Array(repeating: 0, count: 64),
        ] {
            #expect(throws: KeyError(.malformed, "")) {
                try PublicKey(algorithm: .es256, bytes: bytes)
            }
        }
    }

    /// y of the points of order 1, 2, 4 and 8, with both signs, and their forms above p.
    @Test(arguments: [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func `Ed25519 keys of small order or in another encoding are refused`(_ text: String) throws {
        let bytes = try Hexadecimal.decode(text)
        #expect(throws: KeyError(.malformed, "")) {
            try PublicKey(algorithm: .ed25519, bytes: bytes)
        }
    }

    @Test func `an Ed25519 key is a point of the curve`() throws {
        // Which small y belong to a point, by Euler's criterion.
        let isOnCurve: [UInt8: Bool] = [
            2: false, 3: true, 4: true, 5: true, 6: true, 7: false, 8: false, 9: true, 10: true,
            11: false, 12: false, 13: false,
        ]
        for (y, expected) in isOnCurve {
            let bytes = [y] + Array(repeating: 0, count: 31)
            let key = try? PublicKey(algorithm: .ed25519, bytes: bytes)
            #expect((key != nil) == expected, "y = \(y)")
        }
        for _ in 0..<20 {
            let key = try PrivateKey.generate(.ed25519).publicKey
            #expect(try PublicKey(algorithm: .ed25519, bytes: key.bytes) == key)
        }
    }

    @Test func `an Ed25519 signature has one form`() throws {
        let key = try PrivateKey.generate(.ed25519)
        let signature = try key.sign([1])
        // S + L is the same scalar in another encoding.
        let order: [UInt8] =
            [
                0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE,
                0xF9, 0xDE, 0x14,
            ] + Array(repeating: 0, count: 15) + [0x10]
        var shifted = signature
        var carry = 0
        for index in 0..<32 {
            carry += Int(signature[32 + index]) + Int(order[index])
            shifted[32 + index] = UInt8(carry & 0xFF)
            carry >>= 8
        }
        #expect(key.publicKey.verify(signature: signature, message: [1]))
        #expect(!key.publicKey.verify(signature: shifted, message: [1]))
    }

    @Test func `an ECDSA signature is raw and in range`() throws {
        let key = try PrivateKey.generate(.es256)
        let signature = try key.sign([1])
        let zero = [UInt8](repeating: 0, count: 32)
        let r = Array(signature[..<32])
        let s = Array(signature[32...])
        for bad in [
            zero + s, r + zero, zero + zero, s + r, r, signature + signature, [0] + signature,
            Array(repeating: 0xFF, count: 64),
        ] {
            #expect(!key.publicKey.verify(signature: bad, message: [1]))
        }
    }

    @Test func `a key for another purpose or algorithm is refused`() throws {
        for (name, value) in [
            ("use", "sig"), ("key_ops", ["verify"]), ("key_ops", ["sign", "verify"]),
            ("alg", "ES256"), ("kid", "anything"), ("unknown", [1]),
        ] as [(String, JSON)] {
            _ = try PublicKey(jwk: p256(name, value))
        }
        for (name, value, code) in [
            ("use", "enc", .purpose), ("use", "", .purpose), ("use", 1, .malformed),
            ("key_ops", ["encrypt"], .purpose), ("key_ops", [], .purpose),
            ("key_ops", "verify", .malformed), ("key_ops", ["verify", "verify"], .malformed),
            ("key_ops", ["verify", 1], .malformed), ("alg", "ES384", .unsupported),
            ("alg", "Ed25519", .unsupported), ("alg", "HS256", .unsupported),
            ("alg", nil, .malformed), ("kty", "OKP", .unsupported), ("kty", "RSA", .unsupported),
            ("kty", "oct", .unsupported), ("crv", "P-384", .unsupported),
            ("crv", "p-256", .unsupported), ("d", "AA", .malformed), ("x", 1, .malformed),
        ] as [(String, JSON, KeyError.Code)] {
            #expect(throws: KeyError(code, ""), "\(name) \(value)") {
                try PublicKey(jwk: p256(name, value))
            }
        }
        for name in ["kty", "x", "y"] {
            #expect(throws: KeyError(.malformed, "")) { try PublicKey(jwk: p256(name, nil)) }
        }
        #expect(throws: KeyError(.malformed, "")) { try PublicKey(jwk: []) }
    }

    @Test func `coordinates have exactly 32 bytes`() throws {
        let x = try #require(Self.p256["x"]?.stringValue)
        for bad in [
            "", String(x.dropLast()), x + "A", x + "=", String(x.dropLast()) + "F", " " + x,
            "AA" + x,
        ] {
            #expect(throws: KeyError(.malformed, "")) {
                try PublicKey(jwk: p256("x", .string(bad)))
            }
        }
    }

    @Test(arguments: [
        "", "did:key:", "did:key:z", "did:key:z1", "did:web:example.com",
        "did:key:m6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
        "did:key:6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
        "DID:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
        "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMs",
        "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw#key",
        "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw ",
        "did:key:z\u{301}6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
        "did:key:z6M\u{212A}twupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
        "did:key:z16MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
        // X25519 and secp256k1 keys.
        "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
        "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
    ])
    func `what is not the did key of a supported key is refused`(_ text: String) {
        #expect(throws: KeyError.self) { try PublicKey(did: text) }
        #expect(throws: KeyError.self) { try KeyCache().key(did: text) }
    }

    @Test func `the cache answers with the same key and forgets the oldest`() throws {
        let cache = KeyCache(capacity: 4)
        var keys: [PublicKey] = []
        for _ in 0..<10 { keys.append(try PrivateKey.generate(.es256).publicKey) }
        for key in keys + keys { #expect(try cache.key(did: key.did) == key) }
    }

    @Test func `the cache finds an Ed25519 key by its bytes and by its name`() throws {
        let cache = KeyCache(capacity: 4)
        let key = try PrivateKey.generate(.ed25519).publicKey
        for _ in 0..<2 {
            #expect(try cache.key(ed25519: key.bytes) == key)
            #expect(try cache.key(did: key.did) == key)
        }
        #expect(throws: KeyError.self) { try cache.key(ed25519: Array(key.bytes.dropLast())) }
        // A point of small order, a second time as well.
        let small = [1] + [UInt8](repeating: 0, count: 31)
        for _ in 0..<2 { #expect(throws: KeyError.self) { try cache.key(ed25519: small) } }
    }

    @Test func `the cache tells apart what a dictionary takes for the same`() throws {
        let cache = KeyCache()
        // Some base58 text has a K; the Kelvin sign is canonically equivalent to it.
        var key = try PrivateKey.generate(.ed25519).publicKey
        while !key.did.dropFirst(12).contains("K") {
            key = try PrivateKey.generate(.ed25519).publicKey
        }
        _ = try cache.key(did: key.did)
        let kelvin = String(
            String.UnicodeScalarView(
                key.did.unicodeScalars.map { $0 == "K" ? "\u{212A}" : $0 }))
        #expect(kelvin == key.did)
        #expect(throws: KeyError.self) { try cache.key(did: kelvin) }
    }
}
