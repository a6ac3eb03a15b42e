/// Options that several commands share, so that one name means one thing everywhere.
extension Option {
    static let help = Option.flag("help", "show this help")
    static let output = Option.setting(
        "output", "FORMAT", "how results are printed", standard: "table",
        choices: ["table", "json"])
    static let config = Option.setting(
        "config", "FILE", "read settings from this file",
        standard: "~/.config/accredit/config.json",
        isPath: true)

    /// Understood by every command.
    static let everywhere: [Option] = [output, config, help]

    static let node = Option.setting("node", "URL", "ledger node to ask")
    static let aggregator = Option.setting("aggregator", "URL", "aggregator to ask")
    static let gateway = Option.setting(
        "gateway", "URL", "voting gateway to go through instead of a ledger node")
    static let receipt = Option.path(
        "receipt", "write the receipt that the gateway answers with to this file")
    static let authority = Option.setting(
        "authority", "FILE", "PEM file of the authorities whose TLS certificates are trusted",
        standard: "/etc/ssl/certs/ca-certificates.crt", isPath: true)
    static let network = Option.setting(
        "network", "NAME", "name of the network; asked from the node when absent")
    static let keys = Option.setting(
        "keys", "FOLDER", "where keys are kept",
        standard: "./Keys if there is one, else ~/.config/accredit/keys", isPath: true)
    static let key = Option.setting(
        "key", "KEY", "private key that signs: its name in the key folder, or a file", isPath: true)
    static let passphraseFile = Option.setting(
        "passphrase-file", "FILE", "read the key's passphrase from this file", isPath: true)
    static let passphraseDescriptor = Option.value(
        "passphrase-fd", "NUMBER", "read the key's passphrase from this open file descriptor")
    static let auditorSet = Option.setting(
        "auditor-set", "FILE", "judge against this auditor set; asked from the node when absent",
        isPath: true)

    static let dryRun = Option.flag("dry-run", "print what would be signed; sign and send nothing")
    static let noWait = Option.flag("no-wait", "print the id at once instead of waiting")
    static let timeout = Option.value(
        "timeout", "SECONDS", "how long to wait for the outcome", standard: "60")
    static let out = Option.path("out", "write the result to this file; - is standard output")

    /// What a command needs to talk to a ledger node.
    static let ledger: [Option] = [node, authority]
    /// What a command needs to sign with a key.
    static let signing: [Option] = [key, keys, passphraseFile, passphraseDescriptor]
    /// What a command needs to send a transaction.
    static let transaction: [Option] =
        ledger + signing + [network, dryRun, noWait, timeout]

    /// Every option that the environment and the config file may set.
    static let settings: [Option] = [
        node, aggregator, gateway, auditor, authority, network, keys, key, passphraseFile,
        auditorSet,
        output,
    ]
}
