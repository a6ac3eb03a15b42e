package import Cryptography
internal import Encoding

/// Who signs a note: a name and an Ed25519 key (C2SP signed-note, "verifier keys").
package struct NoteKey: Sendable, Hashable {
    package let name: String
    package let key: PublicKey
    /// The first four bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ key): a hint at the key, not a proof.
    let id: [UInt8]

    /// The signature type of plain Ed25519.
    private static let ed25519: UInt8 = 1

    /// - Throws: `malformed` for a name with spaces or `+`, or a key that is not Ed25519.
    package init(name: String, key: PublicKey) throws(LogError) {
        guard Self.isName(name) else {
            throw LogError(
                .malformed,
                "a key's name has 1 to \(Limits.keyNameByteCountMaximum) bytes, no spaces, no '+'")
        }
        guard key.algorithm == .ed25519 else {
            throw LogError(.malformed, "a note is signed with an Ed25519 key, not \(key.algorithm)")
        }
        self.name = name
        self.key = key
        let typed = [Self.ed25519] + key.bytes
        id = Array(Digest.sha256(Array(name.utf8) + [0x0A] + typed).bytes.prefix(4))
    }

    /// Reads `name+id+key`: the id in hexadecimal, type and key in base64.
    package init(text: String) throws(LogError) {
        // A base64 text may contain '+', a name and an id may not.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, text.utf8.count <= 2 * Limits.keyNameByteCountMaximum else {
            throw LogError(.malformed, "a verifier key is written NAME+ID+KEY")
        }
        do {
            let typed = try Base64.decode(String(parts[2]))
            guard typed.count == 33, typed[0] == Self.ed25519 else {
                throw LogError(.malformed, "only verifier keys of type 1, Ed25519, are known here")
            }
            let key = try PublicKey(algorithm: .ed25519, bytes: Array(typed.dropFirst()))
            try self.init(name: String(parts[0]), key: key)
            guard try Hexadecimal.decode(String(parts[1])) == id else {
                throw LogError(.malformed, "the id \(parts[1]) is not that of the key beside it")
            }
        } catch let error as LogError {
            throw error
        } catch {
            throw LogError(.malformed, "the verifier key cannot be read: \(error)")
        }
    }

    /// `name+id+key`, as witnesses and monitors take it.
    package var text: String {
        "\(name)+\(Hexadecimal.encode(id))+\(Base64.encode([Self.ed25519] + key.bytes))"
    }

    static func isName(_ name: String) -> Bool {
        (1...Limits.keyNameByteCountMaximum).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20
            }
    }

    package static func == (left: NoteKey, right: NoteKey) -> Bool {
        left.name.utf8.elementsEqual(right.name.utf8) && left.key == right.key
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
