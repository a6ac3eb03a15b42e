import Encoding

/// The protected header of a token, as far as anything may depend on it.
package struct JWSHeader: Sendable, Hashable {
    /// `alg`: what the token says; the key decides whether it may.
    package let algorithm: String
    /// `typ`, compared exactly by whoever verifies; nil when absent.
    package let type: String?
    /// `cty`.
    package let contentType: String?
    /// `kid`: nothing but a name to look a key up by.
    package let keyID: String?

    /// Members that would let a token choose or carry its own key, or change how it is read
    /// (RFC 7515 section 4.1, RFC 7516 section 4.1.3). `crit` may only list extensions the reader
    /// knows (RFC 7515 section 4.1.11), and there are none here.
    private static let refused = ["jku", "x5u", "jwk", "x5c", "crit", "zip"]

    init(bytes: [UInt8]) throws(JWSError) {
        let limits = JSONLimits(
            byteCountMaximum: Limits.headerByteCountMaximum,
            depthMaximum: Limits.headerDepthMaximum)
        let json: JSON
        do {
            json = try JSON.parse(bytes, limits: limits)
        } catch let cause {
            throw JWSError(.malformed, "the header is not acceptable JSON: \(cause.detail)")
        }
        guard case .object(let members) = json else {
            throw JWSError(.malformed, "the header has to be a JSON object")
        }
        for name in JWSHeader.refused where members[name] != nil {
            throw JWSError(.header, "tokens with '\(name)' in the header are refused")
        }
        if let isEncoded = members["b64"], isEncoded != .bool(true) {
            throw JWSError(.header, "the payload has to be base64url ('b64' is not supported)")
        }
        guard let algorithm = try JWSHeader.string("alg", members) else {
            throw JWSError(.malformed, "the header lacks 'alg'")
        }
        guard KeyAlgorithm.allCases.contains(where: { $0.accepts(name: algorithm) }) else {
            throw JWSError(
                .algorithm,
                "algorithm \(algorithm.quotedForMessage) is not supported; use ES256 or Ed25519")
        }
        self.algorithm = algorithm
        type = try JWSHeader.string("typ", members)
        contentType = try JWSHeader.string("cty", members)
        keyID = try JWSHeader.string("kid", members)
    }

    init(algorithm: KeyAlgorithm, type: String?, contentType: String?, keyID: String?) {
        self.algorithm = algorithm.rawValue
        self.type = type
        self.contentType = contentType
        self.keyID = keyID
    }

    /// The members in the order in which they are written.
    var json: JSON {
        var members: [(String, JSON)] = [("alg", .string(algorithm))]
        if let type { members.append(("typ", .string(type))) }
        if let contentType { members.append(("cty", .string(contentType))) }
        if let keyID { members.append(("kid", .string(keyID))) }
        return .object(JSONObject(members))
    }

    private static func string(
        _ name: String, _ members: JSONObject
    ) throws(JWSError) -> String? {
        guard let json = members[name] else { return nil }
        guard let value = json.stringValue else {
            throw JWSError(.malformed, "'\(name)' in the header has to be a string")
        }
        return value
    }
}
