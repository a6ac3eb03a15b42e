import Auditing
import AuditorServer
import Cryptography
import Encoding
import Storage

/// `keys`: makes and shows the keys of accounts, nodes and reviewers, and lists those of auditors.
enum KeysCommands {
    static let all = [generate, list, show] + KeyRingCommands.all

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
        summary: "List the keys in the key folder, or in an auditor's key ring",
        discussion: """
            With --ring, the ring's keys with their states and windows, and what is to be done
            when: a key is published an hour before it signs, and no credential is cut short by
            the end of its key.
            """,
        options: [.keys, KeyRingCommands.ring, KeyRingCommands.lifetime],
        examples: [
            .init("accredit keys list", "what keys there are"),
            .init("accredit keys list --keys ./Keys --output json", "the same, for a program"),
            .init("accredit keys list --ring auditor/keys", "an auditor's signing keys, and dates"),
        ],
        run: { invocation in
            if try invocation.text(KeyRingCommands.ring) != nil {
                let ring = try KeyRingCommands.folder(invocation).read()
                return try KeyRingReport(ring, invocation, at: SystemClock.now()).show()
            }
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
        options: [.keys, KeyRingCommands.ring],
        examples: [
            .init("accredit keys show alice", "its DID and its key id"),
            .init("accredit keys show alice --output json", "its JWK too"),
            .init("accredit keys show Wqn3x --ring auditor/keys", "a key of an auditor's ring"),
        ],
        run: { invocation in
            if try invocation.text(KeyRingCommands.ring) != nil {
                return try showRingKey(invocation)
            }
            let entry = try invocation.keys.entry(try invocation.requiredArgument("NAME"))
            invocation.console.result(entry.json) { describe(entry) }
        })

    private static func showRingKey(_ invocation: Invocation) throws {
        let ring = try KeyRingCommands.folder(invocation).read()
        let text = try KeyRingCommands.thumbprint(
            try invocation.requiredArgument("NAME"), ring)
        guard let key = ring.key(text) else { return }
        let single = key.json
        let names = single.objectValue?.members ?? []
        invocation.console.result(single) {
            Table.pairs(
                names.map { member in
                    (member.name, member.value.stringValue ?? member.value.text)
                })
        }
    }

    private static func describe(_ entry: KeyFolder.Entry) -> String {
        Table.pairs([
            ("name", entry.name), ("file", entry.file),
            ("algorithm", entry.publicKey.algorithm.rawValue), ("did", entry.publicKey.did),
            ("kid", entry.publicKey.thumbprint),
        ])
    }
}
