package import Credentials
package import Cryptography
package import Encoding

/// A new auditor set that the auditors agreed on: the body of `auditorset.update`.
///
/// `{"set": <the document of version N+1>, "signatures": ["<JWS>", …]}`; see
/// `AuditorSetSignature` for what is signed.
package struct AuditorSetUpdate: Sendable, Hashable {
    package let set: AuditorSet
    /// `AuditorSetSignature`s, compact.
    package let signatures: [String]

    package init(set: AuditorSet, signatures: [String]) {
        self.set = set
        self.signatures = signatures
    }

    package var json: JSON {
        ["set": set.json, "signatures": .array(signatures.map { .string($0) })]
    }

    /// - Throws: `shape`, also for a set that must not be used.
    package init(_ fields: inout Fields) throws {
        let document = try fields.json("set")
        do { set = try AuditorSet(json: document) } catch {
            throw LedgerError(.shape, "set: \(error)")
        }
        var signatures: [String] = []
        for item in try fields.array(
            "signatures", maximumCount: Limits.auditorSetSignatureCountMaximum)
        {
            guard let text = item.stringValue,
                text.utf8.count <= Limits.auditorSetSignatureByteCountMaximum
            else {
                throw LedgerError(
                    .shape,
                    "a signature is a compact JWS of at most "
                        + "\(Limits.auditorSetSignatureByteCountMaximum) bytes")
            }
            signatures.append(text)
        }
        self.signatures = signatures
    }
}

/// How the auditor set came to a version later than that of genesis.
package struct AuditorSetChange: Sendable, Hashable {
    package let set: AuditorSet
    /// Height of the block that has the change; it is in force from the next block on.
    package let height: UInt64
    /// The `auditor.rotate` or `auditorset.update`.
    package let transaction: Digest

    /// `{"height","transaction","set"}`.
    package var json: JSON {
        [
            "height": .number(JSONNumber(height)), "transaction": .string(transaction.text),
            "set": set.json,
        ]
    }

    init(set: AuditorSet, height: UInt64, transaction: Digest) {
        self.set = set
        self.height = height
        self.transaction = transaction
    }

    init(_ json: JSON) throws {
        var fields = try Fields(json, "change of the auditor set")
        height = try fields.uint64("height")
        transaction = try fields.digest("transaction")
        set = try AuditorSet(json: try fields.json("set"))
        try fields.end()
    }
}
