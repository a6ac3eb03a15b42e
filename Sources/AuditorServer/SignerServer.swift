import Auditing
import Credentials
import Cryptography
package import Encoding
import Storage
import Web

/// `signer.json`: what a process that only signs is told. Paths are relative to the file.
///
///     {"socket": path, "issuer": URL, "passphraseFile"?: path,
///      "keys": [{"file": path} or {"pkcs11": URI}, each with "types": [typ, …]]}
package struct SignerConfiguration: Sendable {
    package struct Key: Sendable {
        let source: KeyRing.Source
        /// Documents it signs, by `typ`.
        let types: [String]
    }

    package let socket: String
    /// Whose key ids the headers have to name.
    package let issuer: String
    let passphrasePath: String?
    let folder: String
    package let keys: [Key]

    /// - Throws: `FormatError` or `StorageError`, each naming the member and how to correct it.
    package init(path: String) throws {
        var file = try ConfigurationFile(path: path, noun: "signer configuration")
        socket = try file.path("socket")
        issuer = try file.identity("issuer")
        passphrasePath = try file.optionalPath("passphraseFile")
        folder = file.folder
        keys = try file.fields.objects("keys", maximumCount: Limits.signerKeyCountMaximum)
            .map(Self.key)
        try file.fields.end()
    }

    private static func key(_ fields: Fields) throws(FormatError) -> Key {
        var fields = fields
        let types = try fields.strings("types", maximumCount: Limits.signerTypeCountMaximum)
        let source: KeyRing.Source
        if let file = try fields.optionalString("file") {
            source = .file(file)
        } else {
            source = .token(try fields.string("pkcs11"))
        }
        try fields.end()
        return Key(source: source, types: types)
    }
}

/// Signs for others on this machine and does nothing else: whoever takes over an auditor's server
/// gets no key from it, and no signature under another kind of document than it is configured for.
///
/// Its socket is for its own user only. It keeps no memory: what was recorded before it was signed
/// is the business of the server that asks.
package final class SignerServer: Sendable {
    private struct Entry: Sendable {
        let signer: any LocalSigning
        let types: [String]
    }

    package let socket: String
    private let server: LocalServer

    /// Opens the keys and listens.
    /// - Throws: `StorageError`, `KeyError`, or `WebError` when the socket is taken or its folder is
    ///   open to others.
    package static func start(
        _ configuration: SignerConfiguration, log: @escaping @Sendable (JSON) -> Void
    ) throws -> SignerServer {
        let folder = KeyRingFolder(path: configuration.folder)
        let entries = try configuration.keys.map { key in
            let signer: any LocalSigning =
                switch key.source {
                case .file(let name):
                    FileSigner(
                        try KeyFile.read(
                            folder.keyFile(name),
                            passphrase: configuration.passphrasePath.map(SecretFile.passphrase)))
                case .token(let uri): try TokenSigner(uri: uri)
                case .signer(let socket):
                    throw AuditorError(.configuration, "\(socket): a signer asks no other signer")
                }
            return Entry(signer: signer, types: key.types)
        }
        let issuer = configuration.issuer
        try DurableFile.makeDirectory(Self.folder(of: configuration.socket))
        let server = try LocalServer(
            path: configuration.socket, maximumByteCount: Limits.signerLineByteCountMaximum,
            deadlineMilliseconds: Limits.signerDeadlineMilliseconds,
            connectionCountMaximum: Limits.signerConnectionCountMaximum
        ) { line in
            Self.answer(line, entries, issuer, log).bytes
        }
        return SignerServer(socket: configuration.socket, server)
    }

    private init(socket: String, _ server: LocalServer) {
        self.socket = socket
        self.server = server
    }

    package func stop() async { server.stop() }

    private static func folder(of path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    // MARK: - Answers

    private static func answer(
        _ line: [UInt8], _ entries: [Entry], _ issuer: String,
        _ log: @Sendable (JSON) -> Void
    ) -> JSON {
        do {
            var fields = try Fields(try JSON.parse(line), "request")
            if try fields.optionalBool("keys") == true {
                try fields.end()
                return [
                    "keys": .array(
                        entries.map { entry in
                            [
                                "thumbprint": JSON(entry.signer.publicKey.thumbprint),
                                "jwk": entry.signer.publicKey.jwk,
                                "types": .array(entry.types.map { JSON($0) }),
                            ]
                        })
                ]
            }
            let thumbprint = try fields.string("key")
            let input = try fields.string(
                "input", maximumByteCount: Limits.signerLineByteCountMaximum)
            try fields.end()
            let entry = entries.first {
                $0.signer.publicKey.thumbprint.hasSameBytes(as: thumbprint)
            }
            guard let entry else {
                throw AuditorError(.configuration, "this signer has no key \(thumbprint)")
            }
            let jws = try check(input, entry, issuer)
            let signature = try entry.signer.signNow(Array(input.utf8))
            log([
                "event": "signed", "key": JSON(thumbprint), "type": JSON(jws.header.type ?? ""),
                "digest": JSON(jws.digest.text),
            ])
            return ["signature": JSON(Base64URL.encode(signature))]
        } catch {
            log(["event": "refused", "cause": JSON("\(error)")])
            return ["error": "refused", "detail": JSON("\(error)")]
        }
    }

    /// Header and payload have to be a document of a kind this key signs, under its own name.
    private static func check(
        _ input: String, _ entry: Entry, _ issuer: String
    ) throws -> JWS {
        let jws = try JWS(input + ".", maximumByteCount: Limits.signerLineByteCountMaximum)
        let type = jws.header.type ?? ""
        guard entry.types.contains(where: { $0.hasSameBytes(as: type) }) else {
            throw AuditorError(.configuration, "this key does not sign documents of typ \(type)")
        }
        let key = entry.signer.publicKey
        guard jws.header.algorithm.hasSameBytes(as: key.algorithm.rawValue),
            jws.header.keyID?.hasSameBytes(
                as: CredentialClaims.keyID(issuer: issuer, key: key)) == true
        else {
            throw AuditorError(.configuration, "alg or kid of the header are not this key's")
        }
        _ = try JSON.parse(jws.payload)
        return jws
    }
}

/// A key of this process, for a thread that may wait.
protocol LocalSigning: Sendable {
    var publicKey: PublicKey { get }
    func signNow(_ message: [UInt8]) throws(KeyError) -> [UInt8]
}
