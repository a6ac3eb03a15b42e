import Encoding

extension PolicyDocument {
    /// Parses a document. Unknown members, unknown names in expressions, expressions whose types do
    /// not fit, repeated ids and a referral without reviewers are refused.
    /// - Parameter zones: the named time zones there are.
    package static func parse(
        _ bytes: [UInt8], zones: ZoneTable = .none
    ) throws(PolicyError) -> PolicyDocument {
        try parse(bytes, zones: zones, isTracing: false)
    }

    /// - Parameter isTracing: whether evaluations of it can be recorded step by step.
    static func parse(
        _ bytes: [UInt8], zones: ZoneTable, isTracing: Bool
    ) throws(PolicyError) -> PolicyDocument {
        guard bytes.count <= Limits.documentByteCountMaximum else {
            throw PolicyError(
                .format,
                "a policy document has at most \(Limits.documentByteCountMaximum) bytes")
        }
        let parts: Parts
        do throws(FormatError) {
            parts = try Parts(try JSON.parse(bytes))
        } catch {
            throw PolicyError(.format, error.detail)
        }
        try parts.refuseContradictions()
        let parameterValue: Value
        do throws(EvaluationError) {
            parameterValue = try Value(parts.parameters)
        } catch {
            throw PolicyError(.format, "policy.parameters: \(error.detail)")
        }
        var builder = Builder(parts.schema, ParameterTypes(parts.parameters), zones, isTracing)
        let matchConditions = try builder.matchConditions(parts.matchConditions)
        let variables = try builder.variables(parts.variables)
        let rules = try builder.rules(parts.rules)
        var referRoot: NodeID?
        if let expression = parts.referWhen {
            referRoot = try builder.add(expression, "policy.referWhen", .bool)
        }
        return PolicyDocument(
            bytes: bytes, name: parts.name, version: parts.version, language: parts.language,
            appliesTo: parts.appliesTo, matchConditions: matchConditions,
            parameters: parts.parameters, rules: rules, referWhen: parts.referWhen,
            validForSeconds: parts.validForSeconds,
            evidenceMaxAgeSeconds: parts.evidenceMaxAgeSeconds, review: parts.review,
            budget: parts.budget,
            schema: parts.schema, parameterValue: parameterValue,
            plan: Plan.Sealed(builder.planner.plan), variables: variables, referRoot: referRoot)
    }

    /// Plans the expressions of a document, each with the names that it may use.
    private struct Builder {
        private(set) var planner: Planner
        private let zones: ZoneTable
        private let isTracing: Bool
        /// All members there are of what stands in the document itself.
        private let members: [String: [String]]
        private var facts: [(path: String, type: CheckedType)]
        private var names = PolicyDocument.inputTypes

        init(
            _ schema: FactSchema, _ parameters: ParameterTypes, _ zones: ZoneTable,
            _ isTracing: Bool
        ) {
            members = parameters.members
            self.zones = zones
            self.isTracing = isTracing
            facts = schema.types + parameters.types
            planner = Planner(Environment(declaring: names, zones: zones))
        }

        /// Makes exactly these names known to what is added next.
        private mutating func declare(_ names: some Sequence<(name: String, type: CheckedType)>) {
            let names = Array(names)
            var known: [String: CheckedType] = [:]
            for fact in facts {
                // A fact is as much in sight as the input it stands in.
                let isInSight = names.contains { fact.path.utf8.starts(with: "\($0.name).".utf8) }
                if isInSight { known[fact.path] = fact.type }
            }
            planner = Planner(
                Environment(declaring: names, facts: known, members: members, zones: zones),
                extending: planner.plan, isTracing: isTracing)
        }

        mutating func matchConditions(
            _ conditions: [(name: String, expression: String)]
        ) throws(PolicyError) -> [MatchCondition] {
            guard !conditions.isEmpty else { return [] }
            declare(names.prefix(PolicyDocument.matchInputCount))
            var planned: [MatchCondition] = []
            for condition in conditions {
                let root = try add(
                    condition.expression, "policy.matchConditions (\(condition.name)).expression",
                    .bool)
                planned.append(
                    MatchCondition(
                        name: condition.name, expression: condition.expression, root: root))
            }
            return planned
        }

        /// A variable sees the ones before it only, which keeps them free of cycles.
        mutating func variables(
            _ variables: [(name: String, expression: String)]
        ) throws(PolicyError) -> [Variable] {
            declare(names)
            var planned: [Variable] = []
            for variable in variables {
                let member = "policy.variables (\(variable.name)).expression"
                planned.append(
                    Variable(
                        name: variable.name, expression: variable.expression,
                        root: try add(variable.expression, member, nil)))
                let name = "variables." + variable.name
                if let path = planner.dottedName { inherit(from: path, to: name) }
                names.append((name, planner.type ?? .dyn))
                declare(names)
            }
            return planned
        }

        /// What stands under a variable that is only another name for a path is described where
        /// that path is.
        private mutating func inherit(from path: String, to name: String) {
            for fact in facts where fact.path.utf8.starts(with: "\(path).".utf8) {
                let rest = String(
                    decoding: fact.path.utf8.dropFirst(path.utf8.count), as: UTF8.self)
                facts.append((name + rest, fact.type))
            }
        }

        mutating func rules(_ rules: [Parts.Rule]) throws(PolicyError) -> [Rule] {
            var planned: [Rule] = []
            for rule in rules {
                let member = "policy.rules (\(rule.id))"
                let root = try add(rule.expression, member + ".expression", .bool)
                var messageRoot: NodeID?
                if let expression = rule.messageExpression {
                    messageRoot = try add(expression, member + ".messageExpression", .string)
                }
                planned.append(
                    Rule(
                        id: rule.id, expression: rule.expression, message: rule.message,
                        messageExpression: rule.messageExpression, reason: rule.reason, root: root,
                        messageRoot: messageRoot))
            }
            return planned
        }

        mutating func add(
            _ expression: String, _ member: String, _ wanted: CheckedType?
        ) throws(PolicyError) -> NodeID {
            do throws(ExpressionError) {
                let root = try planner.add(expression, expecting: wanted)
                if let problem = planner.unknownZone { throw problem }
                return root
            } catch {
                throw PolicyError(.expression, "\(member), \(error)")
            }
        }
    }
}
