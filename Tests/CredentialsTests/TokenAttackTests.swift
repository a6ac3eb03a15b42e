import Cryptography
import Encoding
import TestSupport
import Testing

/// Attacks on signed tokens (RFC 8725, RFC 7515 section 10, and what testers of such tokens try),
/// each a test of its own that asserts the refusal's code. An attack on the token itself is tried
/// on every kind of document in `SignedKind`, with bytes that no writer of ours would make.
///
/// | attack | test |
/// | --- | --- |
/// | `alg` none in every spelling | `alg none…`, with every kind of missing signature |
/// | empty, missing, blank signature | `an empty…`, `a missing…`, `a signature of zeros…` |
/// | HMAC with the public key as secret | `a public key is no shared secret…` |
/// | `alg` other than the key's | `the algorithm of another key…` |
/// | unknown `alg` | `an unknown algorithm…` |
/// | `kid`: path, SQL, of another, twice, none | `a kid that is a path…`, … |
/// | `jku`, `x5u` never followed | `a key address is refused and never asked` |
/// | embedded `jwk`, `x5c` | `a key that the token brings…` |
/// | `crit`, `b64`, `zip` | `extensions…`, `an unencoded…`, `a compressed…` |
/// | `typ` wrong or missing | `another or no type…` |
/// | JWE, nested, JSON form, several signatures | `an encrypted…`, `a token in…`, … |
/// | duplicate members | `a name twice in the header…`, `…in the payload…` |
/// | base64url that is not canonical, dots, parts | TokenAttackEncodingTests |
/// | ECDSA and Ed25519 numbers, weak keys | TokenAttackSignatureTests |
/// | `exp`, `nbf`, `iat`, `aud`, `iss`, `sub`, network, size, depth | TokenAttackClaimTests |
/// | one type's signature as another's, all pairs | TokenAttackTypeTests |
/// | `jti` twice, one auditor with two keys, duplicates, a removed auditor | TokenAttackQuorumTests |
/// | credentials of two applications merged | TokenAttackQuorumTests |
/// | the same at the ledger's door | LedgerTests/AdmissionAttackTests |
@Suite struct TokenAttackTests {
    let world: SignedWorld

    init() throws { world = try SignedWorld() }

    private func expect(
        _ kind: SignedKind, _ compact: String, _ fault: SignedKind.Fault,
        _ comment: Comment? = nil, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(
            world.refusal(kind, compact) == kind.code(fault), comment, sourceLocation: location)
    }

    /// Signs as the rightful signer would have to.
    private func signed(_ kind: SignedKind, _ token: HandMadeToken) throws -> String {
        try token.signed(by: world.signer(kind))
    }

    @Test(arguments: SignedKind.allCases)
    func `the good document is believed, put together by hand or not`(
        _ kind: SignedKind
    ) throws {
        #expect(world.refusal(kind, try signed(kind, world.token(kind))) == nil)
    }

