/// The character classes of RFC 9110 §5.6 and RFC 3986, byte by byte.
enum Syntax {
    static let carriageReturn: UInt8 = 0x0D
    static let lineFeed: UInt8 = 0x0A
    static let space: UInt8 = 0x20
    static let tab: UInt8 = 0x09

    private static let tokenBytes = table("!#$%&'*+-.^_`|~", alphanumeric: true)
    private static let targetBytes = table("-._~:/?[]@!$&'()*+,;=%", alphanumeric: true)
    private static let nameBytes = table("-._", alphanumeric: true)

    private static func table(_ extra: String, alphanumeric: Bool) -> [Bool] {
        var table = [Bool](repeating: false, count: 256)
        for byte in extra.utf8 { table[Int(byte)] = true }
        for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { table[Int(byte)] = alphanumeric }
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") { table[Int(byte)] = alphanumeric }
        for byte in UInt8(ascii: "A")...UInt8(ascii: "Z") { table[Int(byte)] = alphanumeric }
        return table
    }

    static func isToken(_ byte: UInt8) -> Bool { tokenBytes[Int(byte)] }

    static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        let table = tokenBytes
        return !bytes.isEmpty && bytes.allSatisfy { table[Int($0)] }
    }

    /// Bytes an URI may hold (RFC 3986 §2), without `#`.
    static func isTarget(_ bytes: some Collection<UInt8>) -> Bool {
        let table = targetBytes
        return !bytes.isEmpty && bytes.allSatisfy { table[Int($0)] }
    }

    /// Visible characters, space, tab and the obsolete upper half: a field value (RFC 9110 §5.5).
    static func isFieldValue(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.allSatisfy { ($0 >= space && $0 != 0x7F) || $0 == tab }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case _: nil
        }
    }

    /// A host name, an IPv4 literal, or an IPv6 literal without its brackets.
    static func isHost(_ bytes: some Collection<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 255 else { return false }
        if bytes.contains(UInt8(ascii: ":")) {
            return bytes.allSatisfy { hexadecimalValue($0) != nil || $0 == 0x3A || $0 == 0x2E }
        }
        let table = nameBytes
        return bytes.allSatisfy { table[Int($0)] }
    }

    /// A Host field or the authority of a target: host, then perhaps a port; no user, no list.
    static func isAuthority(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= Limits.hostByteCount else { return false }
        var rest = bytes[...]
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let literal = rest[rest.index(after: rest.startIndex)..<end]
            guard literal.contains(UInt8(ascii: ":")), isHost(literal) else { return false }
            rest = rest[rest.index(after: end)...]
            if rest.isEmpty { return true }
            guard rest.first == UInt8(ascii: ":") else { return false }
        }
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { return isHost(rest) }
        let port = rest[rest.index(after: colon)...]
        let isNamed = bytes.first == UInt8(ascii: "[") || isHost(rest[..<colon])
        return isNamed && port.count <= 5 && port.allSatisfy(isDigit)
    }

    /// Resolves `%XX`; nil when a triple is broken or the result is not UTF-8 or holds a control.
    static func percentDecoded(
        _ bytes: some Collection<UInt8>, plusIsSpace: Bool = false
    ) -> String? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = iterator.next().flatMap(hexadecimalValue),
                    let low = iterator.next().flatMap(hexadecimalValue)
                else { return nil }
                result.append(high << 4 | low)
            } else {
                result.append(plusIsSpace && byte == UInt8(ascii: "+") ? space : byte)
            }
        }
        guard !result.contains(where: { $0 < space || $0 == 0x7F }) else { return nil }
        return String(validating: result, as: UTF8.self)
    }

    static func lowercased(_ bytes: some Collection<UInt8>) -> [UInt8] {
        bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    /// The same as text, for bytes that are ASCII.
    static func lowercasedText(_ bytes: some Collection<UInt8>) -> String {
        guard bytes.contains(where: { (0x41...0x5A).contains($0) }) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        return String(decoding: lowercased(bytes), as: UTF8.self)
    }

    /// Whether a field's name is `name`, which is given in lower case.
    static func isSameName(_ text: String, _ name: String) -> Bool {
        text.utf8.count == name.utf8.count
            && zip(text.utf8, name.utf8).allSatisfy { byte, other in
                ((0x41...0x5A).contains(byte) ? byte | 0x20 : byte) == other
            }
    }

    /// Text of a field. Each byte of the obsolete upper half stands for itself (ISO 8859-1), so
    /// that nothing is lost and nothing has to be guessed.
    static func fieldText(_ bytes: some Collection<UInt8>) -> String {
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(Unicode.Scalar(byte)) }
        return String(text)
    }

    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, first == space || first == tab { bytes.removeFirst() }
        while let last = bytes.last, last == space || last == tab { bytes.removeLast() }
        return bytes
    }
}
