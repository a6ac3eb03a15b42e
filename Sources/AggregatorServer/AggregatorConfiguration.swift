import Encoding
import Storage
package import Web

/// `aggregator.json`: everything the aggregator's server is told at start. Paths are relative to the
/// file.
package struct AggregatorConfiguration: Sendable {
    /// The aggregator's identity: an HTTPS URL, the `iss` of its bundles.
    package let id: String
    package let network: String
    package let listen: SocketAddress
    package let identity: TLSIdentity
    package let trust: TrustAnchors
    package let dataFolder: String
    package let keyPath: String
    package let passphrasePath: String?
    package let auditorSetPath: String
    /// How long an auditor has to answer, from the first request to the last poll.
    package let deadlineMilliseconds: Int

    /// - Throws: `FormatError` or `StorageError`, each naming the member and how to correct it.
    package init(path: String) throws {
        var file = try ConfigurationFile(path: path, noun: "aggregator configuration")
        id = try file.identity("id")
        network = try file.fields.string("network")
        listen = try SocketAddress(file.fields.string("listen"))
        let tls = try file.tls()
        identity = TLSIdentity(certificateChainPath: tls.certificate, privateKeyPath: tls.key)
        trust = TrustAnchors(path: tls.authority)
        dataFolder = try file.path("data")
        keyPath = try file.path("key")
        passphrasePath = try file.optionalPath("passphraseFile")
        auditorSetPath = try file.path("auditorSet")
        deadlineMilliseconds = try file.fields.int("deadlineMilliseconds", in: 100...600_000)
        try file.fields.end()
    }
}
