import Cryptography
package import Encoding

extension AuditorSet {
    /// Reads an auditor set document: {"version", "network", "threshold", "operators",
    /// "auditors": [{"issuer", "name", "operator", "account", "keys": [{"jwk", "from", "until",
    /// "compromisedSince" (optional)}]}]}.
    /// - Throws: `malformed`, `limit`, or `auditorSet` for a set that must not be used.
    package init(json: JSON) throws(CredentialError) {
        let read = try CredentialError.reading { () throws(FormatError) in
            var fields = try Fields(json, "auditor set")
            let version = try fields.int64("version", in: 1 ... .max)
            let network = try fields.network("network")
            let threshold = try fields.int("threshold", in: 0...Limits.auditorCountMaximum)
            let operators = try fields.int("operators", in: 0...Limits.auditorCountMaximum)
            var auditors: [Auditor] = []
            for var auditor in try fields.objects(
                "auditors", maximumCount: Limits.auditorCountMaximum)
            {
                auditors.append(try Auditor(&auditor))
                try auditor.end()
            }
            try fields.end()
            return (version, network, threshold, operators, auditors)
        }
        try self.init(
            version: read.0, network: read.1, threshold: read.2, operators: read.3,
            auditors: read.4)
    }

    /// Reads the document's bytes.
    package init(bytes: [UInt8]) throws(CredentialError) {
        let json = try CredentialError.reading { () throws(FormatError) in
            try JSON.parse(
                bytes,
                limits: JSONLimits(
                    byteCountMaximum: Limits.auditorSetByteCountMaximum,
                    depthMaximum: Limits.depthMaximum))
        }
        try self.init(json: json)
    }

    /// The document, in one fixed order of members.
    package var json: JSON {
        [
            "version": JSON(version), "network": .string(network), "threshold": JSON(threshold),
            "operators": JSON(operators), "auditors": .array(auditors.map(\.json)),
        ]
    }
}

extension AuditorSet.Auditor {
    fileprivate init(_ fields: inout Fields) throws(FormatError) {
        let issuer = try fields.issuer("issuer")
        let name = try fields.text("name")
        let operatorName = try fields.text("operator")
        let account = try fields.key("account").did
        var keys: [AuditorSet.Key] = []
        for var key in try fields.objects("keys", maximumCount: Limits.auditorKeyCountMaximum) {
            keys.append(try AuditorSet.Key(&key))
            try key.end()
        }
        self.init(
            issuer: issuer, name: name, operatorName: operatorName, account: account, keys: keys)
    }

    fileprivate var json: JSON {
        [
            "issuer": .string(issuer), "name": .string(name), "operator": .string(operatorName),
            "account": .string(account), "keys": .array(keys.map(\.json)),
        ]
    }
}

extension AuditorSet.Key {
    fileprivate init(_ fields: inout Fields) throws(FormatError) {
        let key = try fields.jwk("jwk")
        let window = Validity(
            from: try fields.wholeSeconds("from"), until: try fields.wholeSeconds("until"))
        let compromisedSince = try fields.optionalHeight("compromisedSince")
        self.init(key: key, window: window, compromisedSince: compromisedSince)
    }

    fileprivate var json: JSON {
        var members: [(String, JSON)] = [
            ("jwk", key.jwk), ("from", .string(window.from.rfc3339)),
            ("until", .string(window.until.rfc3339)),
        ]
        if let compromisedSince {
            members.append(("compromisedSince", JSON(compromisedSince)))
        }
        return .object(JSONObject(members))
    }
}
