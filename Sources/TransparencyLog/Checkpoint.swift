package import Cryptography
internal import Encoding

/// The head of a log as its operator signs it (C2SP tlog-checkpoint).
package struct Checkpoint: Sendable, Hashable {
    /// Which log this is: a URL without scheme, by custom.
    package let origin: String
    package let size: UInt64
    package let root: Digest
    /// Further lines, of which this reader makes nothing.
    package let extensions: [String]

    package init(origin: String, size: UInt64, root: Digest) {
        self.origin = origin
        self.size = size
        self.root = root
        extensions = []
    }

    /// Reads the text of a note.
    /// - Throws: `malformed`, `limit`.
    package init(text: String) throws(LogError) {
        guard text.utf8.last == 0x0A else {
            throw LogError(.malformed, "a checkpoint ends in a newline")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard (3...3 + Limits.extensionLineCountMaximum).contains(lines.count),
            !lines.contains(where: \.isEmpty)
        else {
            throw LogError(
                .malformed, "a checkpoint is a line each for origin, size and root, none empty")
        }
        guard let size = UInt64(lines[1]), size <= UInt64(Int.max),
            String(size).utf8.elementsEqual(lines[1].utf8)
        else {
            throw LogError(.malformed, "the size of a checkpoint is a decimal number")
        }
        do {
            root = try Digest(bytes: Base64.decode(String(lines[2])))
        } catch {
            throw LogError(.malformed, "the root of a checkpoint is 32 bytes in base64")
        }
        origin = String(lines[0])
        self.size = size
        extensions = lines.dropFirst(3).map(String.init)
    }

    package var text: String {
        ([origin, String(size), Base64.encode(root.bytes)] + extensions)
            .map { $0 + "\n" }.joined()
    }

    /// Reads a signed checkpoint of the log `origin`, whose operator's key has the origin's name.
    /// - Throws: `unsigned`, `bad-signature`, `other-log`, `malformed`, `limit`.
    package init(note: SignedNote, key: NoteKey) throws(LogError) {
        try note.verify([key])
        try self.init(text: note.text)
        guard origin.utf8.elementsEqual(key.name.utf8) else {
            throw LogError(.otherLog, "the checkpoint is of \(origin), not of \(key.name)")
        }
    }
}
