import Cryptography
import Encoding
import FoundationEssentials
import Storage

/// The folder of private keys. `alice` is `alice.pem`, and beside it `alice.public.json`, which
/// says what the key is to those who have no passphrase.
struct KeyFolder: Sendable {
    let path: String

    /// What is public about a key.
    struct Entry: Sendable {
        let name: String
        let file: String
        let publicKey: PublicKey

        var json: JSON {
            [
                "name": JSON(name), "file": JSON(file),
                "algorithm": JSON(publicKey.algorithm.rawValue), "did": JSON(publicKey.did),
                "kid": JSON(publicKey.thumbprint), "jwk": publicKey.jwk,
            ]
        }
    }

    /// A key's file: a word is a name in the folder, anything with a slash or a suffix is a path.
    func file(of name: String) -> String {
        if name.utf8.contains(UInt8(ascii: "/")) || name.hasSuffix(".pem") { return name }
        return "\(path)/\(name).pem"
    }

    /// Where a key's public part stands.
    static func publicFile(of file: String) -> String {
        (file.hasSuffix(".pem") ? String(file.dropLast(4)) : file) + ".public.json"
    }

    /// Writes both files; nothing is overwritten.
    func add(_ key: borrowing PrivateKey, name: String, passphrase: [UInt8]?) throws -> Entry {
        let file = file(of: name)
        try DurableFile.makeDirectory(Folders.parent(of: file))
        try KeyFile.write(key, to: file, passphrase: passphrase)
        let entry = Entry(name: Self.name(of: file), file: file, publicKey: key.publicKey)
        let document: JSON = [
            "algorithm": JSON(entry.publicKey.algorithm.rawValue),
            "did": JSON(entry.publicKey.did), "jwk": entry.publicKey.jwk,
        ]
        // The private file was new, so a public one of that name belonged to a key now gone.
        try DurableFile.write(
            Array((document.prettyText + "\n").utf8), to: Self.publicFile(of: file), mode: 0o644,
            replacing: true)
        return entry
    }

    /// What is public about one key; `notFound` when there is no such key.
    func entry(_ name: String) throws -> Entry {
        let file = file(of: name)
        let publicFile = Self.publicFile(of: file)
        let bytes = try Self.read(publicFile, of: name)
        var fields = try Fields(try JSON.parse(bytes), publicFile)
        _ = try fields.string("algorithm")
        let did = try fields.string("did")
        let key = try PublicKey(jwk: try fields.json("jwk"))
        try fields.end()
        guard key.did == did else {
            throw Failure(
                .verification, "key.mismatch", "\(publicFile) contradicts itself",
                why: "its JWK is not the key its DID names", fix: "make it anew from the key")
        }
        return Entry(name: Self.name(of: file), file: file, publicKey: key)
    }

    /// The names of all keys, sorted.
    func names() throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasSuffix(".pem") }
            .map { String($0.dropLast(4)) }
            .sorted()
    }

    /// A key file's bytes; a missing one is told as a missing key.
    static func read(_ file: String, of name: String) throws -> [UInt8] {
        do throws(StorageError) {
            return try DurableFile.read(file, maximumByteCount: Limits.keyFileByteCountMaximum)
        } catch {
            guard case .missing = error.code else { throw error }
            throw Failure(
                .notFound, "key.missing", "there is no key \(name)", why: "\(file) does not exist",
                fix: "accredit keys list shows the keys; accredit keys generate makes one")
        }
    }

    private static func name(of file: String) -> String {
        let last = Folders.name(of: file)
        return last.hasSuffix(".pem") ? String(last.dropLast(4)) : last
    }
}

extension Invocation {
    var keys: KeyFolder { get throws { KeyFolder(path: try keyFolder) } }

    /// The key that signs, named by `--key`; asks for its passphrase when it has one.
    func signer() throws -> Signer { try signer(named: try required(.key)) }

    /// The did of the key named by `--key`.
    func did() throws -> String { try publicKey(of: try required(.key)).did }

    /// The public part of a key, from its public file where there is one; without it the key itself
    /// has to be opened.
    func publicKey(of name: String) throws -> PublicKey {
        do {
            return try keys.entry(name).publicKey
        } catch let failure as Failure where failure.code == "key.missing" {
            return try signer(named: name).key.publicKey
        }
    }

    func signer(named name: String) throws -> Signer {
        let file = try keys.file(of: name)
        let marker = Array("-----BEGIN ENCRYPTED PRIVATE KEY-----".utf8)
        let isProtected = try KeyFolder.read(file, of: name).starts(with: marker)
        let passphrase =
            isProtected ? try Passphrase.read(for: "the key \(file)", isNew: false, self) : nil
        return Signer(try KeyFile.read(file, passphrase: passphrase))
    }
}
