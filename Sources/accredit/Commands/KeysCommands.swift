import Cryptography
import Encoding

/// `keys`: makes and shows the keys of accounts, nodes and reviewers.
enum KeysCommands {
    static let all = [generate, list, show]

    private static let algorithm = Option.value(
        "algorithm", "NAME", "kind of key", standard: "P-256", choices: ["P-256", "Ed25519"])
    private static let noPassphrase = Option.flag(
        "no-passphrase", "store the key unprotected: whoever reads the file can sign")
    private static let name = Argument("NAME", "the key's name in the key folder, or a file")

    static let generate = Command(
        path: ["keys", "generate"],
        summary: "Make a key pair and store it, protected by a passphrase",
        discussion: """
            Writes NAME.pem (PKCS#8, mode 0600, encrypted) and NAME.public.json. Never overwrites.
            P-256 is for accounts, nodes and auditors; Ed25519 for a node's consensus key.
            """,
        arguments: [name],
        options: [algorithm, noPassphrase, .keys, .passphraseFile, .passphraseDescriptor],
        examples: [
            .init("accredit keys generate alice", "a key for an account; asks for a passphrase"),
            .init(
                "accredit keys generate consensus --algorithm Ed25519 --passphrase-file secret",
                "a node's consensus key, without being asked"),
        ],
        run: { invocation in
            let name = try invocation.requiredArgument("NAME")
            let folder = try invocation.keys
            let file = folder.file(of: name)
            let isProtected = !invocation.flag(noPassphrase)
            let passphrase =
                isProtected
                ? try Passphrase.read(for: "the new key \(file)", isNew: true, invocation) : nil
            let kind: KeyAlgorithm =
                try invocation.text(algorithm) == "Ed25519" ? .ed25519 : .es256
            let key = try PrivateKey.generate(kind)
            let entry = try folder.add(key, name: name, passphrase: passphrase)
            if !isProtected {
                invocation.console.message("the key is stored unprotected in \(entry.file)")
            }
            invocation.console.result(entry.json) { describe(entry) }
        })

    static let list = Command(
        path: ["keys", "list"],
        summary: "List the keys in the key folder",
        options: [.keys],
        examples: [
            .init("accredit keys list", "what keys there are"),
            .init("accredit keys list --keys ./Keys --output json", "the same, for a program"),
        ],
        run: { invocation in
            let folder = try invocation.keys
            let entries = try folder.names().map { try folder.entry($0) }
            invocation.console.result(["keys": .array(entries.map(\.json))]) {
                if entries.isEmpty { return "no keys in \(folder.path)" }
                let rows = entries.map { entry in
                    [entry.name, entry.publicKey.algorithm.rawValue, entry.publicKey.did]
                }
                return invocation.console.table(Table(["NAME", "ALGORITHM", "DID"], rows))
            }
        })

    static let show = Command(
        path: ["keys", "show"],
        summary: "Show what is public about a key",
        arguments: [name],
        options: [.keys],
        examples: [
            .init("accredit keys show alice", "its DID and its key id"),
            .init("accredit keys show alice --output json", "its JWK too"),
        ],
        run: { invocation in
            let entry = try invocation.keys.entry(try invocation.requiredArgument("NAME"))
            invocation.console.result(entry.json) { describe(entry) }
        })

    private static func describe(_ entry: KeyFolder.Entry) -> String {
        Table.pairs([
            ("name", entry.name), ("file", entry.file),
            ("algorithm", entry.publicKey.algorithm.rawValue), ("did", entry.publicKey.did),
            ("kid", entry.publicKey.thumbprint),
        ])
    }
}
