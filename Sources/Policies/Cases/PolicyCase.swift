package import Encoding

/// An application with its evidence at a moment, and what a policy ought to say of it.
package struct PolicyCase: Sendable {
    /// A finding that ought to be there. What is nil may be anything.
    package struct ExpectedFinding: Sendable {
        package let rule: String
        package let reason: String?
        package let message: String?
        package let missing: String?
    }

    package struct Expectation: Sendable {
        package let verdict: PolicyOutcome.Verdict
        /// All findings there ought to be, in any order; nil when nothing is said about them.
        package let findings: [ExpectedFinding]?
    }

    package let name: String
    package let application: JSON
    package let evidence: JSON
    package let now: Instant
    /// Changes to the policy's parameters: merge patches, applied in this order.
    package let parameters: [JSON]
    package let expectation: Expectation?

    package init(
        name: String, application: JSON, evidence: JSON, now: Instant, parameters: [JSON] = [],
        expectation: Expectation? = nil
    ) {
        self.name = name
        self.application = application
        self.evidence = evidence
        self.now = now
        self.parameters = parameters
        self.expectation = expectation
    }

    /// Reads a file of cases:
    /// ```
    /// {"application": {…}, "evidence": {…}, "now": "2026-11-21T09:00:00Z",
    ///  "cases": [{"name": "one core is too few",
    ///             "application": {"qualifications": {"device": {"cores": 1}}},
    ///             "expect": {"verdict": "refused",
    ///                        "findings": [{"rule": "cores", "reason": "DeviceTooSmall"}]}}]}
    /// ```
    /// What stands beside `cases` is common to all; `application`, `evidence` and `parameters` of a
    /// case change it as merge patches (RFC 7396), so that `null` takes a fact away. Without
    /// `cases` the file is one case.
    package static func parse(_ bytes: [UInt8]) throws(FormatError) -> [PolicyCase] {
        var fields = try Fields(
            JSON.parse(bytes, limits: .standard), "cases")
        let common = try Common(&fields)
        guard fields.optionalJSON("cases") != nil else {
            let only = try PolicyCase(common, &fields, name: "")
            try fields.end()
            return [only]
        }
        var cases: [PolicyCase] = []
        for json in try fields.array("cases", maximumCount: Limits.caseCountMaximum) {
            var member = try Fields(json, "cases[\(cases.count)]")
            let name = try member.string(
                "name", maximumByteCount: Limits.messageByteCountMaximum)
            let changed = try common.changed(by: &member)
            let policyCase = try PolicyCase(changed, &member, name: name)
            try member.end()
            guard !cases.contains(where: { $0.name == name }) else {
                throw FormatError(.shape, "two cases have the name '\(name)'")
            }
            cases.append(policyCase)
        }
        try fields.end()
        guard !cases.isEmpty else { throw FormatError(.shape, "cases has no case") }
        return cases
    }

    private struct Common {
        var application: JSON
        var evidence: JSON
        var parameters: [JSON]
        var now: Instant?

        init(_ fields: inout Fields) throws(FormatError) {
            application = fields.optionalJSON("application") ?? [:]
            evidence = fields.optionalJSON("evidence") ?? [:]
            parameters = fields.optionalJSON("parameters").map { [$0] } ?? []
            now = try fields.optionalInstant("now")
        }

        func changed(by fields: inout Fields) throws(FormatError) -> Common {
            var changed = self
            let changes = try Common(&fields)
            changed.application = application.merging(changes.application)
            changed.evidence = evidence.merging(changes.evidence)
            changed.parameters += changes.parameters
            changed.now = changes.now ?? now
            return changed
        }
    }

    private init(
        _ common: Common, _ fields: inout Fields, name: String
    ) throws(FormatError) {
        guard let now = common.now else {
            throw fields.error("now", "is missing: the moment of the judgement, RFC 3339")
        }
        var expectation: Expectation?
        if var member = try fields.optionalObject("expect") {
            expectation = try Expectation(&member)
            try member.end()
        }
        self.init(
            name: name, application: common.application, evidence: common.evidence, now: now,
            parameters: common.parameters, expectation: expectation)
    }
}

extension PolicyCase.Expectation {
    fileprivate init(_ fields: inout Fields) throws(FormatError) {
        let text = try fields.string("verdict", maximumByteCount: Limits.nameByteCountMaximum)
        guard let verdict = PolicyOutcome.Verdict.allCases.first(where: { $0.word == text }) else {
            let words = PolicyOutcome.Verdict.allCases.map(\.word).joined(separator: ", ")
            throw fields.error("verdict", "is one of: \(words)")
        }
        self.verdict = verdict
        guard fields.optionalJSON("findings") != nil else {
            findings = nil
            return
        }
        var findings: [PolicyCase.ExpectedFinding] = []
        for json in try fields.array("findings", maximumCount: Limits.schemaFactCountMaximum) {
            findings.append(try PolicyCase.ExpectedFinding(json))
        }
        self.findings = findings
    }
}

extension PolicyCase.ExpectedFinding {
    /// A rule's id alone, or an object that says more.
    fileprivate init(_ json: JSON) throws(FormatError) {
        if case .string(let rule) = json {
            self.init(rule: rule, reason: nil, message: nil, missing: nil)
            return
        }
        var fields = try Fields(json, "findings")
        self.init(
            rule: try fields.string("rule", maximumByteCount: Limits.nameByteCountMaximum),
            reason: try fields.optionalString(
                "reason", maximumByteCount: Limits.nameByteCountMaximum),
            message: try fields.optionalString(
                "message", maximumByteCount: Limits.messageByteCountMaximum),
            missing: try fields.optionalString(
                "missing", maximumByteCount: Limits.messageByteCountMaximum))
        try fields.end()
    }
}

extension PolicyOutcome.Verdict {
    /// What the verdict is called towards people: granted, refused or referred.
    package var word: String {
        switch self {
        case .pass: "granted"
        case .fail: "refused"
        case .refer: "referred"
        }
    }
}
