import Encoding
import Policies

/// An explanation laid out for a terminal of 80 columns, and as JSON.
struct ExplanationReport {
    let policy: PolicyDocument
    let now: Instant
    let explanation: PolicyExplanation
    /// The rules asked for; all when empty.
    let rules: [String]

    private static let columnCount = 80
    /// Where values begin.
    private static let valueColumn = 54

    private var parts: [PolicyExplanation.Part] {
        explanation.parts.filter { part in
            guard !rules.isEmpty else { return true }
            return part.kind == .rule && rules.contains(part.name)
        }
    }

    private func findings(of part: PolicyExplanation.Part) -> [Finding] {
        switch part.kind {
        case .rule: explanation.outcome.findings.filter { $0.rule == part.name }
        case .referWhen: explanation.outcome.findings.filter { $0.rule == "referWhen" }
        case .matchCondition, .variable: []
        }
    }

    // MARK: Text

    func text(_ console: Console) -> String {
        let outcome = explanation.outcome
        var lines = [
            "\(policy.name) \(policy.version): \(outcome.verdict.word) at \(now.rfc3339), "
                + "for \(outcome.cost) of \(policy.budget) units"
        ]
        let own = Set(explanation.parts.map(\.name))
        for finding in outcome.findings where !own.contains(finding.rule) {
            lines += Self.wrapped("\(finding.rule): \(finding.message)", indent: 2)
        }
        for part in parts {
            lines.append("")
            lines.append(console.emphasized(heading(part)))
            for finding in findings(of: part) {
                lines += Self.wrapped("\(finding.reason): \(finding.message)", indent: 2)
            }
            lines += part.lines.flatMap(Self.lines)
            if let remedy = part.remedy {
                lines.append("  to hold:")
                for line in remedy.lines {
                    let indent = line.prefix { $0 == " " }.count
                    lines += Self.wrapped(String(line.dropFirst(indent)), indent: indent + 4)
                }
            }
        }
        if parts.contains(where: { $0.lines.contains { $0.isExtra } }) {
            lines += ["", "* was not needed for the result"]
        }
        if explanation.isTruncated { lines.append("later steps are left out: there are too many") }
        return lines.joined(separator: "\n")
    }

    private func heading(_ part: PolicyExplanation.Part) -> String {
        switch part.kind {
        case .matchCondition: "matchConditions.\(part.name)"
        case .variable: "variables.\(part.name)" + (part.lines.isEmpty ? " was not needed" : "")
        case .rule:
            if part.lines.isEmpty, findings(of: part).isEmpty {
                "rule \(part.name) was not reached"
            } else {
                "rule \(part.name) \(findings(of: part).isEmpty ? "holds" : "REFUSES")"
            }
        case .referWhen: part.lines.isEmpty ? "referWhen was not reached" : "referWhen"
        }
    }

    /// The expression on the left, its value on the right, both shortened or broken to fit.
    private static func lines(_ line: PolicyExplanation.Line) -> [String] {
        let indent = min(2 + line.depth * 2, valueColumn / 2)
        let pieces = wrapped(line.text, indent: indent, hanging: 4, width: valueColumn - 2)
        let room = columnCount - valueColumn - (line.isExtra ? 2 : 0)
        var value = Escaping.escaped(line.value)
        if value.count > room { value = String(value.prefix(room - 1)) + "…" }
        let first = pieces[0]
        let gap = String(repeating: " ", count: max(1, valueColumn - first.count))
        return [first + gap + value + (line.isExtra ? " *" : "")] + pieces.dropFirst()
    }

    /// Breaks at spaces; what has none is broken where it ends. Later lines stand further in.
    private static func wrapped(
        _ text: String, indent: Int, hanging: Int = 2, width: Int = columnCount
    ) -> [String] {
        var lines: [String] = []
        var line = String(repeating: " ", count: indent)
        var isEmpty = true
        func close() {
            lines.append(line)
            line = String(repeating: " ", count: indent + hanging)
            isEmpty = true
        }
        for var word in Escaping.escaped(text).split(separator: " ").map(String.init) {
            if !isEmpty, line.count + 1 + word.count > width { close() }
            if !isEmpty { line += " " }
            while line.count + word.count > width {
                let room = max(1, width - line.count)
                line += word.prefix(room)
                word = String(word.dropFirst(room))
                close()
            }
            line += word
            isEmpty = false
        }
        return isEmpty && !lines.isEmpty ? lines : lines + [line]
    }

    // MARK: JSON

    var json: JSON {
        [
            "policy": .string(policy.name), "version": .string(policy.version),
            "now": .string(now.rfc3339),
            "verdict": .string(explanation.outcome.verdict.word),
            "cost": JSON(explanation.outcome.cost), "budget": JSON(policy.budget),
            "findings": .array(explanation.outcome.findings.map(Self.json)),
            "parts": .array(parts.map(Self.json)), "truncated": .bool(explanation.isTruncated),
        ]
    }

    private static func json(_ part: PolicyExplanation.Part) -> JSON {
        [
            "kind": .string(part.kind.rawValue), "name": .string(part.name),
            "expression": .string(part.expression),
            "steps": .array(
                part.lines.map { line in
                    [
                        "depth": JSON(line.depth), "expression": .string(line.text),
                        "value": .string(line.value),
                        "type": line.type.map { .string($0) } ?? .null,
                        "needed": .bool(!line.isExtra),
                    ]
                }),
            "remedy": part.remedy?.json ?? .null,
        ]
    }

    static func json(_ finding: Finding) -> JSON {
        [
            "rule": .string(finding.rule), "reason": .string(finding.reason),
            "message": .string(finding.message),
            "missing": finding.missing.map { .string($0) } ?? .null,
        ]
    }
}
