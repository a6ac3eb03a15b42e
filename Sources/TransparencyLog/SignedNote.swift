package import Cryptography
internal import Encoding

/// A text with signature lines under it (C2SP signed-note).
package struct SignedNote: Sendable, Hashable {
    /// One line `— name base64(id ‖ signature)`.
    package struct Signature: Sendable, Hashable {
        package let name: String
        let id: [UInt8]
        let bytes: [UInt8]
    }

    /// Ends in a newline; this is what is signed.
    package let text: String
    package let signatures: [Signature]

    private static let prefix = "\u{2014} "

    /// Signs a text. The signature line carries the key's name.
    /// - Throws: `malformed` when the text does not end in a newline or has control characters,
    ///   or the signer's key is not `key`.
    package init(
        signing text: String, as key: NoteKey, with signer: borrowing PrivateKey
    ) throws(LogError) {
        try Self.check(text)
        guard signer.publicKey == key.key else {
            throw LogError(.malformed, "the private key is not that of \(key.name)")
        }
        do {
            let signature = try signer.sign(Array(text.utf8))
            self.text = text
            signatures = [Signature(name: key.name, id: key.id, bytes: signature)]
        } catch {
            throw LogError(.badSignature, "the note could not be signed: \(error)")
        }
    }

    /// Reads a note; nothing is verified.
    /// - Throws: `malformed`, `limit`.
    package init(bytes: [UInt8]) throws(LogError) {
        guard bytes.count <= Limits.noteByteCountMaximum else {
            throw LogError(.limit, "a note has at most \(Limits.noteByteCountMaximum) bytes")
        }
        // The last blank line divides text and signatures.
        let blank = bytes.indices.dropLast().last { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }
        guard let blank, bytes.last == 0x0A,
            let text = String(validating: bytes[...blank], as: UTF8.self),
            let rest = String(validating: bytes[(blank + 2)...], as: UTF8.self)
        else {
            throw LogError(
                .malformed, "a note is UTF-8 text, a blank line, and signature lines")
        }
        try Self.check(text)
        let lines = rest.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard (1...Limits.noteSignatureCountMaximum).contains(lines.count) else {
            throw LogError(
                .limit,
                "a note has 1 to \(Limits.noteSignatureCountMaximum) signatures, not \(lines.count)"
            )
        }
        var signatures: [Signature] = []
        for line in lines { signatures.append(try Self.signature(line)) }
        self.text = text
        self.signatures = signatures
    }

    /// The note as it is stored and served.
    package var bytes: [UInt8] {
        var lines = text + "\n"
        for signature in signatures {
            lines += Self.prefix + signature.name + " "
            lines += Base64.encode(signature.id + signature.bytes) + "\n"
        }
        return Array(lines.utf8)
    }

    /// The keys whose signatures hold. Signatures of unknown keys are passed over.
    /// - Throws: `bad-signature` when a known key's does not fit: such a note was tampered with;
    ///   `unsigned` when no known key signed.
    @discardableResult
    package func verify(_ keys: [NoteKey]) throws(LogError) -> [NoteKey] {
        var found: [NoteKey] = []
        for signature in signatures {
            let named = keys.first {
                $0.id == signature.id && $0.name.utf8.elementsEqual(signature.name.utf8)
            }
            guard let key = named, !found.contains(key) else { continue }
            guard key.key.verify(signature: signature.bytes, message: Array(text.utf8)) else {
                throw LogError(.badSignature, "the signature of \(key.name) does not fit the note")
            }
            found.append(key)
        }
        guard !found.isEmpty else {
            throw LogError(.unsigned, "none of the \(keys.count) known keys signed the note")
        }
        return found
    }

    private static func check(_ text: String) throws(LogError) {
        guard text.utf8.last == 0x0A, text.utf8.count <= Limits.noteByteCountMaximum,
            text.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0A })
        else {
            throw LogError(
                .malformed, "the text of a note ends in a newline and has no control characters")
        }
    }

    private static func signature(_ line: Substring) throws(LogError) -> Signature {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "\u{2014}", NoteKey.isName(String(parts[1])) else {
            throw LogError(.malformed, "a signature line is '— NAME SIGNATURE'")
        }
        do {
            let bytes = try Base64.decode(String(parts[2]))
            guard bytes.count > 4 else {
                throw LogError(.malformed, "a signature is longer than its key's id")
            }
            return Signature(
                name: String(parts[1]), id: Array(bytes.prefix(4)),
                bytes: Array(bytes.dropFirst(4)))
        } catch let error as LogError {
            throw error
        } catch {
            throw LogError(.malformed, "the signature of \(parts[1]) is not base64")
        }
    }
}
