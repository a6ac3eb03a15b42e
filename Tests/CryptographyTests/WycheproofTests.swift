import Cryptography
import Encoding
import FoundationEssentials
import Testing

/// Project Wycheproof's vectors, read from the folder that ACCREDIT_CONFORMANCE names.
struct WycheproofTests {
    struct Group: CustomTestStringConvertible, Sendable {
        let file: String
        let number: Int
        let json: JSON
        var tests: [JSON] { json["tests"]?.arrayValue ?? [] }
        var testDescription: String { "\(file) \(number) \(json["comment"]?.text ?? "")" }
    }

    static func groups(_ file: String) -> [Group] {
        guard let folder = ProcessInfo.processInfo.environment["ACCREDIT_CONFORMANCE"],
            let data = FileManager.default.contents(atPath: "\(folder)/wycheproof/\(file).json"),
            let json = try? JSON.parse(
                Array(data), limits: JSONLimits(byteCountMaximum: 1 << 24)),
            let groups = json["testGroups"]?.arrayValue
        else { return [] }
        return groups.enumerated().map { Group(file: file, number: $0.offset, json: $0.element) }
    }

    static func isValid(_ test: JSON) throws -> Bool {
        let result = try #require(test["result"]?.stringValue)
        // No case of the kinds shipped here is left to choice ("acceptable").
        try #require(result == "valid" || result == "invalid")
        return result == "valid"
    }

    static func bytes(_ json: JSON?) throws -> [UInt8] {
        try Hexadecimal.decode(#require(json?.stringValue))
    }

    static func label(_ test: JSON) -> Comment {
        "\(test["tcId"]?.text ?? "") \(test["comment"]?.text ?? "") \(test["flags"]?.text ?? "")"
    }

    @Test(arguments: groups("ecdsa_secp256r1_sha256_p1363_test"))
    func `P-256 signatures in raw form`(_ group: Group) throws {
        let point = try Self.bytes(group.json["publicKey"]?["uncompressed"])
        let key = try PublicKey(algorithm: .es256, bytes: point)
        #expect(try PublicKey(did: key.did) == key)
        for test in group.tests {
            let signature = try Self.bytes(test["sig"])
            let message = try Self.bytes(test["msg"])
            #expect(
                try key.verify(signature: signature, message: message) == Self.isValid(test),
                Self.label(test))
        }
    }

    @Test(arguments: groups("ed25519_test"))
    func `Ed25519 signatures`(_ group: Group) throws {
        let key = try? PublicKey(
            algorithm: .ed25519, bytes: Self.bytes(group.json["publicKey"]?["pk"]))
        for test in group.tests {
            let signature = try Self.bytes(test["sig"])
            let message = try Self.bytes(test["msg"])
            let isVerified = key?.verify(signature: signature, message: message) ?? false
            #expect(try isVerified == Self.isValid(test), Self.label(test))
        }
    }

    static func verifies(_ token: JSON?, _ key: PublicKey?) -> Bool {
        guard let key, let compact = token?.stringValue, let jws = try? JWS(compact) else {
            return false
        }
        return (try? jws.verify(key: key, type: jws.header.type)) != nil
    }

    @Test(arguments: groups("json_web_signature_test"))
    func `tokens of shipped algorithms are judged and all others refused`(_ group: Group) throws {
        let jwk = try #require(group.json["public"] ?? group.json["private"])
        let isShipped = jwk["crv"] == "P-256" || jwk["crv"] == "Ed25519"
        let key = try? PublicKey(jwk: jwk)
        #expect(isShipped || key == nil)
        for test in group.tests {
            let isExpected = try isShipped && Self.isValid(test)
            #expect(Self.verifies(test["jws"], key) == isExpected, Self.label(test))
        }
    }

    @Test(arguments: groups("json_web_key_test"))
    func `key sets of shipped algorithms are judged and all others refused`(_ group: Group) throws {
        let json = try #require(group.json["public"] ?? group.json["private"])
        let keys = json["keys"]?.arrayValue ?? []
        let isShipped = keys.allSatisfy { $0["crv"] == "P-256" || $0["crv"] == "Ed25519" }
        let set = try? JWKSet(json: json)
        for test in group.tests {
            let name = (test["jws"]?.stringValue).flatMap { try? JWS($0) }?.header.keyID
            let key = name.flatMap { set?.key($0) }
            let isExpected = try isShipped && Self.isValid(test)
            #expect(Self.verifies(test["jws"], key) == isExpected, Self.label(test))
        }
    }
}
