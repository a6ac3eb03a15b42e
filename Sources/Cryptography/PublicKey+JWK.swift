package import Encoding

extension PublicKey {
    /// Reads a JSON Web Key (RFC 7517; RFC 7518 section 6.2, RFC 8037 section 2).
    ///
    /// `use`, `key_ops` and `alg` are honoured: a key that is not for verifying, or not for this
    /// algorithm, is refused. Members not known here are ignored, as RFC 7517 section 4 has it.
    /// - Throws: `.unsupported` for other kinds of key, `.purpose` for keys with another use,
    ///   `.malformed` for the rest, and for private keys.
    package init(jwk: JSON) throws(KeyError) {
        guard case .object(let members) = jwk else {
            throw KeyError(.malformed, "a JSON Web Key is an object")
        }
        let algorithm = try PublicKey.algorithm(of: members)
        try PublicKey.checkPurpose(of: members, algorithm)
        guard members["d"] == nil else {
            throw KeyError(.malformed, "a private key stands where a public one belongs")
        }
        let x = try PublicKey.coordinate("x", of: members)
        switch algorithm {
        case .es256:
            let y = try PublicKey.coordinate("y", of: members)
            try self.init(algorithm: .es256, bytes: [4] + x + y)
        case .ed25519:
            try self.init(algorithm: .ed25519, bytes: x)
        }
    }

    /// The public members: `kty`, `crv`, `x` and, for P-256, `y`.
    package var jwk: JSON {
        switch algorithm {
        case .es256: ["kty": "EC", "crv": "P-256", "x": .string(x), "y": .string(y)]
        case .ed25519: ["kty": "OKP", "crv": "Ed25519", "x": .string(x)]
        }
    }

    /// The RFC 7638 thumbprint with SHA-256, in base64url.
    package var thumbprint: String {
        let members: JSON =
            switch algorithm {
            case .es256: ["crv": "P-256", "kty": "EC", "x": .string(x), "y": .string(y)]
            case .ed25519: ["crv": "Ed25519", "kty": "OKP", "x": .string(x)]
            }
        return Base64URL.encode(Digest.sha256(members.bytes).bytes)
    }

    /// The thumbprint as a URI (RFC 9278).
    package var thumbprintURI: String {
        "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + thumbprint
    }

    private var x: String {
        Base64URL.encode(algorithm == .es256 ? Array(bytes.dropFirst()) : bytes)
    }

    /// The second coordinate, known since the point was decompressed.
    private var y: String { Base64URL.encode(handle.ordinate ?? []) }

    private static func algorithm(of members: JSONObject) throws(KeyError) -> KeyAlgorithm {
        let kind = try string("kty", of: members)
        guard let kind else { throw KeyError(.malformed, "the JSON Web Key lacks 'kty'") }
        let curve = try string("crv", of: members) ?? ""
        if kind.hasSameBytes(as: "EC"), curve.hasSameBytes(as: "P-256") { return .es256 }
        if kind.hasSameBytes(as: "OKP"), curve.hasSameBytes(as: "Ed25519") { return .ed25519 }
        throw KeyError(
            .unsupported,
            "keys of kind \(kind.quotedForMessage) \(curve.quotedForMessage) are not supported; "
                + "use EC P-256 or OKP Ed25519")
    }

    private static func checkPurpose(
        of members: JSONObject, _ algorithm: KeyAlgorithm
    ) throws(KeyError) {
        if let name = try string("alg", of: members), !algorithm.accepts(name: name) {
            throw KeyError(
                .unsupported,
                "the key says it is for \(name.quotedForMessage), not \(algorithm.rawValue)")
        }
        if let use = try string("use", of: members), !use.hasSameBytes(as: "sig") {
            throw KeyError(.purpose, "the key is for \(use.quotedForMessage), not for signatures")
        }
        guard let operations = members["key_ops"] else { return }
        guard case .array(let elements) = operations else {
            throw KeyError(.malformed, "'key_ops' has to be an array")
        }
        var isForVerifying = false
        for index in elements.indices {
            guard let operation = elements[index].stringValue,
                !elements[..<index].contains(elements[index])
            else { throw KeyError(.malformed, "'key_ops' has to hold different strings") }
            if operation.hasSameBytes(as: "verify") { isForVerifying = true }
        }
        guard isForVerifying else {
            throw KeyError(.purpose, "'key_ops' does not let the key verify signatures")
        }
    }

    /// A member that has to be a string when it is there.
    private static func string(
        _ name: String, of members: JSONObject
    ) throws(KeyError) -> String? {
        guard let json = members[name] else { return nil }
        guard let value = json.stringValue else {
            throw KeyError(.malformed, "'\(name)' of a JSON Web Key has to be a string")
        }
        return value
    }

    /// 32 bytes: RFC 7518 section 6.2.1.2 wants leading zeros kept.
    private static func coordinate(
        _ name: String, of members: JSONObject
    ) throws(KeyError) -> [UInt8] {
        guard let text = try string(name, of: members), text.utf8.count == 43,
            let bytes = try? Base64URL.decode(text)
        else { throw KeyError(.malformed, "'\(name)' has to be 32 bytes in base64url") }
        return bytes
    }
}
