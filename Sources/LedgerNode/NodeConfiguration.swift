package import Encoding
import Storage

/// What `node.json` says. Paths are absolute or relative to the file's folder and given out whole.
package struct NodeConfiguration: Sendable {
    package struct TLSFiles: Sendable {
        package var certificate: String
        package var key: String
        /// PEM file with the authority that other nodes' certificates are checked against.
        package var authority: String

        package init(certificate: String, key: String, authority: String) {
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }
    }

    /// `host:port` to listen on; port 0 takes a free one.
    package var listen: String
    /// `https://host:port` under which others reach this node.
    package var endpoint: String
    package var tls: TLSFiles
    /// Folder of the databases; made when missing.
    package var data: String
    package var genesis: String
    package var nodeKey: String
    package var consensusKey: String
    package var passphraseFile: String?
    /// Endpoints of other nodes to fetch blocks from and hand transactions to.
    package var peers: [String]
    /// Whether to keep the lists that explorers ask for, and to tell listeners of each block.
    package var explorer = true
    /// Whether a node without a chain begins with a peer's snapshot, or with block 1.
    package var sync = Sync.blocks
    /// Blocks between two snapshots that the node makes by itself; nil for none.
    package var snapshotInterval: UInt64?
    /// How many of the newest blocks are kept; nil for all of them.
    package var retainBlocks: UInt64?

    package enum Sync: String, Sendable {
        case blocks
        case snapshot
    }

    package init(
        listen: String, endpoint: String, tls: TLSFiles, data: String, genesis: String,
        nodeKey: String, consensusKey: String, passphraseFile: String? = nil, peers: [String] = []
    ) {
        self.listen = listen
        self.endpoint = endpoint
        self.tls = tls
        self.data = data
        self.genesis = genesis
        self.nodeKey = nodeKey
        self.consensusKey = consensusKey
        self.passphraseFile = passphraseFile
        self.peers = peers
    }

    /// Reads the file at `path`.
    /// - Throws: `configuration`, naming the member and what it has to be; `StorageError` when the
    ///   file cannot be read.
    package static func load(_ path: String) throws -> NodeConfiguration {
        do {
            var file = try ConfigurationFile(path: path, noun: "node.json")
            return try NodeConfiguration(&file)
        } catch let error as FormatError {
            // A file that is no JSON is told with its name already.
            let detail =
                error.detail.hasPrefix("\(path): ") ? error.detail : "\(path): \(error.detail)"
            throw NodeError(.configuration, "\(detail). Correct the file and start again.")
        }
    }

    private init(_ file: inout ConfigurationFile) throws(FormatError) {
        listen = try file.fields.string(
            "listen", maximumByteCount: Limits.addressByteCountMaximum)
        endpoint = try Self.endpoint(
            try file.fields.string("endpoint", maximumByteCount: Limits.addressByteCountMaximum),
            "endpoint")
        let paths = try file.tls()
        tls = TLSFiles(
            certificate: paths.certificate, key: paths.key, authority: paths.authority)
        data = try file.path("data")
        genesis = try file.path("genesis")
        nodeKey = try file.path("nodeKey")
        consensusKey = try file.path("consensusKey")
        passphraseFile = try file.optionalPath("passphraseFile")
        var others: [String] = []
        let listed =
            try file.fields.optionalStrings(
                "peers", maximumCount: Limits.peersMaximum,
                maximumByteCount: Limits.addressByteCountMaximum) ?? []
        for peer in listed { others.append(try Self.endpoint(peer, "peers")) }
        peers = others
        explorer = try file.fields.optionalBool("explorer") ?? true
        if let text = try file.fields.optionalString("sync") {
            guard let sync = Sync(rawValue: text) else {
                throw FormatError(.shape, "node.json.sync has to be blocks or snapshot")
            }
            self.sync = sync
        }
        snapshotInterval = try Self.count(
            &file, "snapshotInterval", in: Limits.snapshotIntervalRange)
        retainBlocks = try Self.count(&file, "retainBlocks", in: Limits.retainedBlocksRange)
        try file.fields.end()
    }

    private static func count(
        _ file: inout ConfigurationFile, _ member: String, in range: ClosedRange<UInt64>
    ) throws(FormatError) -> UInt64? {
        guard let value = file.fields.optionalJSON(member) else { return nil }
        guard let count = value.uint64Value, range.contains(count) else {
            throw FormatError(
                .shape,
                "node.json.\(member) has to be a number of blocks from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return count
    }

    /// The document that `load` reads.
    package var json: JSON {
        var members: [(String, JSON)] = [
            ("listen", .string(listen)), ("endpoint", .string(endpoint)),
            (
                "tls",
                [
                    "certificate": .string(tls.certificate), "key": .string(tls.key),
                    "authority": .string(tls.authority),
                ]
            ),
            ("data", .string(data)), ("genesis", .string(genesis)),
            ("nodeKey", .string(nodeKey)), ("consensusKey", .string(consensusKey)),
        ]
        if let passphraseFile { members.append(("passphraseFile", .string(passphraseFile))) }
        members.append(("peers", .array(peers.map { .string($0) })))
        if !explorer { members.append(("explorer", false)) }
        if sync != .blocks { members.append(("sync", .string(sync.rawValue))) }
        if let snapshotInterval {
            members.append(("snapshotInterval", JSON(snapshotInterval)))
        }
        if let retainBlocks { members.append(("retainBlocks", JSON(retainBlocks))) }
        return .object(JSONObject(members))
    }

    /// An endpoint is the bare origin, so that two spellings of one node are one peer.
    private static func endpoint(
        _ text: String, _ member: String
    ) throws(FormatError) -> String {
        let prefix = "https://"
        let authority = text.utf8.dropFirst(prefix.utf8.count)
        guard text.utf8.starts(with: prefix.utf8), !authority.isEmpty,
            authority.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
        else {
            throw FormatError(
                .shape, "node.json.\(member) has to be https://host:port without a path")
        }
        return text
    }
}
