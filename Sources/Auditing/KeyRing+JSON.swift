import Credentials
import Cryptography
package import Encoding

extension KeyRing {
    /// Reads a ring's file: `{"issuer", "keys": [{"thumbprint", "jwk", "state", "from", "until",
    /// "source": {"file" | "pkcs11" | "signer"}, "preparedAt", "activatedAt"?, "retiredAt"?,
    /// "revokedAt"?, "reason"?}]}`.
    /// - Throws: `FormatError` for another shape, for two active keys, for a thumbprint that is not
    ///   its key's, and for states and times that do not fit.
    package init(json: JSON) throws(FormatError) {
        var fields = try Fields(json, "key ring")
        issuer = try fields.string("issuer")
        keys = []
        for var member in try fields.objects("keys", maximumCount: Limits.ringKeyCountMaximum) {
            let key = try Key(&member)
            try member.end()
            guard self.key(key.thumbprint) == nil else {
                throw fields.error("keys", "has key \(key.thumbprint) twice")
            }
            keys.append(key)
        }
        try fields.end()
        guard keys.count(where: { $0.state == .active }) <= 1 else {
            throw FormatError(.shape, "the key ring has more than one active key")
        }
    }

    package var json: JSON {
        ["issuer": .string(issuer), "keys": .array(keys.map(\.json))]
    }
}

extension KeyRing.Key {
    fileprivate init(_ fields: inout Fields) throws(FormatError) {
        let thumbprint = try fields.string("thumbprint")
        let jwk = try fields.json("jwk")
        let key: PublicKey
        do {
            key = try PublicKey(jwk: jwk)
        } catch {
            throw fields.error("jwk", "cannot be used: \(error.detail)")
        }
        guard key.thumbprint.hasSameBytes(as: thumbprint) else {
            throw fields.error("thumbprint", "is not that of 'jwk', which is \(key.thumbprint)")
        }
        guard let state = KeyRing.State(rawValue: try fields.string("state")) else {
            throw fields.error("state", "is prepared, active, retired or revoked")
        }
        let window = Validity(
            from: try fields.instant("from"), until: try fields.instant("until"))
        guard window.from < window.until else {
            throw fields.error("until", "has to be after 'from'")
        }
        var source = try fields.object("source")
        self.init(
            publicKey: key, window: window, source: try KeyRing.Source(&source),
            preparedAt: try fields.instant("preparedAt"))
        try source.end()
        self.state = state
        activatedAt = try fields.optionalInstant("activatedAt")
        retiredAt = try fields.optionalInstant("retiredAt")
        revokedAt = try fields.optionalInstant("revokedAt")
        reason = try fields.optionalString("reason")
        guard fitsItsTimes else {
            throw fields.error("state", "is \(state.rawValue), which the times do not say")
        }
    }

    /// Each state was reached by its events, and by no other.
    private var fitsItsTimes: Bool {
        let isRevoked = revokedAt != nil && reason != nil
        let isUntouched = revokedAt == nil && reason == nil
        return switch state {
        case .prepared: activatedAt == nil && retiredAt == nil && isUntouched
        case .active: activatedAt != nil && retiredAt == nil && isUntouched
        case .retired: activatedAt != nil && retiredAt != nil && isUntouched
        case .revoked: isRevoked
        }
    }

    /// The key as it stands in the ring's file.
    package var json: JSON {
        var members: [(String, JSON)] = [
            ("thumbprint", .string(thumbprint)), ("jwk", publicKey.jwk),
            ("state", .string(state.rawValue)), ("from", .string(window.from.rfc3339)),
            ("until", .string(window.until.rfc3339)), ("source", source.json),
            ("preparedAt", .string(preparedAt.rfc3339)),
        ]
        let times = [
            ("activatedAt", activatedAt), ("retiredAt", retiredAt), ("revokedAt", revokedAt),
        ]
        for (name, time) in times {
            if let time { members.append((name, .string(time.rfc3339))) }
        }
        if let reason { members.append(("reason", .string(reason))) }
        return .object(JSONObject(members))
    }
}

extension KeyRing.Source {
    fileprivate init(_ fields: inout Fields) throws(FormatError) {
        if let file = try fields.optionalString("file") {
            self = .file(file)
        } else if let uri = try fields.optionalString("pkcs11") {
            self = .token(uri)
        } else if let socket = try fields.optionalString("signer") {
            self = .signer(socket)
        } else {
            throw fields.error("file", "or 'pkcs11' or 'signer' has to say where the key is")
        }
    }

    package var json: JSON {
        switch self {
        case .file(let name): ["file": .string(name)]
        case .token(let uri): ["pkcs11": .string(uri)]
        case .signer(let socket): ["signer": .string(socket)]
        }
    }
}
