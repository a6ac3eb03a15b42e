internal import COpenSSL

/// What is fetched from OpenSSL once and used by every thread: fetched methods and keys that nobody
/// changes any more may be shared (OpenSSL 3.0, openssl-threads(7)).
enum OpenSSL {
    /// SHA-256, fetched once: fetching at each use doubles the time of a short hash.
    nonisolated(unsafe) static let sha256: OpaquePointer? = unsafe EVP_MD_fetch(
        nil, "SHA256", nil)

    /// The group of P-256, for points alone.
    nonisolated(unsafe) static let p256: OpaquePointer? = unsafe EC_GROUP_new_by_curve_name(
        NID_X9_62_prime256v1)

    /// A P-256 key with parameters and no point. Copying it and setting the point takes a tenth of
    /// the time that parsing a key takes, which looks the curve up again.
    nonisolated(unsafe) static let p256Parameters: OpaquePointer? = {
        let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_paramgen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            unsafe EVP_PKEY_paramgen(context, &key) == 1
        else { return nil }
        return unsafe key
    }()

    /// Empties this thread's error queue, so that the next failure is not blamed on this one, and
    /// tells the last reason.
    @discardableResult
    static func takeError() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let reason = unsafe ERR_reason_error_string(code) else {
            return "no reason given"
        }
        return unsafe String(cString: reason)
    }
}
