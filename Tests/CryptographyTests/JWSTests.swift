import Cryptography
import Encoding
import Testing

struct JWSTests {
    private func token(
        _ header: JSON, payload: [UInt8] = [1], key: borrowing PrivateKey
    ) throws -> String {
        let input = Base64URL.encode(header.bytes) + "." + Base64URL.encode(payload)
        return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func `a signed token verifies with its key and type only`(_ algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let other = try PrivateKey.generate(algorithm).publicKey
        let payload = JSON.object(JSONObject([("a", 1)])).bytes
        let jws = try JWS.sign(
            payload: payload, type: "vc+jwt", keyID: "https://a.example#1", contentType: "vc",
            key: key)
        let read = try JWS(jws.compact)
        #expect(read == jws)
        #expect(read.payload == payload)
        #expect(read.header.algorithm == algorithm.rawValue)
        #expect(read.header.type == "vc+jwt")
        #expect(read.header.contentType == "vc")
        #expect(read.header.keyID == "https://a.example#1")
        #expect(read.digest == Digest.sha256(read.signingInput))
        let verified = try read.verify(key: key.publicKey, type: "vc+jwt")
        #expect(verified.jws == jws && verified.key == key.publicKey)
        #expect(throws: JWSError(.signature, "")) { try read.verify(key: other, type: "vc+jwt") }
        for type in ["VC+JWT", "vp+jwt", "application/vc+jwt", "vc+jwt ", ""] {
            #expect(throws: JWSError(.type, "")) { try read.verify(key: key.publicKey, type: type) }
        }
        #expect(throws: JWSError(.type, "")) { try read.verify(key: key.publicKey, type: nil) }
    }

    @Test(arguments: [(nil, nil), ("a#b", nil), (nil, "vc"), ("é\"\u{1}#b", "vc")])
    func `a token made here has the parts that a reader finds in it`(
        _ keyID: String?, _ contentType: String?
    ) throws {
        let key = try PrivateKey.generate(.es256)
        for count in 0...4 {
            let made = try JWS.sign(
                payload: Array(repeating: 0xFF, count: count), type: "t", keyID: keyID,
                contentType: contentType, key: key)
            let read = try JWS(made.compact)
            #expect(made.header == read.header && made.payload == read.payload)
            #expect(made.signingInput == read.signingInput && made.signature == read.signature)
            #expect(made.digest == read.digest)
        }
    }

    @Test func `no token is made with a header that no reader takes`() throws {
        let key = try PrivateKey.generate(.es256)
        // {"alg":"ES256","typ":"t","kid":""}
        for (count, isGood) in [(4095 - 34, true), (4096 - 34, true), (4097 - 34, false)] {
            let keyID = String(repeating: "k", count: count)
            if isGood {
                let made = try JWS.sign(payload: [], type: "t", keyID: keyID, key: key)
                #expect(try JWS(made.compact).header.keyID == keyID)
            } else {
                #expect(throws: JWSError(.limit, "")) {
                    try JWS.sign(payload: [], type: "t", keyID: keyID, key: key)
                }
            }
        }
    }

