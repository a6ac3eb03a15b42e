/// base64 with padding (RFC 4648 section 4), as strict as `Base64URL`: one byte string, one text.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        var text = Base64URL.encode(bytes).utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    package static func decode(_ text: String) throws(FormatError) -> [UInt8] {
        var bytes = Array(text.utf8)
        guard bytes.count % 4 == 0 else { throw refusal }
        let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { throw refusal }
        bytes.removeLast(padding)
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "+"): bytes[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): bytes[index] = UInt8(ascii: "_")
            case UInt8(ascii: "-"), UInt8(ascii: "_"): throw refusal
            default: break
            }
        }
        do {
            return try Base64URL.decode(bytes.span)
        } catch {
            throw refusal
        }
    }

    private static let refusal = FormatError(
        .base64, "only A-Z, a-z, 0-9, '+' and '/' are base64, padded with '=' to groups of four")
}
