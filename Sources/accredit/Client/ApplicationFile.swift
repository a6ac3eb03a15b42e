import Credentials
import Cryptography
import Encoding
import Storage

/// An application as a file: signed, or a draft in JSON that the node's key signs.
///
/// A draft is `{"operator", "endpoint", "consensusKey", "account"?, "validFor"?, "qualifications":
/// {"device", "deposits", "credit"?, "evidence"?}}`: the claims without those that the signature
/// brings (network, node, iat, nonce, kind).
enum ApplicationFile {
    static func isDraft(_ text: String) -> Bool { text.utf8.first == UInt8(ascii: "{") }

    static func draft(
        _ text: String, network: String, path: String
    ) throws -> ApplicationDraft {
        var fields = try Fields(try JSON.parse(text), path)
        let operatorName = try fields.string("operator")
        let account = try fields.optionalString("account")
        let endpoint = try fields.string("endpoint")
        let consensusKey = try PublicKey(
            algorithm: .ed25519, bytes: try fields.bytes("consensusKey", count: 32))
        let validFor = try fields.optionalInt64("validFor")
        var inner = try fields.object("qualifications")
        let qualifications = try qualifications(&inner)
        try inner.end()
        try fields.end()
        return draft(
            network: network, operatorName: operatorName, account: account, endpoint: endpoint,
            consensusKey: consensusKey, validFor: validFor, qualifications)
    }

    /// A draft of this moment, unlike every other.
    static func draft(
        network: String, operatorName: String, account: String?, endpoint: String,
        consensusKey: PublicKey, validFor: Int64?, _ qualifications: Qualifications
    ) -> ApplicationDraft {
        ApplicationDraft(
            network: network, operatorName: operatorName, account: account, endpoint: endpoint,
            consensusKey: consensusKey, issuedAt: Instant(seconds: SystemClock.now().seconds),
            nonce: SecureRandom.bytes(16), validForSeconds: validFor,
            qualifications: qualifications)
    }

    private static func qualifications(_ fields: inout Fields) throws -> Qualifications {
        Qualifications(
            device: try Qualifications.Device(json: try fields.json("device")),
            deposits: try fields.strings("deposits", maximumCount: 32)
                .map { try Digest(hexadecimal: $0) },
            credit: try fields.optionalString("credit"), evidence: fields.optionalJSON("evidence"))
    }

    /// A signed application, checked as an auditor would check it.
    /// - Parameter network: nil to take the one it names.
    static func verified(_ text: String, network: String?) throws -> Application {
        let stated = try JSON.parse(try JWS(text).payload)["network"]?.stringValue
        return try Application.verify(
            text, network: network ?? stated ?? "", at: SystemClock.now())
    }
}
