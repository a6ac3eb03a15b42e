import Cryptography
import Encoding

/// A compact JWS put together byte by byte: no writer of the product takes part, so that it can be
/// what no writer of the product would make.
package struct HandMadeToken: Sendable {
    /// Names and values of the header as JSON text, in order; a name may stand twice.
    package var header: [(name: String, text: String)]
    package var payload: [UInt8]

    package init(header: [(name: String, text: String)], payload: [UInt8]) {
        self.header = header
        self.payload = payload
    }

    /// A token of the product's, taken apart to be changed.
    package init(taking compact: String) throws {
        let parts = compact.split(separator: ".").map(String.init)
        let json = try JSON.parse(Base64URL.decode(parts[0])).objectValue ?? JSONObject()
        header = json.members.map { ($0.name, $0.value.text) }
        payload = try Base64URL.decode(parts[1])
    }

    /// The header with members changed; nil takes one away.
    package func with(_ changes: [(name: String, text: String?)]) -> HandMadeToken {
        var changed = self
        for (name, text) in changes {
            let index = changed.header.firstIndex { $0.name == name }
            switch (index, text) {
            case (let index?, let text?): changed.header[index].text = text
            case (let index?, nil): changed.header.remove(at: index)
            case (nil, let text?): changed.header.append((name, text))
            case (nil, nil): break
            }
        }
        return changed
    }

    package func with(_ name: String, _ text: String?) -> HandMadeToken { with([(name, text)]) }

    /// The payload changed as text: the first `old` becomes `new`.
    package func replacing(_ old: String, _ new: String) -> HandMadeToken {
        var changed = self
        let text = Array(payload)
        let pattern = Array(old.utf8)
        for start in text.indices where text[start...].starts(with: pattern) {
            changed.payload =
                text[..<start] + Array(new.utf8) + text[(start + pattern.count)...]
            return changed
        }
        return changed
    }

    package var headerText: String {
        "{" + header.map { "\"\($0.name)\":\($0.text)" }.joined(separator: ",") + "}"
    }

    /// What is signed.
    package var input: String {
        Self.base64URL(Array(headerText.utf8)) + "." + Self.base64URL(payload)
    }

    package func signed(by pair: KeyPair) throws -> String {
        try signed(with: pair.key.sign(Array(input.utf8)))
    }

    package func signed(with signature: [UInt8]) -> String {
        input + "." + Self.base64URL(signature)
    }

    /// RFC 4648 section 5 without padding, written for tests alone.
    package static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0...group.count {
                text.append(alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// HMAC with SHA-256 (RFC 2104): what a verifier would compute that takes a public key for a
    /// shared secret.
    package static func hmac(_ message: [UInt8], secret: [UInt8]) -> [UInt8] {
        var block = secret.count > 64 ? Digest.sha256(secret).bytes : secret
        block += Array(repeating: 0, count: 64 - block.count)
        let inner = Digest.sha256(block.map { $0 ^ 0x36 } + message).bytes
        return Digest.sha256(block.map { $0 ^ 0x5C } + inner).bytes
    }
}
