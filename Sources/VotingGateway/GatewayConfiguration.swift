import Encoding
import Storage
package import Web

/// `gateway.json`: everything the gateway is told at start. Paths are relative to the file.
package struct GatewayConfiguration: Sendable {
    /// The https URL that voters call, without a slash at the end: logins are bound to it.
    package let identity: String
    package let network: String
    /// Whether votes are taken without a login. They carry their account's signature either way.
    package let isOpen: Bool
    package let listen: SocketAddress
    package let tls: TLSIdentity
    /// Whom the gateway believes when it calls ledger nodes.
    package let trust: TrustAnchors
    package let dataFolder: String
    /// Ledger nodes, asked in this order until one answers: https URLs without a slash at the end.
    package let ledger: [String]

    /// - Throws: `FormatError` or `StorageError`, each naming the member and how to correct it.
    package init(path: String) throws {
        var file = try ConfigurationFile(path: path, noun: "gateway configuration")
        network = try file.fields.string("network")
        let listen = try SocketAddress(file.fields.string("listen"))
        self.listen = listen
        identity =
            file.fields.optionalJSON("id") == nil
            ? "https://\(listen)" : try file.identity("id")
        isOpen = try file.fields.optionalBool("open") ?? false
        let paths = try file.tls()
        tls = TLSIdentity(certificateChainPath: paths.certificate, privateKeyPath: paths.key)
        trust = TrustAnchors(path: paths.authority)
        dataFolder = try file.path("data")
        ledger = try file.fields.strings(
            "ledger", maximumCount: Limits.ledgerNodeCountMaximum)
        guard !ledger.isEmpty, ledger.allSatisfy({ $0.hasPrefix("https://") && !$0.hasSuffix("/") })
        else {
            throw file.fields.error(
                "ledger", "has to list https URLs of ledger nodes, without a slash at the end")
        }
        try file.fields.end()
    }
}
