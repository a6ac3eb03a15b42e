import Encoding

extension PolicyDocument {
    /// Parses a document. Unknown members, unknown names in expressions, repeated ids and a
    /// referral without reviewers are refused.
    package static func parse(_ bytes: [UInt8]) throws(PolicyError) -> PolicyDocument {
        guard bytes.count <= Limits.documentByteCountMaximum else {
            throw PolicyError(
                .format,
                "a policy document has at most \(Limits.documentByteCountMaximum) bytes")
        }
        var parts: Parts
        do throws(FormatError) {
            parts = try Parts(try JSON.parse(bytes))
        } catch {
            throw PolicyError(.format, error.detail)
        }
        return try document(from: &parts, bytes)
    }

    private static func document(
        from parts: inout Parts, _ bytes: [UInt8]
    ) throws(PolicyError) -> PolicyDocument {
        try refuseRepeated(parts.variables.map(\.name), "policy.variables have the name")
        try refuseRepeated(parts.rules.map(\.id), "policy.rules have the id")
        let reserved = ["schema", "variables", "referWhen"]
        if let rule = parts.rules.first(where: { reserved.contains($0.id) }) {
            throw PolicyError(
                .contradiction, "the rule id '\(rule.id)' is taken for findings of another kind")
        }
        let facts = parts.schema.types
        var names = inputTypes
        var planner = Planner(Environment(declaring: names, facts: facts))
        var variables: [NodeID] = []
        for variable in parts.variables {
            let member = "policy.variables (\(variable.name)).expression"
            variables.append(try add(variable.expression, member, to: &planner))
            names.append(("variables." + variable.name, planner.type ?? .dyn))
            // A variable sees the ones before it only, which keeps them free of cycles.
            planner = Planner(
                Environment(declaring: names, facts: facts), extending: planner.plan)
        }
        var rules: [Rule] = []
        for rule in parts.rules {
            let root = try add(
                rule.expression, "policy.rules (\(rule.id)).expression", to: &planner)
            rules.append(
                Rule(
                    id: rule.id, expression: rule.expression, message: rule.message,
                    reason: rule.reason, root: root))
        }
        var referRoot: NodeID?
        if let expression = parts.referWhen {
            referRoot = try add(expression, "policy.referWhen", to: &planner)
            guard parts.review != nil else {
                throw PolicyError(
                    .contradiction,
                    "policy.referWhen refers applications to reviewers, and there is no policy.review"
                )
            }
        }
        let parameterValue: Value
        do throws(EvaluationError) {
            parameterValue = try Value(parts.parameters)
        } catch {
            throw PolicyError(.format, "policy.parameters: \(error.detail)")
        }
        return PolicyDocument(
            bytes: bytes, name: parts.name, version: parts.version, parameters: parts.parameters,
            rules: rules, referWhen: parts.referWhen, validForSeconds: parts.validForSeconds,
            review: parts.review, schema: parts.schema, parameterValue: parameterValue,
            plan: Plan.Sealed(planner.plan), variables: variables, referRoot: referRoot)
    }

    private static func add(
        _ expression: String, _ member: String, to planner: inout Planner
    ) throws(PolicyError) -> NodeID {
        do throws(ExpressionError) {
            return try planner.add(expression)
        } catch {
            throw PolicyError(.expression, "\(member), \(error)")
        }
    }

