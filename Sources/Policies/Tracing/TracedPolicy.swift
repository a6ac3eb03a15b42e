package import Encoding

/// A policy whose evaluation can be followed step by step. It judges as the policy itself does, and
/// slower.
package struct TracedPolicy: Sendable {
    let document: PolicyDocument

    /// - Parameter parameters: changes to the policy's parameters: merge patches (RFC 7396),
    ///   applied in this order.
    /// - Throws: what a policy with these parameters would be refused for.
    package init(
        _ document: PolicyDocument, parameters: [JSON] = []
    ) throws(PolicyError) {
        var bytes = document.bytes
        if !parameters.isEmpty {
            do throws(FormatError) {
                var json = try JSON.parse(bytes)
                for patch in parameters { json = json.merging(["parameters": patch]) }
                bytes = json.bytes
            } catch {
                throw PolicyError(.format, error.detail)
            }
        }
        self.document = try PolicyDocument.parse(
            bytes, zones: document.plan.plan.zoneTable, isTracing: true)
    }

    func recorder(isExhaustive: Bool) -> Recorder {
        Recorder(siteCount: document.plan.plan.sites.count, isExhaustive: isExhaustive)
    }

    func evaluate(
        application: JSON, evidence: JSON, now: Instant, _ recorder: Recorder
    ) -> PolicyOutcome {
        document.evaluate(
            application: application, evidence: evidence, now: now, recorder: recorder)
    }

    /// The expressions of a policy, each evaluated on its own.
    struct Part {
        enum Kind: String {
            case matchCondition, variable, rule, message, referWhen
        }

        let kind: Kind
        /// The id of the rule, or the name of the condition or variable.
        let name: String
        let expression: String
        let root: NodeID
    }

    /// In the order they are evaluated in, variables apart.
    var parts: [Part] {
        var parts = document.matchConditions.map {
            Part(
                kind: .matchCondition, name: $0.name, expression: $0.expression, root: $0.root)
        }
        parts += document.variables.map {
            Part(kind: .variable, name: $0.name, expression: $0.expression, root: $0.root)
        }
        for rule in document.rules {
            parts.append(
                Part(kind: .rule, name: rule.id, expression: rule.expression, root: rule.root))
            if let root = rule.messageRoot, let expression = rule.messageExpression {
                parts.append(
                    Part(kind: .message, name: rule.id, expression: expression, root: root))
            }
        }
        if let root = document.referRoot, let expression = document.referWhen {
            parts.append(
                Part(kind: .referWhen, name: "referWhen", expression: expression, root: root))
        }
        return parts
    }
}
