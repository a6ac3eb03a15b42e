import Cryptography
import Encoding

/// One document names a key several times, and is read several times: its applicant's key is
/// decompressed once. What comes out is the same with or without.
private let knownKeys = KeyCache(capacity: Limits.knownKeyCount)

extension Fields {
    /// A network's name: letters, digits, `.`, `_` and `-`.
    mutating func network(_ name: String) throws(FormatError) -> String {
        let text = try string(name, maximumByteCount: Limits.networkByteCountMaximum)
        guard WebAddress.isName(text) else {
            throw error(name, "has to be letters, digits, '.', '_' or '-'")
        }
        return text
    }

    /// Text for people: no control characters, which could rewrite a terminal's screen, and no
    /// marks that change the direction of reading.
    mutating func optionalText(
        _ name: String, maximumByteCount: Int = Limits.nameByteCountMaximum
    ) throws(FormatError) -> String? {
        guard let text = try optionalString(name, maximumByteCount: maximumByteCount) else {
            return nil
        }
        let isPrintable = text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: false
            default: true
            }
        }
        guard !text.isEmpty, isPrintable else {
            throw error(name, "has to be text of at least one character without control codes")
        }
        return text
    }

    mutating func text(
        _ name: String, maximumByteCount: Int = Limits.nameByteCountMaximum
    ) throws(FormatError) -> String {
        guard let text = try optionalText(name, maximumByteCount: maximumByteCount) else {
            throw error(name, "is missing")
        }
        return text
    }

    /// The address of a server: `https://host` or `https://host:port`.
    mutating func endpoint(_ name: String) throws(FormatError) -> String {
        let text = try string(name, maximumByteCount: Limits.addressByteCountMaximum)
        guard WebAddress.isOrigin(text) else {
            throw error(name, "has to be https://host:port, in lowercase and without a path")
        }
        return text
    }

    /// An issuer's address: an origin, with or without a path.
    mutating func issuer(_ name: String) throws(FormatError) -> String {
        let text = try string(name, maximumByteCount: Limits.addressByteCountMaximum)
        guard WebAddress.isIssuer(text) else {
            throw error(name, "has to be an https address without query and fragment")
        }
        return text
    }

    /// A `did:key` in its one canonical form.
    mutating func key(_ name: String) throws(FormatError) -> PublicKey {
        let text = try string(name, maximumByteCount: Limits.identifierByteCountMaximum)
        let key: PublicKey
        do {
            key = try knownKeys.key(did: text)
        } catch let cause {
            throw error(name, "has to be a did:key of a P-256 or Ed25519 key: \(cause.detail)")
        }
        guard key.did.hasSameBytes(as: text) else {
            throw error(name, "is not the canonical form, which is \(key.did)")
        }
        return key
    }

    /// A consensus key: the 32 bytes of an Ed25519 public key in base64url.
    mutating func consensusKey(_ name: String) throws(FormatError) -> PublicKey {
        let bytes = try bytes(name, count: 32)
        do {
            return try knownKeys.key(ed25519: bytes)
        } catch let cause {
            throw error(name, "has to be an Ed25519 public key: \(cause.detail)")
        }
    }

    /// The height of a block, from 0 on.
    mutating func optionalHeight(_ name: String) throws(FormatError) -> UInt64? {
        // Within the range, which has no negative number in it.
        try optionalInt64(name, in: 0...Limits.heightMaximum).map(UInt64.init)
    }

    /// The public key in a JWK.
    mutating func jwk(_ name: String) throws(FormatError) -> PublicKey {
        let jwk = try json(name)
        do {
            return try PublicKey(jwk: jwk)
        } catch let cause {
            throw error(name, "cannot be used: \(cause.detail)")
        }
    }

    /// A time in whole seconds, written as RFC 3339.
    mutating func wholeSeconds(_ name: String) throws(FormatError) -> Instant {
        guard let instant = try optionalWholeSeconds(name) else {
            throw error(name, "is missing")
        }
        return instant
    }

    mutating func optionalWholeSeconds(_ name: String) throws(FormatError) -> Instant? {
        guard let instant = try optionalInstant(name) else { return nil }
        guard Instant(seconds: instant.seconds) == instant else {
            throw error(name, "has to be in whole seconds")
        }
        return instant
    }
}

/// The few shapes of addresses that name servers and auditors. Anything unusual is refused: an
/// address that can be written in two ways would name one auditor twice.
package enum WebAddress {
    /// `https://host` or `https://host:port`, the host in lowercase.
    package static func isOrigin(_ text: String) -> Bool { rest(of: text)?.isEmpty == true }

    /// An origin followed by nothing or a path of letters, digits and `-._~/`, without a slash at
    /// the end.
    package static func isIssuer(_ text: String) -> Bool {
        guard let rest = rest(of: text) else { return false }
        guard let first = rest.first else { return true }
        let slash = UInt8(ascii: "/")
        let isPath = rest.allSatisfy { isAlphanumeric($0) || "-._~/".utf8.contains($0) }
        let hasEmptyPart = zip(rest, rest.dropFirst()).contains { $0 == slash && $1 == slash }
        return first == slash && rest.last != slash && isPath && !hasEmptyPart
    }

    /// Letters, digits, `.`, `_` and `-`, at least one.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
    }

    /// What follows host and port; nil when there is no such beginning.
    private static func rest(of text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        let scheme = Array("https://".utf8)
        guard bytes.starts(with: scheme), bytes.count <= Limits.addressByteCountMaximum else {
            return nil
        }
        let isBracketed = bytes.dropFirst(scheme.count).first == UInt8(ascii: "[")
        let authority = bytes.dropFirst(scheme.count).prefix { $0 != UInt8(ascii: "/") }
        let host: ArraySlice<UInt8>
        if isBracketed {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = authority[...close]
            let digits = host.dropFirst().dropLast()
            guard digits.count >= 2, digits.allSatisfy({ isHexadecimal($0) || $0 == 0x3A }) else {
                return nil
            }
        } else {
            host = authority.prefix { $0 != UInt8(ascii: ":") }
            guard isHost(host) else { return nil }
        }
        let port = authority[host.endIndex...]
        guard port.isEmpty || isPort(port.dropFirst(), after: port.first) else { return nil }
        return Array(bytes[authority.endIndex...])
    }

    private static func isHost(_ host: ArraySlice<UInt8>) -> Bool {
        let isLowercase = host.allSatisfy {
            ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D || $0 == 0x2E
        }
        guard let first = host.first, let last = host.last, isLowercase else { return false }
        return first != 0x2D && first != 0x2E && last != 0x2D && last != 0x2E
    }

    private static func isPort(_ digits: ArraySlice<UInt8>, after colon: UInt8?) -> Bool {
        let text = String(decoding: digits, as: UTF8.self)
        guard colon == UInt8(ascii: ":"), let port = UInt16(text), port > 0 else { return false }
        return String(port) == text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x66: true
        default: false
        }
    }
}