    @Test(arguments: SignedKind.allCases)
    func `alg none is refused in every spelling, with and without a signature`(
        _ kind: SignedKind
    ) throws {
        let spellings = (0..<16).map { bits in
            String(
                "none".enumerated().map { bits >> $0 & 1 == 1 ? $1.uppercased().first ?? $1 : $1 })
        }
        #expect(Set(spellings).count == 16)
        for name in spellings + ["", "n\u{6f}ne ", "none\u{0}", "\u{ff4e}one"] {
            let token = world.token(kind).with("alg", JSON.string(name).text)
            expect(kind, try signed(kind, token), .shape, "\(name)")
            expect(kind, token.signed(with: []), .shape, "\(name)")
            expect(kind, token.input, .shape, "\(name)")
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `no alg, null, a number or a list of them is refused`(_ kind: SignedKind) throws {
        for text in [nil, "null", "0", "true", #"["ES256"]"#, #"{"a":"ES256"}"#] {
            expect(kind, try signed(kind, world.token(kind).with("alg", text)), .shape)
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `an empty signature is refused`(_ kind: SignedKind) {
        expect(kind, world.token(kind).signed(with: []), .signature)
    }

    @Test(arguments: SignedKind.allCases)
    func `a missing signature is refused`(_ kind: SignedKind) {
        expect(kind, world.token(kind).input, .shape)
    }

    @Test(arguments: SignedKind.allCases)
    func `the signature of another content is refused`(_ kind: SignedKind) throws {
        let other = try world.signer(kind).key.sign(Array("other".utf8))
        expect(kind, world.token(kind).signed(with: other), .signature)
    }

    @Test(arguments: SignedKind.allCases)
    func `a public key is no shared secret, in whichever form`(_ kind: SignedKind) throws {
        let key = world.signer(kind).publicKey
        let point =
            try Array(Base64URL.decode(#require(key.jwk["x"]?.stringValue)))
            + Base64URL.decode(#require(key.jwk["y"]?.stringValue))
        let der: [UInt8] = Self.spki + [4] + point
        let pem =
            "-----BEGIN PUBLIC KEY-----\n" + Base64.encode(der) + "\n-----END PUBLIC KEY-----\n"
        let secrets: [[UInt8]] = [
            der, Array(pem.utf8), key.jwk.bytes, key.bytes, [4] + point, Array(key.did.utf8),
            Array(key.thumbprint.utf8), [],
        ]
        for name in ["HS256", "HS384", "HS512", "hs256"] {
            let token = world.token(kind).with("alg", "\"\(name)\"")
            for secret in secrets {
                let code = HandMadeToken.hmac(Array(token.input.utf8), secret: secret)
                expect(kind, token.signed(with: code), .shape)
            }
        }
        // And without saying so.
        for secret in secrets {
            let token = world.token(kind)
            let code = HandMadeToken.hmac(Array(token.input.utf8), secret: secret)
            expect(kind, token.signed(with: code), .signature)
            expect(kind, token.signed(with: code + code), .signature)
        }
    }

    /// SubjectPublicKeyInfo of a P-256 key up to the point (RFC 5480).
    private static let spki: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08,
        0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]

    @Test(arguments: SignedKind.allCases)
    func `the algorithm of another key is refused, the key decides`(_ kind: SignedKind) throws {
        let stranger = try KeyPair(.ed25519)
        for name in ["Ed25519", "EdDSA"] {
            let token = world.token(kind).with("alg", "\"\(name)\"")
            expect(kind, try signed(kind, token), .algorithm)
            expect(kind, try token.signed(by: stranger), .algorithm)
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `an unknown algorithm is refused`(_ kind: SignedKind) throws {
        for name in [
            "RS256", "RS384", "RS512", "PS256", "ES384", "ES512", "ES256K", "Ed448", "ESP256",
            "es256", "ES256 ", " ES256", "ES-256", "ES256\\u0000", "\u{ff25}S256", "dir",
            "RSA-OAEP", "A128KW",
        ] {
            let token = world.token(kind).with("alg", "\"\(name)\"")
            expect(kind, try signed(kind, token), .shape, "\(name)")
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `a kid that is a path finds no key`(_ kind: SignedKind) throws {
        for path in [
            "../../../../etc/passwd", "/dev/null", "file:///dev/null", "..\\\\..\\\\key",
            "signing.pem", "%2e%2e%2fkey", "/proc/self/environ", "C:/key", "key\\u0000.pem", "",
        ] {
            let token = world.token(kind).with("kid", "\"\(path)\"")
            expect(kind, try signed(kind, token), .keyID, "\(path)")
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `a kid with SQL or shell in it finds no key`(_ kind: SignedKind) throws {
        for text in [
            "' OR 1=1 --", "x' UNION SELECT 'key", "'; DROP TABLE issuances; --", "|/bin/sh",
            "$(id)", "`id`", "${jndi:ldap://x}", "*", "%", "x\\\" OR \\\"1\\\"=\\\"1",
        ] {
            let token = world.token(kind).with("kid", "\"\(text)\"")
            expect(kind, try signed(kind, token), .keyID, "\(text)")
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `the kid of another is refused`(_ kind: SignedKind) throws {
        let token = world.token(kind).with("kid", "\"\(world.keyIDOfAnother(kind))\"")
        // The other's key is of another algorithm for accounts: the refusal is one of the key.
        expect(kind, try signed(kind, token), .otherKey)
    }

    @Test(arguments: SignedKind.allCases)
    func `a kid twice is refused, whichever comes first`(_ kind: SignedKind) throws {
        var token = world.token(kind)
        let own = try #require(token.header.first { $0.name == "kid" }?.text)
        for other in [own, "\"\(world.keyIDOfAnother(kind))\""] {
            token.header.append(("kid", other))
            expect(kind, try signed(kind, token), .shape)
            token.header.reverse()
            expect(kind, try signed(kind, token), .shape)
            token = world.token(kind)
        }
        token.header.append(("k\\u0069d", own))
        expect(kind, try signed(kind, token), .shape, "the same name in other letters")
    }

    @Test(arguments: SignedKind.allCases)
    func `a missing kid is refused`(_ kind: SignedKind) throws {
        expect(kind, try signed(kind, world.token(kind).with("kid", nil)), .missingKeyID)
    }

    @Test(arguments: SignedKind.allCases)
    func `a kid that is no text is refused`(_ kind: SignedKind) throws {
        for text in ["null", "1", "true", "[]", "{}", "[\"x\"]"] {
            expect(kind, try signed(kind, world.token(kind).with("kid", text)), .shape)
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `a key address is refused and never asked`(_ kind: SignedKind) throws {
        let listener = try SilentListener()
        for name in ["jku", "x5u"] {
            for scheme in ["http", "https"] {
                let address = "\"\(scheme)://127.0.0.1:\(listener.port)/keys.json\""
                let token = world.token(kind).with(name, address)
                expect(kind, try signed(kind, token), .shape)
                expect(kind, try token.signed(by: KeyPair()), .shape)
            }
        }
        #expect(!listener.wasAsked)
    }

    @Test(arguments: SignedKind.allCases)
    func `a key that the token brings is refused, the stranger's and the signer's own`(
        _ kind: SignedKind
    ) throws {
        let stranger = try KeyPair()
        for pair in [stranger, world.signer(kind)] {
            let token = world.token(kind).with("jwk", pair.publicKey.jwk.text)
            expect(kind, try token.signed(by: pair), .shape)
        }
        for name in ["x5c", "x5t", "x5t#S256"] {
            let token = world.token(kind).with(name, "[\"MIIB\"]")
            // A thumbprint brings no key: it is passed over, and the stranger's signature is not.
            expect(kind, try token.signed(by: stranger), name == "x5c" ? .shape : .signature)
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `extensions that must be understood are refused: unknown, none, standard names`(
        _ kind: SignedKind
    ) throws {
        for text in [
            #"["x"]"#, "[]", #"["alg"]"#, #"["exp"]"#, #"["b64"]"#, #"["kid","kid"]"#, "null",
            "{}", "\"x\"", "[1]",
        ] {
            let token = world.token(kind).with([("crit", text), ("x", "1")])
            expect(kind, try signed(kind, token), .shape, "\(text)")
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `an unencoded payload is refused`(_ kind: SignedKind) throws {
        for text in ["false", "\"true\"", "0", "null"] {
            expect(kind, try signed(kind, world.token(kind).with("b64", text)), .shape)
        }
        let token = world.token(kind).with([("b64", "false"), ("crit", #"["b64"]"#)])
        let header = HandMadeToken.base64URL(Array(token.headerText.utf8))
        let input = Array("\(header).".utf8) + token.payload
        let signature = try world.signer(kind).key.sign(input)
        expect(kind, "\(header)..\(HandMadeToken.base64URL(signature))", .shape)
    }

    @Test(arguments: SignedKind.allCases)
    func `a compressed payload is refused`(_ kind: SignedKind) throws {
        for text in ["\"DEF\"", "\"\"", "null"] {
            expect(kind, try signed(kind, world.token(kind).with("zip", text)), .shape)
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `another or no type is refused`(_ kind: SignedKind) throws {
        let type = kind.type
        for text in [
            nil, "\"JWT\"", "\"jwt\"", "\"\"", "\"\(type.uppercased())\"",
            "\"application/\(type)\"",
            "\"\(type) \"", "\" \(type)\"", "\"\(type);v=1\"", "\"\(type)\\u0000\"",
            "\"\(type)\\u0301\"",
        ] {
            expect(kind, try signed(kind, world.token(kind).with("typ", text)), .type)
        }
        for text in ["null", "1", "[\"\(type)\"]"] {
            expect(kind, try signed(kind, world.token(kind).with("typ", text)), .shape)
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `an encrypted token is refused`(_ kind: SignedKind) throws {
        let header = HandMadeToken.base64URL(
            Array(#"{"alg":"ECDH-ES","enc":"A128GCM","typ":"\#(kind.type)"}"#.utf8))
        expect(kind, "\(header)..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA", .shape)
        let signedHeader = world.token(kind).with("enc", "\"A128GCM\"")
        let parts = try signed(kind, signedHeader).split(separator: ".")
        expect(kind, "\(parts[0])..\(parts[1]).\(parts[2]).AAAA", .shape)
    }

    @Test(arguments: SignedKind.allCases)
    func `a token in a token is not unpacked`(_ kind: SignedKind) throws {
        let good = try signed(kind, world.token(kind))
        var token = world.token(kind).with("cty", "\"JWT\"")
        for inner in [good, "\"\(good)\""] {
            token.payload = Array(inner.utf8)
            expect(kind, try signed(kind, token), .content)
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `a token written as JSON is refused, with one signature or several`(
        _ kind: SignedKind
    ) throws {
        let good = try signed(kind, world.token(kind))
        let parts = good.split(separator: ".").map { JSON.string(String($0)) }
        let signature: JSON = ["protected": parts[0], "signature": parts[2]]
        let forms: [JSON] = [
            ["payload": parts[1], "protected": parts[0], "signature": parts[2]],
            ["payload": parts[1], "signatures": [signature]],
            ["payload": parts[1], "signatures": [signature, signature]],
            .string(good), [.string(good)],
        ]
        for form in forms { expect(kind, form.text, .shape) }
        expect(kind, "\(good)~", .shape)
        expect(kind, "\(good),\(good)", .shape)
        expect(kind, "Bearer \(good)", .shape)
    }

    @Test(arguments: SignedKind.allCases)
    func `a name twice in the header is refused`(_ kind: SignedKind) throws {
        for (name, text) in [
            ("alg", "\"ES256\""), ("alg", "\"none\""), ("typ", "\"\(kind.type)\""), ("x", "1"),
        ] {
            var token = world.token(kind).with("x", "1")
            token.header.append((name, text))
            expect(kind, try signed(kind, token), .shape, "\(name)")
            token.header.reverse()
            expect(kind, try signed(kind, token), .shape, "\(name)")
        }
    }

    @Test(arguments: SignedKind.allCases)
    func `a name twice in the payload is refused, in every object of it`(
        _ kind: SignedKind
    ) throws {
        let token = world.token(kind)
        let text = String(decoding: token.payload, as: UTF8.self)
        var changed = token
        for part in text.split(separator: "{").dropFirst(0).map(String.init) {
            // The first member of each object once more.
            guard let end = part.firstIndex(of: ":"), part.first == "\"" else { continue }
            changed.payload = Array(
                text.replacing("{\(part)", with: "{\(part[..<end]):null,\(part)").utf8)
            let shape: SignedKind.Fault = .content
            expect(kind, try signed(kind, changed), shape, "\(part.prefix(40))")
        }
        #expect(changed.payload != token.payload)
    }

    @Test(arguments: SignedKind.allCases)
    func `a payload that is no JSON object is refused`(_ kind: SignedKind) throws {
        var token = world.token(kind)
        let good = token.payload
        for payload in [
            [], Array("null".utf8), Array("[]".utf8), Array("1".utf8), Array("\"x\"".utf8),
            [0xEF, 0xBB, 0xBF] + good, good + [0], good + good, [0xFF] + good,
            Array(good.dropLast()), Array("{\"a\":1}".utf8) + good,
        ] as [[UInt8]] {
            token.payload = payload
            expect(kind, try signed(kind, token), .content)
        }
    }
}
