import Cryptography
import Encoding
import Testing
import TransparencyLog

@Suite struct CheckpointTests {
    /// The note that Go's sumdb/note package documents.
    private static let publishedKey =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private static let publishedNote = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot\
        pRZb6KE6RyyBwJnAM=

        """

    @Test func `a note signed by another implementation verifies`() throws {
        let key = try NoteKey(text: Self.publishedKey)
        #expect(key.text == Self.publishedKey)
        let note = try SignedNote(bytes: Array(Self.publishedNote.utf8))
        #expect(try note.verify([key]) == [key])
        #expect(note.bytes == Array(Self.publishedNote.utf8))
    }

    private static func signed(
        _ text: String, origin: String = "audit.example/a1"
    ) throws -> (SignedNote, NoteKey) {
        let signer = try PrivateKey.generate(.ed25519)
        let key = try NoteKey(name: origin, key: signer.publicKey)
        return (try SignedNote(signing: text, as: key, with: signer), key)
    }

    @Test func `a checkpoint comes back from its note`() throws {
        let checkpoint = Checkpoint(
            origin: "audit.example/a1", size: 1234, root: Digest.sha256([1]))
        let (note, key) = try Self.signed(checkpoint.text)
        let read = try Checkpoint(note: SignedNote(bytes: note.bytes), key: key)
        #expect(read == checkpoint)
    }

    @Test func `a checkpoint of another log is refused`() throws {
        let checkpoint = Checkpoint(origin: "audit.example/a2", size: 1, root: .zero)
        let (note, key) = try Self.signed(checkpoint.text)
        #expect(throws: LogError(.otherLog, "")) { try Checkpoint(note: note, key: key) }
    }

    @Test func `a changed text, a foreign key and a stripped signature are refused`() throws {
        let (note, key) = try Self.signed(
            "audit.example/a1\n1\n\(Base64.encode(Digest.zero.bytes))\n")
        let changed = String(decoding: note.bytes, as: UTF8.self)
            .replacing("\n1\n", with: "\n2\n", maxReplacements: 1)
        #expect(throws: LogError(.badSignature, "")) {
            try SignedNote(bytes: Array(changed.utf8)).verify([key])
        }
        let (_, other) = try Self.signed("x\n")
        #expect(throws: LogError(.unsigned, "")) { try note.verify([other]) }
        #expect(throws: LogError(.unsigned, "")) { try note.verify([]) }
        #expect(throws: LogError.self) { try SignedNote(bytes: Array((note.text + "\n").utf8)) }
    }

    @Test(arguments: [
        "", "o\n1\n", "o\n01\nAAAA\n", "o\n1\nAAAA\n", "o\n-1\n{0}\n", "o\n1\n{0}", "\n1\n{0}\n",
        "o\n1\n{0}\n\n", "o\n9223372036854775808\n{0}\n", "o\n+1\n{0}\n", "o\n1 \n{0}\n",
    ])
    func `a text that is no checkpoint is refused`(_ text: String) {
        let filled = text.replacing("{0}", with: Base64.encode(Digest.zero.bytes))
        #expect(throws: LogError(.malformed, "")) { try Checkpoint(text: filled) }
    }

    @Test(arguments: [
        "no newline", "control \u{1}\n", "a\n\n", "a\n\nb name AAAAAAAA\n", "a\n\n— n AAAA\n",
        "a\n\n— n+m AAAAAAAA\n", "a\n\n— n AAAAAAA\n", "a\n\n— n  AAAAAAAA\n", "a\n\n— n AAAAAAAA",
    ])
    func `bytes that are no note are refused`(_ text: String) {
        #expect(throws: LogError.self) { try SignedNote(bytes: Array(text.utf8)) }
    }

    @Test(arguments: ["", "with space", "a+b", "tab\t", String(repeating: "n", count: 256)])
    func `a key's name is one that a signature line can carry`(_ name: String) throws {
        let key = try PrivateKey.generate(.ed25519).publicKey
        #expect(throws: LogError(.malformed, "")) { try NoteKey(name: name, key: key) }
    }

    @Test func `a verifier key whose id is not its own is refused`() {
        let altered = Self.publishedKey.replacing("c74f20a3", with: "c74f20a4")
        #expect(throws: LogError(.malformed, "")) { try NoteKey(text: altered) }
    }
}
