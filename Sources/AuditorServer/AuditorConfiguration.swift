package import Auditing
package import Credentials
import Cryptography
import Encoding
import Storage
package import Web

/// `auditor.json`: everything one auditor's server is told at start. Paths are relative to the file.
package struct AuditorConfiguration: Sendable {
    /// A policy's document, and the one on trial beside it.
    package struct PolicyFiles: Sendable, Hashable {
        package let policy: String
        package let shadow: String?
    }

    /// Somebody who may give this auditor orders.
    package struct Operator: Sendable, Hashable {
        package let did: String
        /// A name for people.
        package let name: String
    }

    /// How hard an applicant's node is challenged, and how long it has.
    package struct Challenge: Sendable {
        package let signatureCount: Int
        package let memoryMebibytes: Int
        package let deadlineMilliseconds: Int
        /// Whether a node may be challenged on a loopback address: only on a development network,
        /// where else an applicant could make the auditor talk to the auditor's own machine.
        package let allowsLoopback: Bool
    }

    /// The auditor's identity: an HTTPS URL, the `iss` of its credentials.
    package let issuer: String
    /// A name for people.
    package let name: String
    package let network: String
    package let listen: SocketAddress
    package let identity: TLSIdentity
    package let trust: TrustAnchors
    package let dataFolder: String
    /// The folder of the keys that sign credentials.
    package let keyRingPath: String
    /// The Ed25519 key that signs the heads of the audit log.
    package let logKeyPath: String
    package let passphrasePath: String?
    /// The key of the auditor's account on the ledger; without one nothing is sent to it.
    package let accountPath: String?
    /// When refunds need the approval of operators.
    package let refunds: RefundApproval
    /// At least one; the first that is for an application judges it.
    package let policies: [PolicyFiles]
    /// Ledger nodes that are asked about deposits, in this order until one answers.
    package let ledgerNodes: [String]
    package let creditSources: [CreditSource]
    /// Whom the auditor asks about referred applications.
    package let reviewers: [Reviewer]
    /// How credentials show what reviewers decided.
    package let reviewEvidence: ReviewEvidence
    /// Auditors that applications are forwarded to when an applicant asks for it.
    package let peers: [String]
    package let challenge: Challenge
    /// How long a ledger node, or another auditor, may take to answer, in milliseconds.
    let ledgerDeadlineMilliseconds: Int
    /// An aggregator's configuration, when this auditor is the aggregator too; whoever starts the
    /// server starts that one beside it, with a listener, key and store of its own.
    package let aggregatorPath: String?
    /// Whose signed orders are carried out; nobody's when empty.
    package let operators: [Operator]

    /// Told the name of each point between an application and its answer as it is passed: of the
    /// store's writes, of requests and of answers. Not in the file; crash tests end the process
    /// there.
    package var passing: (@Sendable (String) -> Void)?

    /// A client of the network's servers.
    var client: HTTPClient { HTTPClient(trust: trust, passing: passing) }

    func watched(_ router: Router) -> Router { passing.map(router.passing) ?? router }

    /// What a server tells of a request when its answer has been sent.
    func watched(_ log: @escaping @Sendable (JSON) -> Void) -> @Sendable (RequestLog) -> Void {
        let passing = passing
        return { request in
            log(request.json)
            passing?("\(request.method) \(request.route ?? "?") sent")
        }
    }

    /// The log's name: the issuer without its scheme, as C2SP tlog-checkpoint has it.
    package var logOrigin: String {
        let scheme = "https://"
        return issuer.hasPrefix(scheme) ? String(issuer.dropFirst(scheme.count)) : issuer
    }

    /// - Throws: `FormatError` or `StorageError`, each naming the member and how to correct it.
    package init(path: String) throws {
        var file = try ConfigurationFile(path: path, noun: "auditor configuration")
        issuer = try file.identity("issuer")
        name = try file.fields.optionalString("name") ?? issuer
        network = try file.fields.string("network")
        listen = try SocketAddress(file.fields.string("listen"))
        let tls = try file.tls()
        identity = TLSIdentity(certificateChainPath: tls.certificate, privateKeyPath: tls.key)
        trust = TrustAnchors(path: tls.authority)
        dataFolder = try file.path("data")
        keyRingPath = try file.path("keyRing")
        logKeyPath = try file.path("logKey")
        passphrasePath = try file.optionalPath("passphraseFile")
        accountPath = try file.optionalPath("account")
        policies = try Self.policies(&file)
        ledgerNodes = try file.fields.strings("ledger", maximumCount: Limits.ledgerNodeCountMaximum)
        creditSources = try file.fields.objects(
            "creditSources", maximumCount: Limits.creditSourceCountMaximum
        ).map(Self.creditSource)
        peers =
            try file.fields.optionalStrings("peers", maximumCount: Limits.peerCountMaximum) ?? []
        reviewers = try Self.reviewers(&file)
        reviewEvidence = try Self.reviewEvidence(&file)
        challenge = try Self.challenge(file.fields.object("challenge"))
        ledgerDeadlineMilliseconds =
            try file.fields.optionalInt("ledgerDeadlineMilliseconds", in: 100...60_000)
            ?? Limits.ledgerDeadlineMilliseconds
        operators =
            try file.fields.optionalArray(
                "operators", maximumCount: Limits.operatorCountMaximum
            ).map { try $0.map(Self.operator) } ?? []
        refunds = try Self.refunds(file.fields.optionalObject("refunds"), operators)
        aggregatorPath = try file.optionalPath("aggregator")
        try file.fields.end()
    }

    /// `policy` with an optional `shadow`, or `policies`: paths, or objects with those two.
    private static func policies(_ file: inout ConfigurationFile) throws -> [PolicyFiles] {
        if let policy = try file.optionalPath("policy") {
            return [PolicyFiles(policy: policy, shadow: try file.optionalPath("shadow"))]
        }
        var policies: [PolicyFiles] = []
        for element in try file.fields.array(
            "policies", maximumCount: Limits.policyCountMaximum)
        {
            if let path = element.stringValue {
                policies.append(PolicyFiles(policy: file.resolve(path), shadow: nil))
                continue
            }
            var fields = try Fields(element, "auditor configuration.policies")
            policies.append(
                PolicyFiles(
                    policy: file.resolve(try fields.string("policy")),
                    shadow: try fields.optionalString("shadow").map(file.resolve)))
            try fields.end()
        }
        guard !policies.isEmpty else {
            throw file.fields.error("policies", "has to name a policy document")
        }
        return policies
    }

    private static func refunds(
        _ fields: Fields?, _ operators: [Operator]
    ) throws -> RefundApproval {
        guard var fields else { return RefundApproval() }
        let seconds = 0...Int(Limits.refundWaitSecondsMaximum)
        let approval = RefundApproval(
            above: try fields.optionalAmount("approvalAbove") ?? .max,
            count: try fields.optionalInt("approvals", in: 1...Limits.approvalCountMaximum) ?? 2,
            waitMilliseconds: 1000
                * Int64(
                    try fields.optionalInt("waitSeconds", in: seconds) ?? 0),
            operators: operators.map(\.did))
        guard approval.above == .max || approval.count <= operators.count else {
            throw fields.error(
                "approvals", "has to be at most the number of operators, \(operators.count)")
        }
        try fields.end()
        return approval
    }

    private static func creditSource(_ fields: Fields) throws -> CreditSource {
        var fields = fields
        let source = CreditSource(
            name: try fields.string("name"), key: try PublicKey(jwk: fields.json("jwk")))
        try fields.end()
        return source
    }

    private static func `operator`(_ json: JSON) throws -> Operator {
        var fields = try Fields(json, "auditor configuration.operators")
        let did = try PublicKey(did: try fields.string("did")).did
        let result = Operator(did: did, name: try fields.string("name"))
        try fields.end()
        return result
    }

    private static func challenge(_ fields: Fields) throws -> Challenge {
        var fields = fields
        let challenge = Challenge(
            signatureCount: try fields.int("signatures", in: 1...1024),
            memoryMebibytes: try fields.int("memoryMebibytes", in: 1...64),
            deadlineMilliseconds: try fields.int("deadlineMilliseconds", in: 100...30_000),
            allowsLoopback: try fields.optionalBool("allowLoopback") ?? false)
        try fields.end()
        return challenge
    }
}
