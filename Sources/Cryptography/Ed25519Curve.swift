internal import COpenSSL

/// Whether an ordinate belongs to a point of edwards25519. OpenSSL takes any 32 bytes for a key and
/// finds out at the first verification; a key set should say so when it is read (RFC 8725 section
/// 3.4).
enum Ed25519Curve {
    /// - Parameter ordinate: y below p, little-endian, without the sign of x.
    static func contains(ordinate: [UInt8]) -> Bool {
        let context = unsafe BN_CTX_new()
        let y = unsafe BN_lebin2bn(ordinate, Int32(ordinate.count), nil)
        let u = unsafe BN_new()
        let v = unsafe BN_new()
        defer {
            unsafe BN_free(y)
            unsafe BN_free(u)
            unsafe BN_free(v)
            unsafe BN_CTX_free(context)
        }
        // x² = (y² − 1) / (dy² + 1) = u / v has a root exactly when uv has one.
        guard unsafe BN_mod_sqr(u, y, prime, context) == 1,
            unsafe BN_mod_mul(v, u, d, prime, context) == 1,
            unsafe BN_add_word(v, 1) == 1, unsafe BN_sub_word(u, 1) == 1,
            unsafe BN_mod_mul(u, u, v, prime, context) == 1
        else {
            OpenSSL.takeError()
            return false
        }
        let symbol = unsafe BN_kronecker(u, prime, context)
        return symbol == 0 || symbol == 1
    }

    /// p = 2²⁵⁵ − 19.
    nonisolated(unsafe) private static let prime = unsafe number(
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed")

    /// d = −121665 / 121666 mod p (RFC 8032 section 5.1).
    nonisolated(unsafe) private static let d = unsafe number(
        "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3")

    private static func number(_ hexadecimal: String) -> OpaquePointer? {
        var result: OpaquePointer?
        unsafe BN_hex2bn(&result, hexadecimal)
        return unsafe result
    }
}
