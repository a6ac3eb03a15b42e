package import Credentials
package import Cryptography
package import Encoding

/// What reviewers are shown: the evidence an auditor gathered, what its policy found, and the
/// device's challenge with its answer. The text is kept as it was written when the application was
/// referred; decisions name its digest.
package struct ReviewFacts: Sendable, Hashable {
    /// Compact JSON: {"referred", "evidence", "findings", "device"?: {"challenge", "answer"}}.
    package let text: String
    package let referredAt: Instant
    /// As policies see it.
    package let evidence: JSON
    package let findings: JSON
    /// The challenge and its answer as they went over the wire.
    package let device: JSON?

    /// SHA-256 of the text.
    package var digest: Digest { Digest.sha256(Array(text.utf8)) }

    package init(
        referredAt: Instant, evidence: JSON, findings: JSON, device: JSON?
    ) {
        self.referredAt = referredAt
        self.evidence = evidence
        self.findings = findings
        self.device = device
        var members: [(String, JSON)] = [
            ("referred", .string(referredAt.rfc3339)), ("evidence", evidence),
            ("findings", findings),
        ]
        if let device { members.append(("device", device)) }
        text = JSON.object(JSONObject(members)).text
    }

    /// - Throws: `FormatError` for what is no such text.
    package init(text: String) throws(FormatError) {
        guard text.utf8.count <= Limits.reviewFactsByteCountMaximum else {
            throw FormatError(
                .limit, "the facts have more than \(Limits.reviewFactsByteCountMaximum) bytes")
        }
        var fields = try Fields(try JSON.parse(text), "facts")
        self.text = text
        referredAt = try fields.instant("referred")
        evidence = try fields.json("evidence")
        findings = .array(
            try fields.array("findings", maximumCount: Limits.findingCountMaximum))
        device = fields.optionalJSON("device")
        try fields.end()
    }

    /// The evidence, as far as it can be believed again: the credit statement is verified anew.
    package func evidence(
        for application: Application, creditSources: [CreditSource]
    ) throws(FormatError) -> Evidence {
        let reason = "it was not there when the application was referred"
        var result = Evidence(
            device: .absent(reason: reason), deposit: .absent(reason: reason),
            credit: .absent(reason: reason))
        if let device = evidence["device"] {
            result.device = .present(try DeviceEvidence(json: device))
        }
        if let deposit = evidence["deposit"] {
            result.deposit = .present(try DepositEvidence(facts: deposit))
        }
        if evidence["credit"] != nil, let statement = application.qualifications.credit {
            do throws(CredentialError) {
                result.credit = .present(
                    try CreditStatement.verify(
                        statement, sources: creditSources, network: application.network,
                        account: application.account, at: referredAt))
            } catch {
                result.credit = .absent(reason: error.detail)
            }
        }
        return result
    }
}

extension DeviceEvidence {
    init(json: JSON) throws(FormatError) {
        var fields = try Fields(json, "evidence.device")
        answered = try fields.bool("answered")
        milliseconds = try fields.int64("milliseconds", in: 0...(.max))
        _ = try fields.int64("signaturesPerSecond")
        signatures = try fields.int64("signatures", in: 0...1_000_000)
        memoryMebibytes = try fields.int64("memoryMebibytes", in: 0...1_000_000)
        try fields.end()
    }
}

extension DepositEvidence {
    init(facts: JSON) throws(FormatError) {
        var fields = try Fields(facts, "evidence.deposit")
        id = try fields.digest("id")
        amount = try fields.uint64("amount")
        account = try fields.string("account")
        node = try fields.string("node")
        auditor = try fields.string("auditor")
        state = try fields.string("state")
        height = try fields.uint64("height")
        try fields.end()
    }
}
