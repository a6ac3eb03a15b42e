import Credentials
import Cryptography
import Encoding
import Simulator

@testable import Ledger

/// What one auditor answers in a test.
struct Answer {
    var auditor: Int
    var consent = Consent.granted
    /// Seconds after the answer was signed.
    var validForSeconds: Int64 = 3600
    var deposit: HeldDeposit?
}

extension World {
    /// The answers of all three auditors, consenting.
    static let allConsent = [Answer(auditor: 0), Answer(auditor: 1), Answer(auditor: 2)]

    /// An application of a node; another `nonce` makes another one.
    func application(_ node: Person, nonce: UInt8 = 1) throws -> Application {
        let device = Qualifications.Device(
            cores: 2, memoryMebibytes: 2048, diskMebibytes: 4096, verificationsPerSecond: 9000,
            durableWritesPerSecond: 500, measuredAt: time)
        let draft = ApplicationDraft(
            network: Self.network, operatorName: "somebody", endpoint: Self.endpoint(of: node),
            consensusKey: try Self.consensusKey(of: node).key.publicKey,
            issuedAt: Instant(seconds: time.seconds),
            nonce: Array(repeating: nonce, count: 16),
            qualifications: Qualifications(device: device, deposits: []))
        return try draft.sign(with: node.key)
    }

    /// The same for the same text, and another for another.
    static func uuid(_ text: String) -> String {
        let digits = Array(Digest.sha256(Array(text.utf8)).text.prefix(32))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
            .joined(separator: "-")
    }

    func credential(_ answer: Answer, to application: Application) throws -> Credential {
        let auditor = auditors[answer.auditor]
        let signed = Instant(seconds: time.seconds)
        var qualifications = JSONObject([])
        if let deposit = answer.deposit { qualifications["deposit"] = deposit.json }
        let claims = CredentialClaims(
            id: Self.uuid(
                "\(answer) to \(application.digest.text) at \(signed.milliseconds)"),
            issuer: auditor.issuer,
            validity: Validity(
                from: signed, until: signed.adding(milliseconds: answer.validForSeconds * 1000)),
            issuedAt: signed, consent: answer.consent, application: application,
            qualifications: qualifications,
            evidence: [
                Evaluation(
                    mode: .automatic, policy: "test 1", policyDigest: .sha256([]),
                    findings: [], reviewers: [])
            ])
        return try claims.sign(with: auditor.signer.key)
    }

    /// A bundle merged by the node itself.
    func bundle(
        _ node: Person, _ answers: [Answer] = World.allConsent, nonce: UInt8 = 1
    ) throws -> Bundle {
        let application = try application(node, nonce: nonce)
        return try Bundle.merge(
            try answers.map { try credential($0, to: application) }, holder: node.did,
            keyID: node.did, id: "00000000-0000-4000-8000-000000000009",
            at: Instant(seconds: time.seconds), key: node.key)
    }

    func entry(_ node: Person, _ bundle: Bundle) throws -> CandidateEntry {
        let key = try Self.consensusKey(of: node)
        return CandidateEntry(
            node: node.identity, consensusKey: key.key.publicKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: Self.network, node: node.identity, key: key.key),
            endpoint: Self.endpoint(of: node), bundle: bundle.jws.compact)
    }

    /// Adds a node with the given answers and tells what the ledger said.
    mutating func add(
        _ node: Person, _ answers: [Answer] = World.allConsent, nonce: UInt8 = 1
    ) throws -> ResultCode {
        try run(node, .candidateAdd([try entry(node, try bundle(node, answers, nonce: nonce))]))
            .code
    }

    /// Pays a deposit for a node and says how a credential names it.
    mutating func pay(
        _ node: Person, auditor: Int, amount: UInt64 = 100
    ) throws -> HeldDeposit {
        let transaction = try sign(
            node,
            .depositPay(
                auditor: auditors[auditor].issuer, node: node.identity, amount: amount))
        try block([transaction])
        return HeldDeposit(id: transaction.id, amount: amount, account: node.did)
    }
}