    @Test func `the key decides the algorithm`() throws {
        let p256 = try PrivateKey.generate(.es256)
        let ed25519 = try PrivateKey.generate(.ed25519)
        for (header, code) in [
            (["alg": "Ed25519"], .algorithm), (["alg": "EdDSA"], .algorithm),
        ] as [(JSON, JWSError.Code)] {
            let jws = try JWS(token(header, key: p256))
            #expect(throws: JWSError(code, "")) { try jws.verify(key: p256.publicKey, type: nil) }
        }
        let old = try JWS(token(["alg": "EdDSA"], key: ed25519))
        _ = try old.verify(key: ed25519.publicKey, type: nil)
        let wrong = try JWS(token(["alg": "ES256"], key: ed25519))
        #expect(throws: JWSError(.algorithm, "")) {
            try wrong.verify(key: ed25519.publicKey, type: nil)
        }
        for name in ["none", "None", "", "HS256", "RS256", "ES384", "es256", "ES256K", "ES256 "] {
            #expect(throws: JWSError(.algorithm, "")) {
                try JWS(token(["alg": .string(name)], key: p256))
            }
        }
    }

    @Test(
        arguments: [
            ("jku", "https://evil.example"), ("x5u", "https://evil.example"), ("jwk", [:]),
            ("x5c", []), ("crit", ["exp"]), ("crit", []), ("crit", ["b64"]), ("zip", "DEF"),
            ("b64", false), ("b64", "true"),
        ] as [(String, JSON)])
    func `a header that brings its own key or rules is refused`(
        _ name: String, _ value: JSON
    ) throws {
        let key = try PrivateKey.generate(.es256)
        let header = JSON.object(JSONObject([("alg", "ES256"), (name, value)]))
        #expect(throws: JWSError(.header, "")) { try JWS(token(header, key: key)) }
    }

    @Test func `members without meaning here are passed over`() throws {
        let key = try PrivateKey.generate(.es256)
        let header: JSON = ["alg": "ES256", "b64": true, "x5t": "AA", "iss": "x", "note": [1]]
        _ = try JWS(token(header, key: key)).verify(key: key.publicKey, type: nil)
    }

    @Test func `headers of another shape are refused`() throws {
        let key = try PrivateKey.generate(.es256)
        for header in [
            [:], [], "ES256", nil, ["alg": 1], ["alg": ["ES256"]], ["alg": "ES256", "typ": 1],
            ["alg": "ES256", "kid": nil], ["alg": "ES256", "cty": true],
            ["alg": "ES256", "alg": "ES256"], ["alg": "ES256", "x": [[[[[[[[1]]]]]]]]],
            ["alg": "ES256", "x": .string(String(repeating: "x", count: 4096))],
        ] as [JSON] {
            #expect(throws: JWSError(.malformed, ""), "\(header)") {
                try JWS(token(header, key: key))
            }
        }
    }

    @Test func `a token has three parts of exact base64url`() throws {
        let key = try PrivateKey.generate(.ed25519)
        let good = try JWS.sign(payload: [1, 2], type: "t", keyID: nil, key: key).compact
        let parts = good.split(separator: ".").map(String.init)
        let header = parts[0]
        let payload = parts[1]
        let signature = parts[2]
        for bad in [
            "", ".", "..", "...", header, header + "." + payload, good + ".", "." + good,
            good + "=", good + "\n", " " + good, good + "AA==",
            header + "=." + payload + "." + signature, header + ". " + payload + "." + signature,
            "{}.\(payload).\(signature)", "." + payload + "." + signature,
            header + "." + payload + "." + signature + "." + signature,
            header + "." + payload + "\u{301}." + signature,
        ] {
            #expect(throws: JWSError(.malformed, ""), "\(bad)") { try JWS(bad) }
        }
        for count in 0..<good.utf8.count {
            let cut = String(good.prefix(count))
            let isVerified =
                (try? JWS(cut)).flatMap { try? $0.verify(key: key.publicKey, type: "t") } != nil
            #expect(!isVerified)
        }
        let long = try JWS(good + "A")
        #expect(throws: JWSError(.signature, "")) { try long.verify(key: key.publicKey, type: "t") }
        #expect(throws: JWSError(.limit, "")) {
            try JWS(good, maximumByteCount: good.utf8.count - 1)
        }
        _ = try JWS(good, maximumByteCount: good.utf8.count)
    }

    @Test func `the digest names the content, not the signature`() throws {
        let key = try PrivateKey.generate(.es256)
        let first = try JWS.sign(payload: [1], type: "t", keyID: "k", key: key)
        let second = try JWS.sign(payload: [1], type: "t", keyID: "k", key: key)
        let third = try JWS.sign(payload: [2], type: "t", keyID: "k", key: key)
        #expect(first.compact != second.compact)
        #expect(first.digest == second.digest)
        #expect(first.digest != third.digest)
    }

    @Test func `a key set is read, published and searched by name`() throws {
        let first = try PrivateKey.generate(.es256).publicKey
        let second = try PrivateKey.generate(.ed25519).publicKey
        let set = try JWKSet([
            JWKSet.Entry(keyID: "a#\(first.thumbprint)", key: first),
            JWKSet.Entry(keyID: "K", key: second),
        ])
        #expect(try JWKSet(json: set.json).entries == set.entries)
        #expect(set.json["keys"]?[0]?["use"] == "sig")
        #expect(set.json["keys"]?[0]?["alg"] == "ES256")
        #expect(set.json["keys"]?[1]?["alg"] == "Ed25519")
        #expect(set.key("K") == second)
        #expect(set.key("\u{212A}") == nil)
        #expect(set.key("missing") == nil)
        #expect(throws: KeyError(.malformed, "")) { try JWKSet(set.entries + [set.entries[0]]) }
        let bare = try JWKSet(json: ["keys": [first.jwk]])
        #expect(bare.key(first.thumbprint) == first)
    }

    @Test func `foreign keys are passed over, broken sets refused`() throws {
        let key = try PrivateKey.generate(.es256).publicKey
        func set(_ others: JSON...) throws -> JWKSet {
            try JWKSet(json: ["keys": .array([key.jwk] + others)])
        }
        let rsa: JSON = ["kty": "RSA", "n": "AQ", "e": "AQAB", "kid": "r"]
        #expect(try set(rsa, ["kty": "new"]).keys == [key])
        #expect(try set(["kty": "EC", "crv": "P-521", "x": "A", "y": "A"]).keys == [key])
        #expect(throws: KeyError(.malformed, "")) { try set(rsa, rsa) }
        for bad in [
            ["kty": "oct", "k": "AA"], ["kty": "RSA", "d": "AA"], ["kid": 1], [:], 1,
            ["kty": "EC", "crv": "P-256", "x": "A", "y": "A"],
        ] as [JSON] {
            #expect(throws: KeyError(.malformed, ""), "\(bad)") { try set(bad) }
        }
        for bad in [[:], [], ["keys": [:]], nil] as [JSON] {
            #expect(throws: KeyError(.malformed, "")) { try JWKSet(json: bad) }
        }
        let many = (0..<257).map { JSON.object(JSONObject([("kty", "x"), ("kid", "\($0)")])) }
        #expect(throws: KeyError(.malformed, "")) { try JWKSet(json: ["keys": .array(many)]) }
    }
}
