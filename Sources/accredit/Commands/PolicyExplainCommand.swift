import Cryptography
import Encoding
import Policies
import Storage

/// `policy explain`: how a policy came to its verdict on one application.
extension PolicyCommands {
    private static let application = Argument(
        "APPLICATION", "an application token, or a JSON file with application, evidence and now")
    private static let evidence = Option.path(
        "evidence", "the evidence as JSON; of a file of cases the case's own when absent")
    private static let at = Option.value(
        "at", "TIME", "the moment of the judgement, RFC 3339; now when absent")
    static let caseName = Option.value(
        "case", "NAME", "which case of a file with several")
    private static let rule = Option.value(
        "rule", "ID", "show these rules only", repeats: true)

    static let explain = Command(
        path: ["policy", "explain"],
        summary: "Show how a policy judges an application, value by value",
        discussion: """
            Prints every rule with the value of each of its parts, what was missing, and for a rule
            that refuses what would have to change for it to hold, where that can be derived. Parts
            marked * were not needed for the result and are shown for comparison. A file of cases
            is as for policy test. Long values are shortened; --output json has them whole.
            """,
        arguments: [file, application],
        options: [evidence, at, caseName, rule],
        examples: [
            .init(
                "accredit policy explain Policies/full-review.json ash.jws --evidence facts.json",
                "an application as it was handed in"),
            .init(
                "accredit policy explain Policies/full-review.json Policies/full-review.test.json"
                    + " --case one-core",
                "a case of the policy's tests"),
        ],
        run: { invocation in
            let policy = try PolicyFiles.policy(try invocation.requiredArgument("FILE"))
            let subject = try subject(invocation)
            let explanation = try TracedPolicy(policy, parameters: subject.parameters).explain(
                application: subject.application, evidence: subject.evidence, now: subject.now)
            let rules = invocation.all(rule)
            if let unknown = rules.first(where: { id in !policy.rules.contains { $0.id == id } }) {
                throw Failure(
                    .notFound, "policy.rule", "the policy has no rule '\(unknown)'",
                    why: "it has: " + policy.rules.map(\.id).joined(separator: ", "))
            }
            let report = ExplanationReport(
                policy: policy, now: subject.now, explanation: explanation, rules: rules)
            invocation.console.result(report.json) { report.text(invocation.console) }
        })

    /// What is to be judged: the token or case, with evidence and time from the options.
    private static func subject(_ invocation: Invocation) throws -> PolicyCase {
        let path = try invocation.requiredArgument("APPLICATION")
        let text = try InputFile.text(path)
        var evidence: JSON?
        if let path = try invocation.text(Self.evidence) {
            evidence = try PolicyFiles.json(path, "evidence")
        }
        let now = try moment(try invocation.text(at))
        guard text.utf8.first(where: { !$0.isSpace }) == UInt8(ascii: "{") else {
            guard let token = try? JWS(text), let claims = try? JSON.parse(token.payload) else {
                throw Failure(
                    .failure, "application.format",
                    "\(path) is neither an application token nor JSON",
                    fix: "accredit application create writes a token")
            }
            return PolicyCase(
                name: path, application: claims, evidence: evidence ?? [:],
                now: now ?? SystemClock.now())
        }
        let chosen = try PolicyFiles.choose(
            try invocation.text(caseName), of: try PolicyFiles.cases(path), in: path)
        return PolicyCase(
            name: chosen.name, application: chosen.application,
            evidence: evidence ?? chosen.evidence, now: now ?? chosen.now,
            parameters: chosen.parameters)
    }
}

extension PolicyCommands {
    private static func moment(_ text: String?) throws(Failure) -> Instant? {
        guard let text else { return nil }
        guard let moment = try? Instant(rfc3339: text) else {
            throw .usage(
                "--at is \"\(text)\"",
                why: "it must be an RFC 3339 time such as 2026-11-21T03:00:00Z")
        }
        return moment
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}

extension PolicyFiles {
    /// The case of this name, or the only one.
    static func choose(
        _ name: String?, of cases: [PolicyCase], in path: String
    ) throws(Failure) -> PolicyCase {
        if let chosen = cases.first(where: { $0.name == name }) { return chosen }
        if name == nil, cases.count == 1 { return cases[0] }
        let names = cases.map { "\"\($0.name)\"" }.joined(separator: ", ")
        guard let name else {
            throw .usage("\(path) has \(cases.count) cases", fix: "choose with --case: \(names)")
        }
        let near = Spelling.nearest(to: name, among: cases.map(\.name))
        throw Failure(
            .notFound, "cases.name", "\(path) has no case \"\(name)\"",
            fix: near.map { "did you mean \"\($0)\"?" } ?? "it has: \(names)")
    }
}
