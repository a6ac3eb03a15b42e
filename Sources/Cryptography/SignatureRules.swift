internal import COpenSSL

/// Raw ECDSA signatures on P-256: r and s, 32 bytes each (RFC 7518 section 3.4).
enum P256Signature {
    /// The DER form that OpenSSL verifies; nil unless there are exactly 64 bytes and both numbers
    /// lie in 1..<n. The signature's own bytes are never taken as DER.
    static func der(raw: [UInt8]) -> [UInt8]? {
        guard raw.count == 64 else { return nil }
        let r = raw[..<32]
        let s = raw[32...]
        guard isInRange(r), isInRange(s) else { return nil }
        let content = integer(r) + integer(s)
        return [0x30, UInt8(content.count)] + content
    }

    /// The raw form of what OpenSSL signed.
    static func raw(der: [UInt8]) -> [UInt8]? {
        unsafe der.withUnsafeBufferPointer { buffer -> [UInt8]? in
            var start = buffer.baseAddress
            guard let signature = unsafe d2i_ECDSA_SIG(nil, &start, buffer.count) else {
                return nil
            }
            defer { unsafe ECDSA_SIG_free(signature) }
            var r = [UInt8](repeating: 0, count: 32)
            var s = r
            guard unsafe BN_bn2binpad(ECDSA_SIG_get0_r(signature), &r, 32) == 32,
                unsafe BN_bn2binpad(ECDSA_SIG_get0_s(signature), &s, 32) == 32
            else { return nil }
            return r + s
        }
    }

    private static func isInRange(_ number: ArraySlice<UInt8>) -> Bool {
        number.contains { $0 != 0 } && number.lexicographicallyPrecedes(order)
    }

    private static func integer(_ number: ArraySlice<UInt8>) -> [UInt8] {
        let digits = number.drop { $0 == 0 }
        let sign: [UInt8] = (digits.first ?? 0) & 0x80 == 0 ? [] : [0]
        return [0x02, UInt8(sign.count + digits.count)] + sign + digits
    }

    /// n, the order of the group (FIPS 186-5, SP 800-186 section 3.2.1.3).
    private static let order: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63,
        0x25, 0x51,
    ]
}

/// What RFC 8032 section 5.1.7 wants checked before the curve arithmetic, and what strict verifiers
/// add. All numbers are little-endian.
enum Ed25519Rules {
    /// 64 bytes, the second half below the group's order L, the first a canonical encoding.
    static func isAcceptable(signature: [UInt8]) -> Bool {
        signature.count == 64 && isBelow(signature[32...], order)
            && isCanonical(Array(signature[..<32]))
    }

    /// A canonical encoding of a point of the curve that is not of small order: one key has one
    /// encoding, and no key lets a signature hold for every message.
    static func isAcceptable(publicKey: [UInt8]) -> Bool {
        guard publicKey.count == 32, isCanonical(publicKey) else { return false }
        let ordinate = withoutSign(publicKey)
        return !smallOrderOrdinates.contains(ordinate) && Ed25519Curve.contains(ordinate: ordinate)
    }

    /// y below p, and no negative zero: x is 0 only for y = 1 and y = p − 1.
    private static func isCanonical(_ point: [UInt8]) -> Bool {
        let ordinate = withoutSign(point)
        guard isBelow(ordinate[...], prime) else { return false }
        let isNegative = point[31] & 0x80 != 0
        return !(isNegative && (ordinate == one || ordinate == minusOne))
    }

    private static func withoutSign(_ point: [UInt8]) -> [UInt8] {
        var ordinate = point
        ordinate[31] &= 0x7F
        return ordinate
    }

    private static func isBelow(_ number: ArraySlice<UInt8>, _ bound: [UInt8]) -> Bool {
        number.reversed().lexicographicallyPrecedes(bound.reversed())
    }

    /// L = 2²⁵² + 27742317777372353535851937790883648493.
    private static let order: [UInt8] =
        [
            0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9,
            0xDE, 0x14,
        ] + Array(repeating: 0, count: 15) + [0x10]

    /// p = 2²⁵⁵ − 19.
    private static let prime: [UInt8] = [0xED] + Array(repeating: 0xFF, count: 30) + [0x7F]

    private static let one: [UInt8] = [1] + Array(repeating: 0, count: 31)
    private static let minusOne: [UInt8] = [0xEC] + Array(repeating: 0xFF, count: 30) + [0x7F]

    /// The y of the eight points whose order divides 8: 1, −1, 0 and the two of order 8.
    private static let smallOrderOrdinates: [[UInt8]] = [
        one, minusOne, Array(repeating: 0, count: 32),
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF,
            0x98, 0xF0, 0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88,
            0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10,
            0x67, 0x0F, 0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77,
            0x92, 0xAC, 0x03, 0x7A,
        ],
    ]
}
