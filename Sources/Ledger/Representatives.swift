package import Cryptography
package import Encoding

/// A node that makes blocks.
package struct Representative: Sendable, Hashable {
    package let node: Identity
    /// 32 bytes, Ed25519.
    package let consensusKey: [UInt8]
    /// `https://host:port`.
    package let endpoint: String

    package init(node: Identity, consensusKey: [UInt8], endpoint: String) {
        self.node = node
        self.consensusKey = consensusKey
        self.endpoint = endpoint
    }

    /// `{"node","consensusKey","endpoint"}`.
    package var json: JSON {
        [
            "node": .string(node.text), "consensusKey": .string(Base64URL.encode(consensusKey)),
            "endpoint": .string(endpoint),
        ]
    }
}

/// The representatives of one term, sorted by the bytes of their consensus keys: the order of
/// proposers and of the bits in a certificate.
package struct Representatives: Sendable, Hashable {
    package let list: [Representative]
    /// SHA-256 over a domain line and, in order, consensus key and did of each: the member
    /// `representatives` of a header.
    package let digest: Digest

    /// - Throws: `genesis` for an empty, too long or duplicate-bearing list, or a key that is none.
    package init(_ list: [Representative]) throws(LedgerError) {
        guard !list.isEmpty, list.count <= Limits.representativesMaximum else {
            throw LedgerError(
                .genesis,
                "there are 1 to \(Limits.representativesMaximum) representatives, "
                    + "not \(list.count)")
        }
        let sorted = list.sorted {
            $0.consensusKey.lexicographicallyPrecedes($1.consensusKey)
        }
        var writer = ByteWriter()
        writer.string("accredit/v1/representatives")
        for (index, member) in sorted.enumerated() {
            let duplicate = sorted[..<index].contains {
                $0.node == member.node || $0.consensusKey == member.consensusKey
            }
            guard !duplicate else {
                throw LedgerError(
                    .genesis,
                    "\(member.node) or its consensus key stands twice among the "
                        + "representatives")
            }
            do {
                _ = try PublicKey(algorithm: .ed25519, bytes: member.consensusKey)
            } catch {
                throw LedgerError(.genesis, "consensus key of \(member.node): \(error)")
            }
            writer.bytes(member.consensusKey)
            writer.string(member.node.text)
        }
        self.list = sorted
        digest = Digest.sha256(writer.bytes)
    }

    package func contains(_ node: Identity) -> Bool { list.contains { $0.node == node } }

    package var json: JSON { .array(list.map(\.json)) }

    init(_ items: [JSON], _ path: String) throws {
        var list: [Representative] = []
        for (index, item) in items.enumerated() {
            var fields = try Fields(item, "\(path)[\(index)]")
            list.append(
                Representative(
                    node: try fields.owner("node"),
                    consensusKey: try fields.bytes("consensusKey", count: 32),
                    endpoint: try fields.string(
                        "endpoint", maximumByteCount: Limits.addressByteCountMaximum)))
            try fields.end()
        }
        try self.init(list)
    }
}
