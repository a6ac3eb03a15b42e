import Credentials
import Cryptography
import Encoding
import Ledger

/// `candidate`: nodes that stand for election.
enum CandidateCommands {
    static let all = [add, renew, remove, list]

    private static let consensusKey = Option.value(
        "consensus-key", "KEY",
        "the node's consensus key, once for each bundle in the same order", repeats: true)
    private static let candidateNode = Option.value(
        "candidate", "DID", "the node to remove; that of --key when absent")

    static let add = Command(
        path: ["candidate", "add"],
        summary: "Stand for election with a bundle",
        discussion: """
            The consensus key proves that it is this node's; node and endpoint are taken from the
            bundle. The ledger admits the candidate only if the quorum of auditors is met at the
            time of the block.
            """,
        arguments: [Argument("BUNDLE", "a file with the bundle of a node", .many)],
        options: [consensusKey] + Option.transaction,
        examples: [
            .init(
                "accredit candidate add node1.bundle --consensus-key node1-consensus --key node1",
                "stand with one node"),
            .init(
                "accredit candidate add n1.bundle n2.bundle --consensus-key c1 --consensus-key c2"
                    + " --key operator", "two nodes in one transaction"),
        ],
        run: { invocation in
            let paths = invocation.arguments("BUNDLE")
            let names = invocation.all(consensusKey)
            guard names.count == paths.count else {
                throw Failure.usage(
                    "there are \(paths.count) bundles and \(names.count) consensus keys",
                    code: "usage.missing-option", fix: "give --consensus-key once for each bundle")
            }
            let ledger = try invocation.ledger()
            let network = try await invocation.network(ledger)
            var entries: [CandidateEntry] = []
            for (path, name) in zip(paths, names) {
                let bundle = try InputFile.parseText(path, as: "a bundle") { try Bundle($0) }
                let key = try invocation.signer(named: name)
                entries.append(try entry(bundle, network: network, consensusKey: key))
            }
            try await invocation.transact(.candidateAdd(entries))
        })

    /// What `candidate.add` says of one node, the proof included.
    static func entry(
        _ bundle: Bundle, network: String, consensusKey: Signer
    ) throws -> CandidateEntry {
        guard let claims = bundle.credentials.first?.claims else {
            throw Failure(.failure, "bundle.empty", "the bundle holds no credential")
        }
        guard claims.consensusKey == consensusKey.key.publicKey else {
            throw Failure(
                .failure, "key.mismatch", "the consensus key is not the one that was audited",
                why: "the bundle names \(claims.consensusKey.did), the key is \(consensusKey.did)",
                fix: "name the key that the application was made with")
        }
        let node = try Identity(owner: claims.node.did)
        return CandidateEntry(
            node: node, consensusKey: claims.consensusKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: network, node: node, key: consensusKey.key),
            endpoint: claims.endpoint, bundle: bundle.jws.compact)
    }

    static let renew = Command(
        path: ["candidate", "renew"],
        summary: "Stand longer with a newer bundle, keeping place and votes",
        discussion: """
            For a node on the list, up to the block in which its credentials end: the bundle has to
            meet the quorum then, be of a new application or hold a new credential for the present
            one, and end later. Key and endpoint stay what they are. Any account may send it.
            """,
        arguments: [Argument("BUNDLE", "a file with a newer bundle of the node")],
        options: Option.transaction,
        examples: [
            .init("accredit candidate renew newer.bundle --key node1", "and wait for the result"),
            .init("accredit candidate renew newer.bundle --key node1 --dry-run", "see it first"),
        ],
        run: { invocation in
            let path = try invocation.requiredArgument("BUNDLE")
            let bundle = try InputFile.parseText(path, as: "a bundle") { try Bundle($0) }
            guard let claims = bundle.credentials.first?.claims else {
                throw Failure(.failure, "bundle.empty", "the bundle holds no credential")
            }
            try await invocation.transact(
                .candidateRenew(
                    node: try Identity(owner: claims.node.did), bundle: bundle.jws.compact))
        })

    static let remove = Command(
        path: ["candidate", "remove"],
        summary: "Take a node off the list of candidates; the node signs",
        options: [candidateNode] + Option.transaction,
        examples: [
            .init("accredit candidate remove --key node1", "withdraw this node"),
            .init("accredit candidate remove --key node1 --dry-run", "see what would be signed"),
        ],
        run: { invocation in
            let did =
                try invocation.text(candidateNode)
                ?? invocation.did()
            try await invocation.transact(
                .candidateRemove(node: try Invocation.identity(did, "--candidate")))
        })

    static let list = Command(
        path: ["candidate", "list"],
        summary: "List the candidates and their votes",
        options: Option.ledger,
        examples: [
            .init("accredit candidate list", "who stands"),
            .init("accredit candidate list --output json", "the same, for a program"),
        ],
        run: { invocation in
            let json = try await invocation.ledger().service.get("/v1/candidates")
            invocation.console.result(json) {
                let rows = json["candidates"]?.arrayValue ?? []
                if rows.isEmpty { return "no candidates" }
                return invocation.console.table(
                    .columns(rows, ["node", "votes", "status", "validUntil", "endpoint"]))
            }
        })
}
