import Encoding

/// Where a key in a PKCS#11 token is (RFC 7512), with where its PIN is read from and which library
/// speaks to the token:
/// `pkcs11:token=…;object=…?pin-source=file:/path&module-path=/path/to/library.so`.
///
/// A PIN itself (`pin-value`) is refused: it would stand in files that are not secret.
package struct TokenURI: Sendable, Hashable {
    /// The library (`module-path`), an absolute path.
    package let modulePath: String
    /// The file with the PIN (`pin-source`), an absolute path.
    package let pinPath: String
    /// The part before `?`, as it came.
    let path: String

    /// Attributes that say which key (RFC 7512 section 2.3).
    private static let names: Set<String> = [
        "token", "manufacturer", "serial", "model", "library-manufacturer", "library-description",
        "library-version", "object", "type", "id", "slot-manufacturer", "slot-description",
        "slot-id",
    ]

    /// - Throws: `.malformed`, saying what is missing or not taken.
    package init(_ text: String) throws(KeyError) {
        guard text.utf8.count <= Limits.tokenURIByteCountMaximum, text.hasPrefix("pkcs11:"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") })
        else {
            throw KeyError(
                .malformed, "a token's key is named pkcs11:token=…;object=…?pin-source=…")
        }
        let parts = text.dropFirst("pkcs11:".count).split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let attributes = try Self.pairs(parts[0], separator: ";")
        for name in attributes.map(\.name) where !Self.names.contains(name) {
            throw KeyError(.malformed, "a token's key has no attribute \(name.quotedForMessage)")
        }
        guard attributes.contains(where: { $0.name == "object" || $0.name == "id" }) else {
            throw KeyError(.malformed, "a token's key is named by 'object' or 'id'")
        }
        var module: String?
        var pin: String?
        for (name, value) in try Self.pairs(parts.count > 1 ? parts[1] : "", separator: "&") {
            switch name {
            case "module-path": module = value
            case "pin-source": pin = value.hasPrefix("file:") ? String(value.dropFirst(5)) : value
            case "pin-value":
                throw KeyError(
                    .malformed,
                    "the PIN itself does not belong into the URI: put it into a file of "
                        + "mode 0600 and name it with pin-source=file:/path")
            default:
                throw KeyError(.malformed, "a token's key has no query \(name.quotedForMessage)")
            }
        }
        guard let module, module.hasPrefix("/"), let pin, pin.hasPrefix("/") else {
            throw KeyError(
                .malformed,
                "a token's key needs pin-source=file:/path and module-path=/path, both absolute")
        }
        modulePath = module
        pinPath = pin
        path = String(parts[0])
    }

    /// What the library is asked for.
    func asking(pin: [UInt8]) -> [UInt8] {
        var bytes = Array("pkcs11:\(path);type=private?pin-value=".utf8)
        for byte in pin {
            bytes.append(UInt8(ascii: "%"))
            bytes += Array(Hexadecimal.encode([byte]).utf8)
        }
        return bytes + [0]
    }

    private static func pairs(
        _ text: Substring, separator: Character
    ) throws(KeyError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for part in text.split(separator: separator) {
            let sides = part.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let value = decoded(sides[1]),
                !pairs.contains(where: { $0.name == sides[0] })
            else {
                throw KeyError(
                    .malformed, "\(String(part).quotedForMessage) in a token's URI cannot be read")
            }
            pairs.append((String(sides[0]), value))
        }
        return pairs
    }

    /// Percent-decoding; nil for what is not UTF-8 or has a zero byte.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                value != 0
            else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
