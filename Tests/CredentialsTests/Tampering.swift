import Credentials
import Cryptography
import Encoding
import TestSupport

/// The code of a `CredentialError` that `body` throws; nil when it throws none.
func code<T>(_ body: () throws(CredentialError) -> T) -> CredentialError.Code? {
    do throws(CredentialError) {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}

/// A token over other claims, signed again with a good key.
func resigned(
    _ jws: JWS, _ key: KeyPair, type: String? = nil, keyID: String? = nil,
    _ change: (inout JSONObject) throws -> Void = { _ in }
) throws -> String {
    var claims = try JSON.parse(jws.payload).objectValue ?? JSONObject()
    try change(&claims)
    return try JWS.sign(
        payload: JSON.object(claims).bytes, type: type ?? jws.header.type ?? "",
        keyID: keyID ?? jws.header.keyID, key: key.key
    ).compact
}

/// The same token with the payload changed and the old signature kept.
func forged(_ jws: JWS, _ change: (inout JSONObject) -> Void) throws -> String {
    var claims = try JSON.parse(jws.payload).objectValue ?? JSONObject()
    change(&claims)
    let parts = jws.compact.split(separator: ".").map(String.init)
    return parts[0] + "." + Base64URL.encode(JSON.object(claims).bytes) + "." + parts[2]
}

extension JSONObject {
    /// Changes a member of an object member.
    mutating func change(_ name: String, _ inner: String, to value: JSON?) {
        var object = self[name]?.objectValue ?? JSONObject()
        object[inner] = value
        self[name] = .object(object)
    }
}