    private static func refuseRepeated(_ names: [String], _ what: String) throws(PolicyError) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw PolicyError(.contradiction, "two of \(what) '\(name)'")
        }
    }

    /// The members of a document, read but not yet understood.
    private struct Parts {
        let name: String
        let version: String
        let schema: FactSchema
        let parameters: JSON
        let variables: [(name: String, expression: String)]
        let rules: [(id: String, expression: String, message: String, reason: String)]
        let referWhen: String?
        let validForSeconds: Int64
        let review: Review?

        init(_ json: JSON) throws(FormatError) {
            var fields = try Fields(json, "policy")
            name = try fields.name("name")
            version = try fields.name("version")
            schema = try FactSchema(fields.optionalJSON("schema"), "policy.schema")
            parameters = fields.optionalJSON("parameters") ?? .object(JSONObject())
            guard case .object = parameters else {
                throw fields.error("parameters", "has to be an object")
            }
            variables = try Self.variables(&fields)
            rules = try Self.rules(&fields)
            referWhen = try fields.optionalString(
                "referWhen", maximumByteCount: Limits.sourceByteCountMaximum)
            validForSeconds = try fields.period("validFor")
            review = try Self.review(&fields)
            try fields.end()
        }

        private static func variables(
            _ fields: inout Fields
        ) throws(FormatError) -> [(name: String, expression: String)] {
            var variables: [(name: String, expression: String)] = []
            guard fields.optionalJSON("variables") != nil else { return [] }
            for var member in try fields.objects(
                "variables", maximumCount: Limits.variableCountMaximum)
            {
                let name = try member.name("name")
                guard name.utf8.first?.isIdentifierStart == true,
                    name.utf8.allSatisfy(\.isIdentifierPart)
                else {
                    throw member.error("name", "has to be letters, digits and _, no digit first")
                }
                variables.append((name, try member.source("expression")))
                try member.end()
            }
            return variables
        }

        private static func rules(
            _ fields: inout Fields
        ) throws(FormatError) -> [(id: String, expression: String, message: String, reason: String)]
        {
            var rules: [(id: String, expression: String, message: String, reason: String)] = []
            for var member in try fields.objects("rules", maximumCount: Limits.ruleCountMaximum) {
                let id = try member.name("id")
                let expression = try member.source("expression")
                let message = try member.optionalString(
                    "message", maximumByteCount: Limits.messageByteCountMaximum)
                let reason = try member.optionalString(
                    "reason", maximumByteCount: Limits.nameByteCountMaximum)
                try member.end()
                rules.append(
                    (id, expression, message ?? "failed: \(expression)", reason ?? "Invalid"))
            }
            guard !rules.isEmpty else {
                throw fields.error("rules", "has to have a rule; a policy without refuses nothing")
            }
            return rules
        }

        private static func review(_ fields: inout Fields) throws(FormatError) -> Review? {
            guard var member = try fields.optionalObject("review") else { return nil }
            let of = try member.int("of", in: 1...Limits.reviewerCountMaximum)
            let approvals = try member.int("approvals", in: 1...of)
            let expiresAfter = try member.period("expiresAfter")
            try member.end()
            return Review(approvals: approvals, of: of, expiresAfterSeconds: expiresAfter)
        }
    }
}

extension Fields {
    /// A name: not empty, short.
    fileprivate mutating func name(_ member: String) throws(FormatError) -> String {
        let name = try string(member, maximumByteCount: Limits.nameByteCountMaximum)
        guard !name.isEmpty else { throw error(member, "is empty") }
        return name
    }

    fileprivate mutating func source(_ member: String) throws(FormatError) -> String {
        try string(member, maximumByteCount: Limits.sourceByteCountMaximum)
    }

    /// A span of time: whole seconds, or a duration such as `"720h"`. Answers seconds.
    fileprivate mutating func period(_ member: String) throws(FormatError) -> Int64 {
        let seconds: Int64
        switch try json(member) {
        case .number(let number):
            guard let whole = number.int64 else { throw error(member, "has to be whole seconds") }
            seconds = whole
        case .string(let text):
            do throws(EvaluationError) {
                let nanoseconds = try DurationText.nanoseconds(Text(text))
                guard nanoseconds % Timestamp.nanosecondsPerSecond == 0 else {
                    throw EvaluationError(.invalidArgument, "is no whole number of seconds")
                }
                seconds = nanoseconds / Timestamp.nanosecondsPerSecond
            } catch let problem {
                throw error(member, problem.detail)
            }
        case .null, .bool, .array, .object:
            throw error(member, "has to be seconds or a duration such as \"720h\"")
        }
        guard (1...Limits.periodSecondsMaximum).contains(seconds) else {
            throw error(member, "has to be 1 to \(Limits.periodSecondsMaximum) seconds")
        }
        return seconds
    }
}
