package import Encoding

/// An auditor takes a credential back: the body of `credential.revoke`.
///
/// `{"credential": "<jti, a UUID in lowercase>", "issuer": "<issuer URL>", "reason": "<code>"}`.
package struct CredentialRevocation: Sendable, Hashable {
    package let credential: String
    package let issuer: String
    package let reason: String

    /// - Throws: `shape`.
    package init(credential: String, issuer: String, reason: String) throws(LedgerError) {
        guard Self.isUUID(credential) else {
            throw LedgerError(
                .shape, "credential is the jti without urn:uuid: a UUID in lowercase")
        }
        guard issuer.utf8.count <= Limits.addressByteCountMaximum else {
            throw LedgerError(
                .shape, "an issuer has at most \(Limits.addressByteCountMaximum) bytes")
        }
        guard !reason.isEmpty, reason.utf8.count <= Limits.revocationReasonByteCountMaximum,
            reason.utf8.allSatisfy(Self.isReasonByte)
        else {
            throw LedgerError(
                .shape,
                "reason is a code of letters, digits and hyphens, at most "
                    + "\(Limits.revocationReasonByteCountMaximum) bytes")
        }
        self.credential = credential
        self.issuer = issuer
        self.reason = reason
    }

    package var json: JSON {
        [
            "credential": .string(credential), "issuer": .string(issuer),
            "reason": .string(reason),
        ]
    }

    init(_ fields: inout Fields) throws {
        try self.init(
            credential: try fields.string("credential", maximumByteCount: 64),
            issuer: try fields.string(
                "issuer", maximumByteCount: Limits.addressByteCountMaximum),
            reason: try fields.string(
                "reason", maximumByteCount: Limits.revocationReasonByteCountMaximum))
    }

    private static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 36
            && bytes.indices.allSatisfy { index in
                switch index {
                case 8, 13, 18, 23: bytes[index] == UInt8(ascii: "-")
                default:
                    (bytes[index] >= 0x30 && bytes[index] <= 0x39)
                        || (bytes[index] >= 0x61 && bytes[index] <= 0x66)
                }
            }
    }

    private static func isReasonByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
        default: false
        }
    }
}
